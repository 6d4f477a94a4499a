"""Staff: a member who was asked to go somewhere has answered, is on the way, is there, or is free again."""

from collections.abc import Mapping
from typing import Any

from navswap.consistency.invariant import DocumentsObey, View
from navswap.features.staffing.domain.values import UNDER_WAY, AssignmentState
from navswap.features.staffing.storage import AssignmentDocument

ACTIVE = (AssignmentState.PROPOSED, *UNDER_WAY)


class AssignmentsAreActiveOrEnded(DocumentsObey):
    """A person with an assignment that is neither is never asked again."""

    statement = "Each staff assignment is active in a state that goes on, or has ended once."
    kind = AssignmentDocument

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return the ways in which an assignment can be in between."""
        del view
        going_on = list(ACTIVE)
        return {
            "counts as active in a state that is an end": {"is_active": True, "state": {"$nin": going_on}},
            "counts as ended in a state that is none": {"is_active": False, "state": {"$in": going_on}},
            "is active and has a time at which it ended": {"is_active": True, "ended_at": {"$ne": None}},
            "has ended at no time": {"is_active": False, "ended_at": None},
            "went on unaccepted": {"state": {"$in": list(UNDER_WAY)}, "accepted_at": None},
        }
