"""Mutations that report faults and answer commands, and their refusals."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OPERATORS, Role
from navswap.features.faults import errors
from navswap.features.faults.domain.catalogue import Component, FaultCode
from navswap.features.faults.domain.readings import Reading, ReadingRejection
from navswap.features.faults.domain.values import FaultSource
from navswap.features.faults.graphql.types import Fault
from navswap.features.faults.service import FaultsServices, Finding, TelemetryReport
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id, relay_id
from navswap.graphql.permissions import roles, signed_in
from navswap.graphql.refusals import Refusal, refusal


@refusal(errors.BadTelemetryError)
class BadTelemetry(Refusal):
    """There are too many readings."""


@refusal(errors.BadFaultReportError)
class BadFaultReport(Refusal):
    """The report cannot be used."""


@refusal(errors.CommandNotFoundError)
class CommandNotFound(Refusal):
    """There is no such command."""


@refusal(errors.CommandSettledError)
class CommandSettled(Refusal):
    """The command was settled."""


@strawberry.type(description="A reading that was not used, and why.")
class RejectedReading:
    """A rejection as clients see it."""

    index: int = strawberry.field(description="Its place in the report, from 0.")
    reason: ReadingRejection = strawberry.field(description="Why it was not used.")


@strawberry.type(description="What became of a telemetry report.")
class TelemetryReported:
    """A report as clients see it."""

    accepted: int = strawberry.field(description="Readings that were used; at least 0.")
    rejected: list[RejectedReading] = strawberry.field(description="Readings that were not, by their place.")
    raised: int = strawberry.field(description="Faults that began with this report; at least 0.")
    resolved: int = strawberry.field(description="Faults that ended with it; at least 0.")

    @classmethod
    def of(cls, report: TelemetryReport) -> "TelemetryReported":
        """Build the view of a report."""
        return cls(
            accepted=report.accepted,
            rejected=[RejectedReading(index=index, reason=reason) for index, reason in report.rejected],
            raised=report.raised,
            resolved=report.resolved,
        )


@strawberry.type(description="The fault that a report began, or was one more occurrence of.")
class FaultReported:
    """The answer to a report."""

    fault_id: strawberry.ID = strawberry.field(description="Id of the fault.")
    is_new: bool = strawberry.field(description="Whether nobody had noticed it before.")


ReportTelemetryResult = Annotated[
    TelemetryReported | StationNotFound | BadTelemetry | BadId,
    strawberry.union("ReportTelemetryResult", description="What became of the report, or why nothing did."),
]
ReportFaultResult = Annotated[
    FaultReported | StationNotFound | BadFaultReport | BadId,
    strawberry.union("ReportFaultResult", description="The fault, or why it was not taken."),
]
ConfirmCommandResult = Annotated[
    Fault | CommandNotFound | CommandSettled,
    strawberry.union(
        "ConfirmCommandResult", description="The fault as it is now, or why the answer is void."
    ),
]


@strawberry.input(description="What a station measured of one of its components.")
class TelemetryReadingInput:
    """A reading as stations give it."""

    component: Component = strawberry.field(description="What was measured.")
    measured_at: datetime = strawberry.field(
        description="When; more than 15 minutes ago or a minute ahead is not used."
    )
    evse_id: int | None = strawberry.field(default=None, description="Slot, from 1; for SLOT and CHARGER.")
    serial_number: str | None = strawberry.field(default=None, description="Serial number; for PACK.")
    temperature_celsius: float | None = strawberry.field(
        default=None,
        description="Temperature as measured, -60 to 1,500 °C; below 0 in frost. Beyond, the reading is not used.",
    )
    current_amperes: float | None = strawberry.field(
        default=None,
        description="Charging current as measured, -1,000 to 1,000 A; below 0 while the pack discharges. Beyond, the "
        "reading is not used.",
    )
    error_code: str | None = strawberry.field(
        default=None, description="Error that the device reports (OCPP); left out or NoError: it is healthy."
    )
    locked: bool | None = strawberry.field(default=None, description="Whether the slot is latched shut.")

    def to_reading(self) -> Reading:
        """Return the reading."""
        return Reading(
            component=self.component,
            measured_at=self.measured_at,
            evse_id=self.evse_id,
            serial_number=self.serial_number,
            temperature_celsius=self.temperature_celsius,
            current_amperes=self.current_amperes,
            error_code=self.error_code,
            is_locked=self.locked,
        )


@strawberry.input(description="What a station measured; every report is a heartbeat too.")
class ReportTelemetryInput:
    """The input of reportTelemetry."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    readings: list[TelemetryReadingInput] = strawberry.field(
        default_factory=list, description="At most 500 readings; none is a bare heartbeat."
    )


