"""Mutations of the energy slice: meters, tariffs and supplies."""

from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OPERATORS, Role
from navswap.features.energy import errors
from navswap.features.energy.domain.tariffs import periods_over_midnight
from navswap.features.energy.graphql.types import StationEnergy, Tariff
from navswap.features.energy.service import DayKind, EnergyServices, MeterReport, PricePeriod, Reading
from navswap.features.energy.service import Tariff as NewTariff
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
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.graphql.scalars import MOMENT_EXAMPLE, DeviceTime, Kilowatts, NonNegativeInt
from navswap.kit.errors import InvalidInputError


@judged_by_itself
@strawberry.input(description="Energy that a station drew from its feeder in a span of time.")
class MeterReadingInput:
    """A reading as stations give it."""

    starts_at: DeviceTime | None = needed_field("Begin of the span, with its time zone.")
    ends_at: DeviceTime | None = needed_field(
        "End of the span, with its time zone; at most an hour after its begin, and not ahead of now."
    )
    kwh: float | None = needed_field(
        "Energy drawn in the span, kWh, at least 0, at a power of at most 1,000 kW."
    )

    def to_reading(self) -> Reading:
        """Return the reading; raises InvalidInputError."""
        return Reading(
            read_device_time(self.starts_at, "starts_at"),
            read_device_time(self.ends_at, "ends_at"),
            given(self.kwh, "kwh"),
        )


@strawberry.input(description="What the meter of a station read.")
class ReportMeterInput:
    """The input of reportMeter."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    readings: list[MeterReadingInput | None] = strawberry.field(
        description="1 to 100 readings, each judged by itself. The same reading again is counted once."
    )


@strawberry.type(description="What became of the readings. Do not send those again that were accepted.")
class ReportMeterPayload:
    """The answer of reportMeter."""

    energy: StationEnergy = strawberry.field(description="The energy of the station with its newest load.")
    accepted: NonNegativeInt = strawberry.field(
        description="How many readings count, those that were known already with them."
    )
    refused: list[RefusedElement] = strawberry.field(
        description="Those that do not, in the order of the report; empty where there are none."
    )

    @classmethod
    def of(cls, report: MeterReport, places: Sequence[int], unreadable: list[RefusedElement]) -> Self:
        """Build the view of a report; `places` are where its readings stand in the input."""
        impossible = [
            RefusedElement.of(places[index], error, _EXAMPLES) for index, error in report.refused.items()
        ]
        return cls(
            energy=StationEnergy.of(report.station),
            accepted=report.accepted,
            refused=sorted([*unreadable, *impossible], key=lambda element: element.index),
        )


_EXAMPLES = {
    "readings": '{startsAt: "2026-03-02T08:00:00Z", endsAt: "2026-03-02T08:15:00Z", kwh: 1.25}',
    "startsAt": MOMENT_EXAMPLE,
    "endsAt": "2026-03-02T08:15:00Z",
    "kwh": "1.25",
}

ReportMeterResult = Annotated[
    ReportMeterPayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("ReportMeterResult", description="What became of the readings, or why none counts."),
]


@strawberry.input(description="A price of a span of hours on one kind of day.")
class PricePeriodInput:
    """A period as clients give it."""

    days: DayKind = strawberry.field(description="The days that it holds on.")
    start_hour: int = strawberry.field(description="Local hour that it begins in, 0 to 23.")
    end_hour: int = strawberry.field(
        description="Local hour that it ends before, 1 to 24, or 0 for midnight. An end before the begin is that of the "
        "morning: 22 to 6 is 22 to 24 and 0 to 6 of the same kind of day."
    )
    price_per_kwh: float = strawberry.field(description="In the currency of the tariff, above 0.")
    start_minute: int = strawberry.field(
        default=0, description="Minutes past startHour at which it begins, 0 to 45 in steps of 15."
    )
    end_minute: int = strawberry.field(
        default=0, description="Minutes past endHour that it ends before, 0 to 45 in steps of 15."
    )

    def to_periods(self) -> list[PricePeriod]:
        """Return the period, or the two of one that goes over midnight."""
        return periods_over_midnight(
            PricePeriod(
                self.days,
                self.start_hour,
                self.end_hour,
                self.price_per_kwh,
                self.start_minute,
                self.end_minute,
            )
        )


@strawberry.input(description="What energy costs when.")
class SaveTariffInput:
    """The input of saveTariff."""

    key: str = strawberry.field(
        description="The operator's name of it, 1 to 50 letters, digits, hyphens or underscores; a tariff of that key is "
        "changed, else one is added."
    )
    name: str = strawberry.field(description="Name for display, 1 to 120 characters.")
    time_zone: str = strawberry.field(description="IANA time zone of its hours.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    demand_charge_per_kw_month: float = strawberry.field(
        default=0.0, description="Price of the highest kW of a month; at least 0."
    )
    periods: list[PricePeriodInput] = strawberry.field(
        description="Every hour of weekdays and weekends belongs to exactly one of them; of holidays, too, where they have any."
    )
    holidays: list[str] = strawberry.field(
        default_factory=list,
        description="Local dates such as 2026-12-25, each once, at most 100, with the prices of HOLIDAY; where no period has "
        "them, with those of WEEKEND.",
    )

    def to_tariff(self) -> NewTariff:
        """Return what is to be stored."""
        return NewTariff(
            id=self.key,
            name=self.name,
            time_zone=self.time_zone,
            currency=self.currency,
            demand_charge_per_kw_month=self.demand_charge_per_kw_month,
            periods=tuple(part for period in self.periods for part in period.to_periods()),
            holidays=tuple(sorted(self.holidays)),
        )


@strawberry.type(description="The tariff is saved.")
class SaveTariffPayload:
    """The answer of saveTariff."""

    tariff: Tariff = strawberry.field(description="The tariff as it is now.")


SaveTariffResult = Annotated[
    SaveTariffPayload | InvalidInput,
    strawberry.union("SaveTariffResult", description="The tariff, or why it was not saved."),
]


@strawberry.input(description="By which tariff a station buys its energy, and what its feeder gives.")
class SetStationSupplyInput:
    """The input of setStationSupply."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    tariff_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of a saved tariff; left out: none, every hour counts the same."
    )
    feeder_limit_kw: Kilowatts | None = strawberry.field(
        default=None, description="Most power of the feeder, above 0 to 1,000; left out: unknown."
    )


