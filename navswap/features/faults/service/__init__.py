"""Use cases of faults: take telemetry and reports, act and judge, analyse what is left, and the tickets of people."""

from dataclasses import dataclass

from navswap.features.faults.domain.catalogue import Action, FaultCode, Severity
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.values import Fault, FaultSource, Finding, Ticket, TicketState
from navswap.features.faults.service.commands import CommandService
from navswap.features.faults.service.forecasts import ActionAdvisor, PastOutcomesAdvisor
from navswap.features.faults.service.heartbeats import HeartbeatService
from navswap.features.faults.service.model_forecasts import ModelAdvisor
from navswap.features.faults.service.reports import FaultService, Reported
from navswap.features.faults.service.steps import StepWriter
from navswap.features.faults.service.telemetry import TelemetryReport, TelemetryService
from navswap.features.faults.service.tickets import TicketService
from navswap.features.faults.storage import FaultFilter, TicketFilter, UnresolvedTickets
from navswap.services import SliceServices

__all__ = [
    "Action",
    "ActionAdvisor",
    "CommandService",
    "Fault",
    "FaultCode",
    "FaultFilter",
    "FaultParameters",
    "FaultService",
    "FaultSource",
    "FaultsServices",
    "Finding",
    "HeartbeatService",
    "ModelAdvisor",
    "PastOutcomesAdvisor",
    "Reported",
    "Severity",
    "StepWriter",
    "TelemetryReport",
    "TelemetryService",
    "Ticket",
    "TicketFilter",
    "TicketService",
    "TicketState",
    "UnresolvedTickets",
]


@dataclass(frozen=True, slots=True)
class FaultsServices(SliceServices):
    """What the slice faults offers."""

    faults: FaultService
    commands: CommandService
    heartbeats: HeartbeatService
    telemetry: TelemetryService
    tickets: TicketService