@strawberry.input(description="What a person noticed.")
class ReportFaultInput:
    """The input of reportFault."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    code: FaultCode = strawberry.field(description="What is wrong.")
    evse_id: int | None = strawberry.field(
        default=None, description="Slot, from 1; needed where the fault is about a slot or charger."
    )
    serial_number: str | None = strawberry.field(
        default=None, description="Serial number; needed where the fault is about a pack."
    )
    description: str = strawberry.field(default="", description="What was seen, at most 1,000 characters.")


@strawberry.input(description="The answer of a station to a command.")
class ConfirmCommandInput:
    """The input of confirmCommand."""

    command_id: str = strawberry.field(description="Id of the command, as faults.command.issued gives it.")
    accepted: bool = strawberry.field(description="Whether the station carries it out.")
    detail: str = strawberry.field(default="", description="What the station said.")


_SOURCES = {Role.STAFF: FaultSource.STAFF, Role.ADMIN: FaultSource.ADMIN}


@strawberry.type
class FaultsMutation:
    """What stations and people report, and what stations answer."""

    @strawberry.mutation(
        description="Report what a station measured. What it shows raises faults, proves that a command worked, "
        "and ends what ends by itself.",
        extensions=roles(*OPERATORS),
    )
    async def report_telemetry(
        self,
        info: Info,
        input: Annotated[ReportTelemetryInput, strawberry.argument(description="What was measured.")],
    ) -> ReportTelemetryResult:
        """Report telemetry."""
        report = await FaultsServices.of(info.context).telemetry.report(
            database_id(input.station_id, Station), [reading.to_reading() for reading in input.readings]
        )
        return TelemetryReported.of(report)

    @strawberry.mutation(
        description="Report a fault that a person noticed; one that is known is counted once more. What it "
        "touches is out of use at once; on the word of a rider, never a whole station.",
        extensions=signed_in(),
    )
    async def report_fault(
        self, info: Info, input: Annotated[ReportFaultInput, strawberry.argument(description="The fault.")]
    ) -> ReportFaultResult:
        """Report a fault."""
        principal = info.context.signed_in()
        finding = Finding(
            station_id=database_id(input.station_id, Station),
            code=input.code,
            source=_SOURCES.get(principal.role, FaultSource.RIDER),
            seen_at=info.context.clock.now(),
            evse_id=input.evse_id,
            serial_number=input.serial_number,
            reported_by=principal.user_id,
            description=input.description,
        )
        reported = await FaultsServices.of(info.context).faults.report(finding)
        return FaultReported(fault_id=relay_id(Fault, reported.fault.id), is_new=reported.is_new)

    @strawberry.mutation(
        description="Give a station's answer to a command. A refusal fails it at once; that it worked is judged "
        "from telemetry, for a lock from this answer.",
        extensions=roles(*OPERATORS),
    )
    async def confirm_command(
        self,
        info: Info,
        input: Annotated[ConfirmCommandInput, strawberry.argument(description="The answer.")],
    ) -> ConfirmCommandResult:
        """Answer a command."""
        fault = await FaultsServices.of(info.context).commands.answer(
            input.command_id, accepted=input.accepted, detail=input.detail[:500]
        )
        return Fault.of(fault)
