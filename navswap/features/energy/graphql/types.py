"""The views of a station's energy, of its plans and tariffs, and their refusals."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.energy import errors
from navswap.features.energy.documents import ChargingPlan as PlanDocument
from navswap.features.energy.documents import EnergyStation as EnergyDocument
from navswap.features.energy.documents import HistoryUnit, PlanCause, PlannedPack, Shed
from navswap.features.energy.documents import Tariff as TariffDocument
from navswap.features.energy.events import EnergyChange
from navswap.features.energy.rules import DayKind
from navswap.features.energy.service import EnergyServices
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, relay_id
from navswap.graphql.refusals import Refusal, refusal

describe_enum(
    DayKind,
    "The days that a price holds on.",
    {"WEEKDAY": "Monday to Friday.", "WEEKEND": "Saturday and Sunday."},
)
describe_enum(
    PlanCause,
    "Why a charging plan was made.",
    {
        "SCHEDULE": "A step of the plan before ended, or the packs of the station changed.",
        "SHED": "The station was told to draw less for a while.",
    },
    name="ChargingPlanCause",
)
describe_enum(
    HistoryUnit,
    "How finely a history is cut, in the time zone of the station's tariff (UTC without one).",
    {"HOUR": "By hour; at most 31 days at once.", "DAY": "By day; at most 366 days at once."},
    name="EnergyHistoryUnit",
)


@strawberry.type(description="A price per kilowatt-hour during some hours of some days.")
class PricePeriod:
    """A period as clients see it."""

    days: DayKind = strawberry.field(description="The days that it holds on.")
    start_hour: int = strawberry.field(description="Local hour that it begins with, 0 to 23.")
    end_hour: int = strawberry.field(description="Local hour that it ends before, 1 to 24.")
    price_per_kwh: float = strawberry.field(description="Price per kWh in the tariff's currency; above 0.")


@strawberry.type(description="A tariff by time of use.")
class Tariff:
    """A tariff as clients see it."""

    tariff_id: str = strawberry.field(description="Its name in station information.")
    name: str = strawberry.field(description="Name for display.")
    time_zone: str = strawberry.field(description="IANA time zone of its hours.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    demand_charge_per_kw_month: float = strawberry.field(
        description="Price of the highest kW of a month; at least 0."
    )
    periods: list[PricePeriod] = strawberry.field(
        description="Every hour of both kinds of day belongs to exactly one of them."
    )

    @classmethod
    def of(cls, tariff: TariffDocument) -> Self:
        """Build the view of a stored tariff."""
        return cls(
            tariff_id=tariff.id,
            name=tariff.name,
            time_zone=tariff.time_zone,
            currency=tariff.currency,
            demand_charge_per_kw_month=tariff.demand_charge_per_kw_month,
            periods=[PricePeriod(**dict(period)) for period in tariff.periods],
        )


@strawberry.type(description="A span of a charging plan in which price and limit stand.")
class ChargingStep:
    """A step as clients see it."""

    start: datetime = strawberry.field(description="When it begins (UTC).")
    end: datetime = strawberry.field(description="When it ends (UTC).")
    price_per_kwh: float = strawberry.field(description="Price per kWh, at least 0; 0 without a tariff.")
    limit_kw: float = strawberry.field(
        description="What all chargers together may draw, kW, the station's other load taken off; at least 0."
    )


@strawberry.type(description="How one pack charges in a plan, and what the plan knew of it.")
class PackCharging:
    """A planned pack as clients see it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int = strawberry.field(description="Slot, from 1.")
    soc_percent: float = strawberry.field(description="State of charge when planned, 0 to 100 %.")
    capacity_kwh: float = strawberry.field(
        description="Energy of the full pack at its health, kWh; at least 0."
    )
    promised_by: datetime | None = strawberry.field(
        description="When it must be ready for the rider that it is held for (UTC); null for a free pack."
    )
    wanted_by: datetime | None = strawberry.field(
        description="When a free pack is foreseen to be needed (UTC); null beyond what is foreseen."
    )
    charger_kw: float = strawberry.field(
        description="Most power that its charger may draw, kW, at least 0; less while a fault derates it."
    )
    power_kw: list[float] = strawberry.field(
        description="Power drawn in each step of the plan, kW; at least 0."
    )

    @classmethod
    def of(cls, pack: PlannedPack) -> Self:
        """Build the view of a planned pack."""
        return cls(**dict(pack))


