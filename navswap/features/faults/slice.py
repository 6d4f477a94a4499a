"""The manifest of faults."""

from collections.abc import Sequence

from navswap.features.faults.documents import Fault, StationLink, Ticket
from navswap.features.faults.graphql import Fault as FaultNode
from navswap.features.faults.graphql import FaultsMutation, FaultsQuery, FaultsSubscription, TicketsMutation
from navswap.features.faults.graphql import Ticket as TicketNode
from navswap.features.faults.service import (
    AvailabilityKeeper,
    Dependencies,
    FaultDesk,
    FaultKeeper,
    FaultsServices,
    PastOutcomes,
    TelemetryService,
    TicketService,
)
from navswap.features.packs.service import PacksServices
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

FAULT_SECONDS = 1.0
"""How often faults that are due, overdue tickets and silent stations are looked for."""


def _build(platform: Platform, lower: Services) -> FaultsServices:
    settings, clock = platform.settings, platform.clock
    stations, packs = lower.of(StationsServices).stations, lower.of(PacksServices).packs
    availability = AvailabilityKeeper(stations, packs, settings.promised_soc_percent)
    dependencies = Dependencies(
        settings=settings,
        mongo=platform.mongo,
        clock=clock,
        stations=stations,
        packs=packs,
        users=lower.of(UsersServices).users,
        availability=availability,
        keeper=FaultKeeper(clock, availability),
        advisor=PastOutcomes(),
    )
    faults = FaultDesk(dependencies)
    return FaultsServices(
        faults=faults,
        telemetry=TelemetryService(dependencies, faults),
        tickets=TicketService(dependencies),
    )


def _schedule(own: FaultsServices) -> Sequence[Scheduled]:
    return [
        Scheduled(FAULT_SECONDS, own.faults.advance_due, "advance_faults"),
        Scheduled(FAULT_SECONDS, own.faults.miss_heartbeats, "miss_heartbeats"),
        Scheduled(FAULT_SECONDS, own.tickets.escalate_due, "escalate_tickets"),
    ]


SLICE = Slice(
    name="faults",
    services=FaultsServices,
    build=_build,
    topic="faults",
    documents=(Fault, Ticket, StationLink),
    schedule=_schedule,
    query=(FaultsQuery,),
    mutation=(FaultsMutation, TicketsMutation),
    subscription=(FaultsSubscription,),
    nodes=(FaultNode, TicketNode),
)
