"""Puts the services of the slice together."""

from navswap.features.faults.service.availability import AvailabilityKeeper
from navswap.features.faults.service.collaborators import Collaborators
from navswap.features.faults.service.desk import FaultDesk
from navswap.features.faults.service.keeper import FaultKeeper
from navswap.features.faults.service.ports import PastOutcomes
from navswap.features.faults.service.telemetry import TelemetryService
from navswap.features.faults.service.tickets import TicketService
from navswap.features.packs.service import PackService
from navswap.features.stations.service import StationService
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo
from navswap.kit.clock import Clock
from navswap.settings import Settings


def build_services(
    settings: Settings,
    mongo: Mongo,
    clock: Clock,
    stations: StationService,
    packs: PackService,
    users: UserService,
) -> tuple[FaultDesk, TelemetryService, TicketService]:
    """Return the services that a process needs of this slice, on the baseline advisor."""
    availability = AvailabilityKeeper(stations, packs, settings.promised_soc_percent)
    work = Collaborators(
        settings=settings,
        mongo=mongo,
        clock=clock,
        stations=stations,
        packs=packs,
        users=users,
        availability=availability,
        keeper=FaultKeeper(clock, availability),
        advisor=PastOutcomes(),
    )
    desk = FaultDesk(work)
    return desk, TelemetryService(work, desk), TicketService(work)
