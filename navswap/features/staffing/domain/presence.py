"""Who works where now, by the roster and by assignments."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from navswap.features.staffing.domain.shifts import shift_end
from navswap.features.staffing.domain.values import UNDER_WAY, AssignmentState, StaffAssignment, StaffMember


def count_present(
    members: Iterable[StaffMember],
    active: Iterable[StaffAssignment],
    station_ids: Collection[str],
    now: datetime,
) -> Counter[str]:
    """Return how many members work at each of some stations; those on the way count nowhere.

    `members` are those whose home is there, `active` the active assignments of the network.
    """
    away: set[str] = set()
    present: Counter[str] = Counter()
    for assignment in active:
        if assignment.state in UNDER_WAY:
            away.add(assignment.staff_id)
        if assignment.state is AssignmentState.ARRIVED and assignment.target_id in station_ids:
            present[assignment.target_id] += 1
    present.update(
        member.home_station_id
        for member in members
        if member.id not in away and shift_end(member.hours, now) is not None
    )
    return present
