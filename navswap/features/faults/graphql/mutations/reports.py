"""Mutations that report faults and answer commands."""

from collections.abc import Mapping
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OPERATORS, OVERSEERS, Role
from navswap.features.faults import errors
from navswap.features.faults.domain import values
from navswap.features.faults.domain.catalogue import Component, FaultCode
from navswap.features.faults.domain.readings import Reading, ReadingRejection, rejected_field
from navswap.features.faults.domain.values import FaultSource
from navswap.features.faults.graphql.types import Fault, FaultAttempt
from navswap.features.faults.service import FaultsServices, Finding, Reported, TelemetryReport
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.batches import (
    RefusedElement,
    given,
    judged_by_itself,
    needed_field,
    read_device_time,
    read_each,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id, relay_id
from navswap.graphql.permissions import roles, signed_in
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import MOMENT_EXAMPLE, DeviceTime, NonNegativeInt

MAX_DETAIL = 500
_EXAMPLES = {
    "readings": '{component: SLOT, evseId: 1, measuredAt: "2026-03-02T08:00:00Z", temperatureCelsius: 31.5}',
    "component": Component.SLOT.value,
    "measuredAt": MOMENT_EXAMPLE,
    "evseId": "1",
    "serialNumber": "the serial number of a pack in a slot of the station",
    "temperatureCelsius": "31.5",
    "currentAmperes": "12.5",
    "errorCode": "NoError",
    "isLocked": "true",
}


@strawberry.type(description="A reading that was not used, and why.")
class RejectedReading:
    """A rejection as clients see it."""

    index: NonNegativeInt = strawberry.field(description="Its index in the report, from 0.")
    reason: ReadingRejection = strawberry.field(description="Why it was not used.")
    field: str = strawberry.field(description="The field that is wrong, such as measuredAt.")
    example: str = strawberry.field(description="A value that would be taken.")

    @classmethod
    def of(cls, index: int, reading: Reading, reason: ReadingRejection) -> Self:
        """Build the view of a rejection."""
        field = rejected_field(reading, reason)
        return cls(index=index, reason=reason, field=field, example=_EXAMPLES[field])


@strawberry.type(description="What became of a telemetry report.")
class ReportTelemetryPayload:
    """The answer of reportTelemetry."""

    accepted_readings: NonNegativeInt = strawberry.field(description="Readings that were used.")
    rejected_readings: list[RejectedReading] = strawberry.field(
        description="Readings that were read and not used, in the order of the report."
    )
    refused: list[RefusedElement] = strawberry.field(
        description="Readings that could not be read, in the order of the report; empty where there are none."
    )
    raised_faults: NonNegativeInt = strawberry.field(description="Faults that began with this report.")
    resolved_faults: NonNegativeInt = strawberry.field(description="Faults that ended with it.")

    @classmethod
    def of(
        cls, report: TelemetryReport, readings: Mapping[int, Reading], refused: list[RefusedElement]
    ) -> Self:
        """Build the view of a report of the readings at some places of the input."""
        places = list(readings)
        return cls(
            accepted_readings=report.accepted,
            rejected_readings=[
                RejectedReading.of(places[index], readings[places[index]], reason)
                for index, reason in report.rejected
            ],
            refused=refused,
            raised_faults=report.raised,
            resolved_faults=report.resolved,
        )


@strawberry.type(description="The fault that a report began, or was one more occurrence of.")
class ReportFaultPayload:
    """The answer of reportFault."""

    fault_id: strawberry.ID = strawberry.field(description="Id of the fault.")
    is_new: bool = strawberry.field(description="Whether it was not known before.")
    value: strawberry.Private[values.Fault]

    @classmethod
    def of(cls, reported: Reported) -> Self:
        """Build the view of a report."""
        fault = reported.fault
        return cls(fault_id=relay_id(Fault, fault.id), is_new=reported.is_new, value=fault)

    @strawberry.field(description="The fault; null for those who do not run the network.")
    def fault(self, info: Info) -> Fault | None:
        """Show the fault to those who may see it."""
        return Fault.of(self.value) if info.context.signed_in().role in OVERSEERS else None


@strawberry.type(description="The answer is recorded.")
class ConfirmCommandPayload:
    """The answer of confirmCommand."""

    fault: Fault = strawberry.field(description="The fault as it is now.")


ReportTelemetryResult = Annotated[
    ReportTelemetryPayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("ReportTelemetryResult", description="What became of the report, or why nothing did."),
]
ReportFaultResult = Annotated[
    ReportFaultPayload | InvalidInput | Refused[StationNotFoundError] | Refused[errors.FaultOverError],
    strawberry.union("ReportFaultResult", description="The fault, or why the report was not taken."),
]
ConfirmCommandResult = Annotated[
    ConfirmCommandPayload
    | InvalidInput
    | Refused[errors.CommandNotFoundError]
    | Refused[errors.CommandSettledError],
    strawberry.union(
        "ConfirmCommandResult", description="The fault as it is now, or why the answer is void."
    ),
]


@judged_by_itself
@strawberry.input(description="What a station measured of one of its components.")
class TelemetryReadingInput:
    """A reading as stations give it."""

    component: Component | None = needed_field("What was measured.")
    measured_at: DeviceTime | None = needed_field(
        "When, with its time zone; more than 15 minutes ago or a minute ahead is not used."
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
    is_locked: bool | None = strawberry.field(default=None, description="Whether the slot is latched shut.")

    def to_reading(self) -> Reading:
        """Return the reading; raises InvalidInputError."""
        return Reading(
            component=given(self.component, "component"),
            measured_at=read_device_time(self.measured_at, "measured_at"),
            evse_id=self.evse_id,
            serial_number=self.serial_number,
            temperature_celsius=self.temperature_celsius,
            current_amperes=self.current_amperes,
            error_code=self.error_code,
            is_locked=self.is_locked,
        )


@strawberry.input(
    description="What a station measured; every report is a heartbeat too. From its first on, a station that is silent is "
    "declared offline."
)
class ReportTelemetryInput:
    """The input of reportTelemetry."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    readings: list[TelemetryReadingInput | None] = strawberry.field(
        default_factory=list, description="At most 500 readings; none is a bare heartbeat."
    )


@strawberry.input(description="What a person has seen.")
class ReportFaultInput:
    """The input of reportFault."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
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

    command_id: strawberry.ID = strawberry.field(
        description="Id of the command: of the fault's attempt that waits for an answer."
    )
    is_accepted: bool = strawberry.field(description="Whether the station carries it out.")
    detail: str = strawberry.field(
        default="", description="What the station said; what is beyond 500 characters is cut off."
    )


_SOURCES = {Role.STAFF: FaultSource.STAFF, Role.ADMIN: FaultSource.ADMIN}


@strawberry.type
class FaultsMutation:
    """What stations and people report, and what stations answer."""

    @strawberry.mutation(
        description="Report what a station measured. What it shows raises faults, proves that a command worked, "
        "and ends what ends by itself. Each reading is judged by itself, and one that cannot be used costs no other.",
        extensions=roles(*OPERATORS),
    )
    async def report_telemetry(
        self,
        info: Info,
        input: Annotated[ReportTelemetryInput, strawberry.argument(description="What was measured.")],
    ) -> ReportTelemetryResult:
        """Report telemetry."""
        readings, refused = read_each("readings", input.readings, TelemetryReadingInput.to_reading, _EXAMPLES)
        report = await FaultsServices.of(info.context).telemetry.report(
            database_id(input.station_id, Station, "station_id"), list(readings.values())
        )
        return ReportTelemetryPayload.of(report, readings, refused)

    @strawberry.mutation(
        description="Report a fault that a person has seen; one that is known is counted once more. What it "
        "touches is out of use at once; on the word of a rider, never a whole station.",
        extensions=signed_in(),
    )
    async def report_fault(
        self, info: Info, input: Annotated[ReportFaultInput, strawberry.argument(description="The fault.")]
    ) -> ReportFaultResult:
        """Report a fault."""
        principal = info.context.signed_in()
        finding = Finding(
            station_id=database_id(input.station_id, Station, "station_id"),
            code=input.code,
            source=_SOURCES.get(principal.role, FaultSource.RIDER),
            seen_at=info.context.clock.now(),
            evse_id=input.evse_id,
            serial_number=input.serial_number,
            reported_by=principal.user_id,
            description=input.description,
        )
        reported = await FaultsServices.of(info.context).faults.report(finding)
        return ReportFaultPayload.of(reported)

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
            database_id(input.command_id, FaultAttempt, "command_id"),
            accepted=input.is_accepted,
            detail=input.detail[:MAX_DETAIL],
        )
        return ConfirmCommandPayload(fault=Fault.of(fault))
