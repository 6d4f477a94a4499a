"""The mutation by which stations report their packs."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OPERATORS
from navswap.features.packs.errors import PackElsewhereError
from navswap.features.packs.service import PackReading
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.features.swapping.service import SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import Percent
from navswap.kit.errors import InvalidInputError

MAX_READINGS = 500
COLDEST, HOTTEST = -60.0, 150.0
"""Beyond these °C a sensor of a pack is broken."""


@strawberry.input(description="What a station measured of a pack in one of its slots.")
class PackReadingInput:
    """A reading as stations give it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    soc_percent: Percent = strawberry.field(description="State of charge.")
    soh_percent: Percent | None = strawberry.field(
        default=None, description="State of health; left out: unchanged."
    )
    is_faulty: bool | None = strawberry.field(
        default=None, description="Whether the pack is faulty; left out: unchanged. A retired one stays so."
    )

    temperature_celsius: float | None = strawberry.field(
        default=None,
        description="Temperature of the cells, -60 to 150 °C; left out: unchanged. Beyond, it is not used.",
    )

    def to_reading(self) -> PackReading:
        """Return the reading."""
        celsius = self.temperature_celsius
        return PackReading(
            self.serial_number,
            self.soc_percent,
            self.soh_percent,
            self.is_faulty,
            celsius if celsius is not None and COLDEST <= celsius <= HOTTEST else None,
        )


@strawberry.input(description="What a station measured of its packs.")
class ReportPacksInput:
    """The input of reportPacks."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    readings: list[PackReadingInput] = strawberry.field(description="1 to 500 readings; all or none count.")


@strawberry.type(description="The readings are taken.")
class ReportPacksPayload:
    """The answer of reportPacks."""

    station: Station = strawberry.field(description="The station with its new stock.")


ReportPacksResult = Annotated[
    ReportPacksPayload | InvalidInput | Refused[StationNotFoundError] | Refused[PackElsewhereError],
    strawberry.union("ReportPacksResult", description="The station with its new stock, or why it stays."),
]


@strawberry.type
class PackReportMutation:
    """The mutation of reports."""

    @strawberry.mutation(
        description="Report what a station measured of the packs in its slots; its stock is counted again.",
        extensions=roles(*OPERATORS),
    )
    async def report_packs(
        self, info: Info, input: Annotated[ReportPacksInput, strawberry.argument(description="The readings.")]
    ) -> ReportPacksResult:
        """Report packs."""
        if not 1 <= len(input.readings) <= MAX_READINGS:
            raise InvalidInputError("readings", f"Report 1 to {MAX_READINGS} packs at once.")
        station = await SwappingServices.of(info.context).reports.report_packs(
            database_id(input.station_id, Station, "station_id"),
            [reading.to_reading() for reading in input.readings],
        )
        return ReportPacksPayload(station=Station.of(station))
