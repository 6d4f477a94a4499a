"""Use cases of faults: take telemetry and reports, act and check, rank what is left, and the tickets of people."""

from dataclasses import dataclass

from navswap.features.faults.catalogue import Severity
from navswap.features.faults.service.availability import AvailabilityKeeper
from navswap.features.faults.service.dependencies import Dependencies
from navswap.features.faults.service.desk import FaultDesk, Finding, Noticed
from navswap.features.faults.service.keeper import FaultKeeper
from navswap.features.faults.service.ports import ActionAdvisor, Advice, PastOutcomes
from navswap.features.faults.service.telemetry import TelemetryReport, TelemetryService
from navswap.features.faults.service.tickets import TicketService, UnresolvedTickets
from navswap.services import SliceServices

__all__ = [
    "ActionAdvisor",
    "Advice",
    "AvailabilityKeeper",
    "Dependencies",
    "FaultDesk",
    "FaultKeeper",
    "FaultsServices",
    "Finding",
    "Noticed",
    "PastOutcomes",
    "Severity",
    "TelemetryReport",
    "TelemetryService",
    "TicketService",
    "UnresolvedTickets",
]


@dataclass(frozen=True, slots=True)
class FaultsServices(SliceServices):
    """What the slice faults offers."""

    faults: FaultDesk
    telemetry: TelemetryService
    tickets: TicketService