@strawberry.type(
    description="A decision how a station charges: promised packs first, then what riders will need, then the "
    "rest in the cheapest hours, under the limit of the feeder. It never changes; the next one replaces it."
)
class ChargingPlan(LoadedNode):
    """A plan as clients see it."""

    id: relay.NodeID[str]
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    cause: PlanCause = strawberry.field(description="Why it was made.")
    made_at: datetime = strawberry.field(description="When it was made (UTC).")
    steps: list[ChargingStep] = strawberry.field(description="Its steps, 24 hours in all.")
    packs: list[PackCharging] = strawberry.field(description="The packs that may charge, by slot.")
    energy_kwh: float = strawberry.field(description="What it draws in all, kWh; at least 0.")
    cost: float = strawberry.field(
        description="What that costs, in `currency`, at least 0; 0 without a tariff."
    )
    currency: str | None = strawberry.field(description="ISO 4217 code; null without a tariff.")
    late_promises: list[str] = strawberry.field(
        description="Serial numbers of held packs that cannot be ready in time; usually none."
    )
    late_packs: list[str] = strawberry.field(
        description="Serial numbers of free packs that cannot be ready when they are foreseen to be needed."
    )
    forecast_source: Source = strawberry.field(description="Where the forecasts came from.")
    forecast_as_of: datetime = strawberry.field(description="Moment that the forecasts know up to (UTC).")
    swaps_by_hour: list[float] = strawberry.field(
        description="Swaps foreseen in each of the next 24 hours, the present one first; at least 0."
    )
    auxiliary_kw: float = strawberry.field(
        description="Foreseen load of the station beside its chargers, kW; at least 0."
    )

    @classmethod
    def of(cls, plan: PlanDocument) -> Self:
        """Build the view of a stored plan."""
        rested_on = plan.rested_on
        return cls(
            id=plan.id,
            station_id=relay_id(Station, plan.station_id),
            cause=plan.cause,
            made_at=plan.made_at,
            steps=[ChargingStep(**dict(step)) for step in plan.steps],
            packs=[PackCharging.of(pack) for pack in plan.packs],
            energy_kwh=plan.energy_kwh,
            cost=plan.cost,
            currency=plan.currency,
            late_promises=plan.late_promises,
            late_packs=plan.late_packs,
            forecast_source=rested_on.source,
            forecast_as_of=rested_on.as_of,
            swaps_by_hour=rested_on.swaps_by_hour,
            auxiliary_kw=rested_on.auxiliary_kw,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return plans by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await EnergyServices.of(context).charging.list_plans_by_ids(ids)
        return {plan_id: cls.of(plan) for plan_id, plan in found.items()}


@strawberry.type(description="An order to draw less for a while.")
class FeederShed:
    """A shed as clients see it."""

    limit_kw: float = strawberry.field(description="What the station may draw in all, kW; at least 0.")
    until: datetime = strawberry.field(description="When the order ends (UTC).")
    reason: str = strawberry.field(description="Why, as the one who ordered it said.")
    ordered_at: datetime = strawberry.field(description="When it was ordered (UTC).")

    @classmethod
    def of(cls, shed: Shed) -> Self:
        """Build the view of a stored shed."""
        return cls(limit_kw=shed.limit_kw, until=shed.until, reason=shed.reason, ordered_at=shed.ordered_at)


@strawberry.type(description="The power that the charger of a slot may draw.")
class ChargerPower:
    """A setpoint as clients see it."""

    evse_id: int = strawberry.field(description="Slot, from 1.")
    power_kw: float = strawberry.field(description="Power, kW; at least 0.")


@strawberry.type(description="What was drawn in an hour or a day, and what it cost.")
class EnergyConsumed:
    """A part of a history as clients see it."""

    start: datetime = strawberry.field(description="When the hour or the day begins (UTC).")
    kwh: float = strawberry.field(description="Energy drawn from the feeder, kWh; at least 0.")
    cost: float = strawberry.field(
        description="Its cost in the tariff's currency, at least 0; 0 without a tariff."
    )
    peak_kw: float = strawberry.field(description="Highest mean power of a reading, kW; at least 0.")


@strawberry.type(description="The energy of a station: what it may draw, what it draws, and how it charges.")
class StationEnergy:
    """A station's energy as clients see it."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    revision: int = strawberry.field(description="Counts the changes, at least 0; 0 before the first plan.")
    limit_kw: float | None = strawberry.field(
        description="What the station may draw in all now, kW, at least 0: the limit of the feeder, or less in a shed; null "
        "where nobody knows."
    )
    shed: FeederShed | None = strawberry.field(description="The order to draw less that holds now.")
    charging_kw: float = strawberry.field(
        description="Power of all chargers together as ordered, kW; at least 0."
    )
    chargers: list[ChargerPower] = strawberry.field(description="The slots that charge now, by number.")
    load_kw: float | None = strawberry.field(
        description="Mean power that the newest meter reading shows, kW, at least 0; null before the first one."
    )
    load_until: datetime | None = strawberry.field(description="When that reading ends (UTC).")
    station_key: strawberry.Private[str]
    plan_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, energy: EnergyDocument | EnergyChange) -> Self:
        """Build the view of a stored state, or of one that an event tells."""
        key = energy.station_id if isinstance(energy, EnergyChange) else energy.id
        return cls(
            station_id=relay_id(Station, key),
            revision=energy.revision,
            limit_kw=energy.limit_kw,
            shed=None if energy.shed is None else FeederShed.of(energy.shed),
            charging_kw=energy.charging_kw,
            chargers=[ChargerPower(**dict(one)) for one in energy.setpoints],
            load_kw=energy.load_kw,
            load_until=energy.load_until,
            station_key=key,
            plan_key=energy.plan_id,
        )

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station."""
        return await load_station(info.context, self.station_key)

    @strawberry.field(description="The plan that the chargers follow now; null before the first one.")
    async def plan(self, info: Info) -> ChargingPlan | None:
        """Load the plan."""
        if self.plan_key is None:
            return None
        return (await ChargingPlan.load_many(info.context, [self.plan_key])).get(self.plan_key)

    @strawberry.field(description="The tariff that the station buys its energy by; null where it has none.")
    async def tariff(self, info: Info) -> Tariff | None:
        """Load the tariff."""
        station = await load_station(info.context, self.station_key)
        tariff = await EnergyServices.of(info.context).tariffs.find(station.tariff_id)
        return None if tariff is None else Tariff.of(tariff)

    @strawberry.field(
        description="What was drawn by hour or by day, from meter readings, earliest first; hours and days "
        "without a reading are left out."
    )
    async def history(
        self,
        info: Info,
        start: Annotated[datetime, strawberry.argument(description="Begin of the period (UTC), included.")],
        end: Annotated[datetime, strawberry.argument(description="End of the period (UTC), not included.")],
        unit: Annotated[
            HistoryUnit, strawberry.argument(description="How finely to cut it.")
        ] = HistoryUnit.HOUR,
    ) -> list[EnergyConsumed]:
        """Sum up the readings."""
        found = await EnergyServices.of(info.context).meters.history(self.station_key, start, end, unit)
        return [EnergyConsumed(**dict(part)) for part in found]


@refusal(errors.BadFeederLimitError)
class BadFeederLimit(Refusal):
    """The limit is impossible."""


@refusal(errors.BadMeterReadingError)
class BadMeterReading(Refusal):
    """The reading is impossible."""


@refusal(errors.MeterReadingConflictError)
class MeterReadingConflict(Refusal):
    """The time is covered already."""
