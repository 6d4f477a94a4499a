"""The mutation by which stations report their packs."""

from collections.abc import Mapping
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OPERATORS
from navswap.features.packs.service import PackReading
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.features.swapping.service import PackReport, SwappingServices
from navswap.graphql.batches import RefusedElement, given, judged_by_itself, needed_field, read_each
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import NonNegativeInt
from navswap.kit.errors import InvalidInputError

MAX_READINGS = 500
FULL = 100.0
COLDEST, HOTTEST = -60.0, 150.0
"""Beyond these °C a sensor of a pack is broken."""


@judged_by_itself
@strawberry.input(description="What a station measured of a pack in one of its slots.")
class PackReadingInput:
    """A reading as stations give it."""

    serial_number: str | None = needed_field("Serial number of the pack.")
    soc_percent: float | None = needed_field("State of charge, 0 to 100 %.")
    soh_percent: float | None = strawberry.field(
        default=None, description="State of health, 0 to 100 %; left out: unchanged."
    )
    is_faulty: bool | None = strawberry.field(
        default=None, description="Whether the pack is faulty; left out: unchanged. A retired one stays so."
    )

    temperature_celsius: float | None = strawberry.field(
        default=None,
        description="Temperature of the cells, -60 to 150 °C; left out: unchanged. Beyond, it is not used.",
    )

    def to_reading(self) -> PackReading:
        """Return the reading; raises InvalidInputError."""
        for name, percent in (("soc_percent", self.soc_percent), ("soh_percent", self.soh_percent)):
            if percent is not None and not 0 <= percent <= FULL:
                raise InvalidInputError(
                    name, f"A charge and a health are 0 to 100 %; {percent:g} lies outside."
                )
        celsius = self.temperature_celsius
        return PackReading(
            given(self.serial_number, "serial_number"),
            given(self.soc_percent, "soc_percent"),
            self.soh_percent,
            self.is_faulty,
            celsius if celsius is not None and COLDEST <= celsius <= HOTTEST else None,
        )


@strawberry.input(description="What a station measured of its packs.")
class ReportPacksInput:
    """The input of reportPacks."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    readings: list[PackReadingInput | None] = strawberry.field(
        description="1 to 500 readings, each judged by itself."
    )


@strawberry.type(description="What became of the readings.")
class ReportPacksPayload:
    """The answer of reportPacks."""

    station: Station = strawberry.field(description="The station with its new stock.")
    accepted: NonNegativeInt = strawberry.field(description="How many readings count.")
    refused: list[RefusedElement] = strawberry.field(
        description="Those that do not, in the order of the report; empty where there are none."
    )

    @classmethod
    def of(
        cls, report: PackReport, readings: Mapping[int, PackReading], unreadable: list[RefusedElement]
    ) -> Self:
        """Build the view of a report of the readings at some places of the input."""
        places = [list(readings)[index] for index in report.elsewhere]
        elsewhere = [RefusedElement.of(place, _elsewhere(readings[place]), _EXAMPLES) for place in places]
        return cls(
            station=Station.of(report.station),
            accepted=len(readings) - len(elsewhere),
            refused=sorted([*unreadable, *elsewhere], key=lambda element: element.index),
        )


def _elsewhere(reading: PackReading) -> InvalidInputError:
    return InvalidInputError(
        "serial_number", f"Pack {reading.serial_number} is in no slot of this station; scan it."
    )


_EXAMPLES = {
    "readings": '{serialNumber: "NS-0001", socPercent: 87.5}',
    "serialNumber": "the serial number of a pack in a slot of the station",
    "socPercent": "87.5",
    "sohPercent": "96",
    "isFaulty": "false",
    "temperatureCelsius": "31.5",
}

ReportPacksResult = Annotated[
    ReportPacksPayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("ReportPacksResult", description="The station with its new stock, or why it stays."),
]


@strawberry.type
class PackReportMutation:
    """The mutation of reports."""

    @strawberry.mutation(
        description="Report what a station measured of the packs in its slots; its stock is counted again. Each reading is judged "
        "by itself, and one that cannot be used costs no other.",
        extensions=roles(*OPERATORS),
    )
    async def report_packs(
        self, info: Info, input: Annotated[ReportPacksInput, strawberry.argument(description="The readings.")]
    ) -> ReportPacksResult:
        """Report packs."""
        if not 1 <= len(input.readings) <= MAX_READINGS:
            raise InvalidInputError("readings", f"Report 1 to {MAX_READINGS} packs at once.")
        readings, unreadable = read_each("readings", input.readings, PackReadingInput.to_reading, _EXAMPLES)
        report = await SwappingServices.of(info.context).reports.report_packs(
            database_id(input.station_id, Station, "station_id"), list(readings.values())
        )
        return ReportPacksPayload.of(report, readings, unreadable)
