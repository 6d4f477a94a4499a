"""Use cases of staffing: know the staff, propose diversions, and follow an assignment to its end."""

from dataclasses import dataclass

from navswap.features.staffing.documents import AssignmentState, StaffMember, WorkingHours
from navswap.features.staffing.rules import PROMISED_WAIT_MINUTES, Skill
from navswap.features.staffing.service.assignments import AssignmentFilter, AssignmentService
from navswap.features.staffing.service.keeper import AssignmentKeeper
from navswap.features.staffing.service.ports import LastHour, WorkForecast, WorkForecaster
from navswap.features.staffing.service.proposals import ProposalService
from navswap.features.staffing.service.roster import RosterService
from navswap.features.staffing.service.staff import StaffService
from navswap.services import SliceServices

__all__ = [
    "PROMISED_WAIT_MINUTES",
    "AssignmentFilter",
    "AssignmentKeeper",
    "AssignmentService",
    "AssignmentState",
    "LastHour",
    "ProposalService",
    "RosterService",
    "Skill",
    "StaffMember",
    "StaffService",
    "StaffingServices",
    "WorkForecast",
    "WorkForecaster",
    "WorkingHours",
]


@dataclass(frozen=True, slots=True)
class StaffingServices(SliceServices):
    """What the slice staffing offers."""

    staff: StaffService
    roster: RosterService
    assignments: AssignmentService
    proposals: ProposalService