@strawberry.type(description="The supply of the station is set, and its charging is planned by it.")
class SetStationSupplyPayload:
    """The answer of setStationSupply."""

    station: Station = strawberry.field(description="The station as it is now.")


SetStationSupplyResult = Annotated[
    SetStationSupplyPayload
    | InvalidInput
    | Refused[StationNotFoundError]
    | Refused[errors.TariffNotFoundError],
    strawberry.union("SetStationSupplyResult", description="The station, or why its supply stays."),
]


@strawberry.type
class EnergyMutation:
    """Mutations of meters, tariffs and supplies."""

    @strawberry.mutation(
        description="Report what the meter of a station read; its energy is priced by the tariff. Each reading is judged by "
        "itself, and one that cannot be used costs no other.",
        extensions=roles(*OPERATORS),
    )
    async def report_meter(
        self, info: Info, input: Annotated[ReportMeterInput, strawberry.argument(description="The readings.")]
    ) -> ReportMeterResult:
        """Report a meter."""
        if not input.readings:
            raise InvalidInputError("readings", "Report 1 to 100 readings at once.")
        readings, unreadable = read_each("readings", input.readings, MeterReadingInput.to_reading, _EXAMPLES)
        report = await EnergyServices.of(info.context).meters.report(
            database_id(input.station_id, Station, "station_id"), list(readings.values())
        )
        return ReportMeterPayload.of(report, list(readings), unreadable)

    @strawberry.mutation(
        description="Save a tariff by time of use; charging is planned by it from the next plan on. Saving the same "
        "again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_tariff(
        self, info: Info, input: Annotated[SaveTariffInput, strawberry.argument(description="The tariff.")]
    ) -> SaveTariffResult:
        """Save a tariff."""
        tariffs = EnergyServices.of(info.context).tariffs
        saved = await tariffs.save(input.to_tariff(), info.context.signed_in())
        return SaveTariffPayload(tariff=Tariff.of(saved))

    @strawberry.mutation(
        description="Set by which tariff a station buys its energy and what its feeder gives; its charging is planned "
        "again at once. The same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def set_station_supply(
        self,
        info: Info,
        input: Annotated[SetStationSupplyInput, strawberry.argument(description="The supply.")],
    ) -> SetStationSupplyResult:
        """Set the supply of a station."""
        tariff_id = None if input.tariff_id is None else database_id(input.tariff_id, Tariff, "tariff_id")
        station = await EnergyServices.of(info.context).tariffs.set_supply(
            database_id(input.station_id, Station, "station_id"),
            tariff_id,
            input.feeder_limit_kw,
            info.context.signed_in(),
        )
        return SetStationSupplyPayload(station=Station.of(station))
