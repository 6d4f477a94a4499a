"""Use cases of faults: take telemetry and reports, act and check, rank what is left, and the tickets of people."""

from navswap.features.faults.catalogue import Severity
from navswap.features.faults.service.availability import AvailabilityKeeper
from navswap.features.faults.service.building import build_services
from navswap.features.faults.service.desk import FaultDesk, Finding, Noticed
from navswap.features.faults.service.keeper import FaultKeeper
from navswap.features.faults.service.ports import ActionAdvisor, Advice, PastOutcomes
from navswap.features.faults.service.telemetry import TelemetryReport, TelemetryService
from navswap.features.faults.service.tickets import TicketService, UnresolvedTickets

__all__ = [
    "ActionAdvisor",
    "Advice",
    "AvailabilityKeeper",
    "FaultDesk",
    "FaultKeeper",
    "Finding",
    "Noticed",
    "PastOutcomes",
    "Severity",
    "TelemetryReport",
    "TelemetryService",
    "TicketService",
    "UnresolvedTickets",
    "build_services",
]
