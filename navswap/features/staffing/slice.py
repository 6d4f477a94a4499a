"""The manifest of staffing."""

from collections.abc import Sequence

from navswap.features.geofences.service import GeofencesServices
from navswap.features.positions.service import PositionsServices
from navswap.features.staffing.graphql import (
    RosterMutation,
    StaffingMutation,
    StaffingQuery,
    StaffingSubscription,
    StationStaff,
)
from navswap.features.staffing.graphql import StaffAssignment as StaffAssignmentNode
from navswap.features.staffing.graphql import StaffMember as StaffMemberNode
from navswap.features.staffing.reactions import reactions
from navswap.features.staffing.service import (
    AssignmentService,
    AssignmentWriter,
    LastHourForecaster,
    ModelWork,
    ProposalService,
    RosterService,
    SituationReader,
    StaffingParameters,
    StaffingServices,
    StaffService,
)
from navswap.features.staffing.storage import (
    AssignmentDocument,
    StaffMemberDocument,
    StationWork,
    WaitingRiders,
)
from navswap.features.stations.service import StationsServices
from navswap.features.traffic.service import TrafficServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

LAPSE_SECONDS = 1.0
"""How often assignments are looked for whose present state is over."""
RELIEVE_SECONDS = 5.0
"""How often queues that break their promise are looked for, to send a person there."""
DIVERT_SECONDS = 900.0
"""How often the staff is compared with the work that is expected."""


def _build(platform: Platform, lower: Services) -> StaffingServices:
    mongo, clock, settings = platform.mongo, platform.clock, platform.settings
    stations, positions = lower.of(StationsServices).reader, lower.of(PositionsServices).positions
    geofences, travel = lower.of(GeofencesServices).geofences, lower.of(TrafficServices).travel_times
    parameters = StaffingParameters(settings.visits, settings.roads)
    writer = AssignmentWriter(clock, platform.outbox, stations, geofences, settings.fence_metres)
    work = ModelWork(platform.forecaster, LastHourForecaster(parameters), parameters)
    situations = SituationReader(clock, stations, positions, work, parameters)
    return StaffingServices(
        staff=StaffService(),
        roster=RosterService(mongo, clock, lower.of(UsersServices).users, stations, platform.audit_log),
        assignments=AssignmentService(mongo, clock, writer, parameters, platform.audit_log),
        proposals=ProposalService(mongo, clock, platform.ids, situations, travel, writer, parameters),
    )


def _schedule(own: StaffingServices) -> Sequence[Scheduled]:
    return [
        Scheduled(LAPSE_SECONDS, own.assignments.lapse_due, "lapse_assignments"),
        Scheduled(RELIEVE_SECONDS, own.proposals.relieve, "relieve_queues"),
        Scheduled(DIVERT_SECONDS, own.proposals.propose, "propose_diversions"),
    ]


SLICE = Slice(
    name="staffing",
    services=StaffingServices,
    build=_build,
    topic="staffing",
    documents=(StaffMemberDocument, AssignmentDocument, StationWork, WaitingRiders),
    reactions=lambda own: reactions(own.staff, own.assignments),
    schedule=_schedule,
    query=(StaffingQuery,),
    mutation=(StaffingMutation, RosterMutation),
    subscription=(StaffingSubscription,),
    nodes=(StaffMemberNode, StaffAssignmentNode),
    extensions=(StationStaff,),
)
