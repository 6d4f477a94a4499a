"""Use cases of staffing: know the staff, propose diversions, and follow an assignment to its end."""

from dataclasses import dataclass

from navswap.features.staffing.domain.parameters import StaffingParameters
from navswap.features.staffing.domain.planning import WorkForecast
from navswap.features.staffing.domain.values import (
    AssignmentState,
    Proposal,
    Skill,
    StaffAssignment,
    StaffMember,
    WorkingHours,
)
from navswap.features.staffing.service.assignments import AssignmentService
from navswap.features.staffing.service.forecasts import LastHourForecaster, WorkForecaster
from navswap.features.staffing.service.model_forecasts import ModelWork
from navswap.features.staffing.service.proposals import ProposalService, SituationReader
from navswap.features.staffing.service.roster import RosterService
from navswap.features.staffing.service.staff import StaffService
from navswap.features.staffing.service.steps import AssignmentWriter
from navswap.features.staffing.storage import AssignmentFilter
from navswap.services import SliceServices

__all__ = [
    "AssignmentFilter",
    "AssignmentService",
    "AssignmentState",
    "AssignmentWriter",
    "LastHourForecaster",
    "ModelWork",
    "Proposal",
    "ProposalService",
    "RosterService",
    "SituationReader",
    "Skill",
    "StaffAssignment",
    "StaffMember",
    "StaffService",
    "StaffingParameters",
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
