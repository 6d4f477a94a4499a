"""The manifest of staffing."""

from collections.abc import Sequence

from navswap.features.geofences.service import GeofencesServices
from navswap.features.positions.service import PositionsServices
from navswap.features.staffing.documents import StaffAssignment, StaffMember, StationWork, StrainedStation
from navswap.features.staffing.graphql import (
    RosterMutation,
    StaffingMutation,
    StaffingQuery,
    StaffingSubscription,
)
from navswap.features.staffing.graphql import StaffAssignment as StaffAssignmentNode
from navswap.features.staffing.graphql import StaffMember as StaffMemberNode
from navswap.features.staffing.reactions import reactions
from navswap.features.staffing.service import (
    AssignmentKeeper,
    AssignmentService,
    LastHour,
    ProposalService,
    RosterService,
    StaffingServices,
    StaffService,
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
    mongo, clock = platform.mongo, platform.clock
    stations, positions = lower.of(StationsServices).stations, lower.of(PositionsServices).positions
    keeper = AssignmentKeeper(platform.settings, clock, stations, lower.of(GeofencesServices).geofences)
    return StaffingServices(
        staff=StaffService(),
        roster=RosterService(mongo, clock, lower.of(UsersServices).users, stations),
        assignments=AssignmentService(mongo, clock, keeper),
        proposals=ProposalService(
            mongo, clock, stations, positions, lower.of(TrafficServices).travel_times, keeper, LastHour()
        ),
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
    documents=(StaffMember, StaffAssignment, StationWork, StrainedStation),
    reactions=lambda own: reactions(own.staff, own.assignments),
    schedule=_schedule,
    query=(StaffingQuery,),
    mutation=(StaffingMutation, RosterMutation),
    subscription=(StaffingSubscription,),
    nodes=(StaffMemberNode, StaffAssignmentNode),
)
