"""The manifest of faults."""

from collections.abc import Sequence
from datetime import timedelta

from navswap.features.faults.graphql import Fault as FaultNode
from navswap.features.faults.graphql import (
    FaultAttempt,
    FaultsMutation,
    FaultsQuery,
    FaultsSubscription,
    FeedsSubscription,
    StationFaults,
    TicketsMutation,
)
from navswap.features.faults.graphql import Ticket as TicketNode
from navswap.features.faults.service import (
    CommandService,
    FaultParameters,
    FaultService,
    FaultsServices,
    HeartbeatService,
    ModelAdvisor,
    PastOutcomesAdvisor,
    Severity,
    StepWriter,
    TelemetryService,
    TicketService,
)
from navswap.features.faults.service.people import TicketPeople
from navswap.features.faults.storage import FaultDocument, TicketDocument
from navswap.features.packs.service import PacksServices
from navswap.features.positions.service import PositionsServices, PresenceReader, staff_proof
from navswap.features.stations.service import StationsServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice

FAULT_SECONDS = 1.0
"""How often faults that are due, overdue tickets and silent stations are looked for."""


def _build(platform: Platform, lower: Services) -> FaultsServices:
    mongo, clock, ids = platform.mongo, platform.clock, platform.ids
    stations, packs = lower.of(StationsServices), lower.of(PacksServices)
    parameters = _parameters(platform.settings)
    steps = StepWriter(clock, platform.outbox, stations, packs, platform.settings.promised_soc_percent)
    presence = PresenceReader(lower.of(PositionsServices).positions, staff_proof(platform.settings))
    people = TicketPeople(clock, lower.of(UsersServices).users, stations.stations, presence)
    faults = FaultService(mongo, clock, ids, stations.reader, packs.reader, steps, parameters)
    advisor = ModelAdvisor(platform.forecaster, PastOutcomesAdvisor(parameters), parameters)
    commands = CommandService(mongo, clock, ids, stations, steps, advisor, parameters)
    return FaultsServices(
        faults=faults,
        commands=commands,
        heartbeats=HeartbeatService(clock, stations.contacts, faults, commands, parameters),
        telemetry=TelemetryService(
            clock, stations.reader, stations.contacts, packs.reader, faults, commands, parameters
        ),
        tickets=TicketService(mongo, clock, ids, platform.idempotency, people, steps, parameters),
    )


def _parameters(settings: Settings) -> FaultParameters:
    sla = {
        Severity.CRITICAL: timedelta(minutes=settings.critical_ticket_minutes),
        Severity.MAJOR: timedelta(minutes=settings.major_ticket_minutes),
        Severity.MINOR: timedelta(minutes=settings.minor_ticket_minutes),
    }
    return FaultParameters(
        max_tries=settings.fault_tries,
        sla=sla,
        offline_after=timedelta(minutes=settings.heartbeat_minutes),
    )


def _schedule(own: FaultsServices) -> Sequence[Scheduled]:
    return [
        Scheduled(FAULT_SECONDS, own.commands.advance_due, "advance_faults"),
        Scheduled(FAULT_SECONDS, own.heartbeats.raise_offline, "raise_offline_stations"),
        Scheduled(FAULT_SECONDS, own.heartbeats.end_offline, "end_offline_stations"),
        Scheduled(FAULT_SECONDS, own.tickets.escalate_due, "escalate_tickets"),
    ]


SLICE = Slice(
    name="faults",
    services=FaultsServices,
    build=_build,
    topic="faults",
    documents=(FaultDocument, TicketDocument),
    schedule=_schedule,
    query=(FaultsQuery,),
    mutation=(FaultsMutation, TicketsMutation),
    subscription=(FaultsSubscription, FeedsSubscription),
    nodes=(FaultNode, FaultAttempt, TicketNode),
    extensions=(StationFaults,),
)
