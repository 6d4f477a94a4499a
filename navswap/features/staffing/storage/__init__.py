"""Staff, assignments, and the work of stations in MongoDB."""

from navswap.features.staffing.storage.assignments import (
    AssignmentDocument,
    AssignmentFilter,
    StaffAssignments,
)
from navswap.features.staffing.storage.members import StaffMemberDocument, StaffMembers
from navswap.features.staffing.storage.work import StationWork, WaitingRiders

__all__ = [
    "AssignmentDocument",
    "AssignmentFilter",
    "StaffAssignments",
    "StaffMemberDocument",
    "StaffMembers",
    "StationWork",
    "WaitingRiders",
]
