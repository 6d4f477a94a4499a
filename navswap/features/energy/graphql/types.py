"""The views of a station's energy, of its charging plans, and of tariffs."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.energy.service import (
    ChargingPlan as StoredPlan,
)
from navswap.features.energy.service import (
    DayKind,
    EnergyServices,
    EnergyStation,
    HistoryUnit,
    PlanCause,
    PlannedPack,
    Shed,
)
from navswap.features.energy.service import Tariff as StoredTariff
from navswap.features.packs.graphql import Pack
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import KilowattHours, Kilowatts, Percent

describe_enum(
    DayKind,
    "The days that a price holds on.",
    {
        "WEEKDAY": "Monday to Friday.",
        "WEEKEND": "Saturday and Sunday.",
        "HOLIDAY": "The dates that the tariff names, whatever day of the week they are.",
    },
)
describe_enum(
    PlanCause,
    "Why a charging plan was made.",
    {
        "SCHEDULE": "A step of the plan before ended, the packs of the station changed, or a fault derates a charger.",
        "SHED": "The station was ordered to draw less for a while.",
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
    end_hour: int = strawberry.field(
        description="Local hour that it ends before, 1 to 24; 0 only with minutes."
    )
    price_per_kwh: float = strawberry.field(description="Price per kWh in the tariff's currency; above 0.")
    start_minute: int = strawberry.field(
        description="Minutes past startHour at which it begins, 0 to 45 in steps of 15."
    )
    end_minute: int = strawberry.field(
        description="Minutes past endHour that it ends before, 0 to 45 in steps of 15."
    )


@strawberry.type(description="A tariff by time of use.")
class Tariff(LoadedNode):
    """A tariff as clients see it."""

    id: relay.NodeID[str]
    key: str = strawberry.field(description="The operator's name of it, 1 to 50 characters; unique.")
    name: str = strawberry.field(description="Name for display.")
    time_zone: str = strawberry.field(description="IANA time zone of its hours.")
    currency: str = strawberry.field(description="ISO 4217 code of all its prices.")
    demand_charge_per_kw_month: float = strawberry.field(
        description="Price of the highest kW of a month; at least 0."
    )
    periods: list[PricePeriod] = strawberry.field(
        description="Every hour of weekdays and weekends belongs to exactly one of them; of holidays, too, where they have any."
    )
    holidays: list[str] = strawberry.field(
        description="Local dates such as 2026-12-25 that have the prices of HOLIDAY; where no period has them, those of WEEKEND."
    )

    @classmethod
    def of(cls, tariff: StoredTariff) -> Self:
        """Build the view of a tariff."""
        return cls(
            id=tariff.id,
            key=tariff.id,
            name=tariff.name,
            time_zone=tariff.time_zone,
            currency=tariff.currency,
            demand_charge_per_kw_month=tariff.demand_charge_per_kw_month,
            periods=[
                PricePeriod(
                    days=period.days,
                    start_hour=period.start_hour,
                    end_hour=period.end_hour,
                    price_per_kwh=period.price_per_kwh,
                    start_minute=period.start_minute,
                    end_minute=period.end_minute,
                )
                for period in tariff.periods
            ],
            holidays=list(tariff.holidays),
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return tariffs by id, to those who oversee the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await EnergyServices.of(context).tariffs.list_by_ids(ids)
        return {tariff_id: cls.of(tariff) for tariff_id, tariff in found.items()}


@strawberry.type(description="A span of a charging plan in which price and limit stand.")
class ChargingStep:
    """A step as clients see it."""

    starts_at: datetime = strawberry.field(description="When it begins (UTC).")
    ends_at: datetime = strawberry.field(description="When it ends (UTC).")
    price_per_kwh: float = strawberry.field(description="Price per kWh, at least 0; 0 without a tariff.")
    limit_kw: Kilowatts = strawberry.field(
        description="What all chargers together may draw, the station's other load taken off."
    )


@strawberry.type(description="How one pack charges in a plan, and what the plan knew of it.")
class PackCharging:
    """A planned pack as clients see it."""

    serial_number: strawberry.Private[str]
    evse_id: int = strawberry.field(description="Slot, from 1.")
    soc_percent: Percent = strawberry.field(description="State of charge when planned.")
    capacity_kwh: KilowattHours = strawberry.field(description="Energy of the full pack at its health.")
    ready_at: datetime | None = strawberry.field(
        description="When it must be ready for the rider that it is held for (UTC); null for a free pack."
    )
    needed_at: datetime | None = strawberry.field(
        description="When a free pack is expected to be needed (UTC); null beyond what is forecast."
    )
    charger_kw: Kilowatts = strawberry.field(
        description="Most power that its charger may draw; less while a fault derates it."
    )
    power_kw: list[Kilowatts] = strawberry.field(description="Power drawn in each step of the plan.")

    @classmethod
    def of(cls, pack: PlannedPack) -> Self:
        """Build the view of a planned pack."""
        return cls(
            serial_number=pack.serial_number,
            evse_id=pack.evse_id,
            soc_percent=pack.soc_percent,
            capacity_kwh=pack.capacity_kwh,
            ready_at=pack.ready_at,
            needed_at=pack.needed_at,
            charger_kw=pack.charger_kw,
            power_kw=list(pack.power_kw),
        )

    @strawberry.field(description="The pack as it is now.")
    async def pack(self, info: Info) -> Pack | None:
        """Load the pack with those of the other slots."""
        return await find_node(info.context, Pack, self.serial_number)


@strawberry.type(
    description="What a charging plan was made from: the demand and the load that were forecast."
)
class EnergyForecast:
    """A forecast as clients see it."""

    source: Source = strawberry.field(
        description="Where it came from; of a model the first hours, as far as it looks ahead."
    )
    model: str | None = strawberry.field(
        description="The model that forecast the first hours, with its version; null where none did."
    )
    as_of: datetime = strawberry.field(description="Time up to which it knows what happened (UTC).")
    swaps_by_hour: list[float] = strawberry.field(
        description="Swaps expected in each of the next 24 hours, the present one first; at least 0."
    )
    auxiliary_kw: Kilowatts = strawberry.field(
        description="Expected load of the station beside its chargers."
    )


@strawberry.type(
    description="A decision how a station charges: held packs first, then what riders will need, then the "
    "rest in the cheapest hours, under the limit of the feeder. It never changes; the next one replaces it."
)
class ChargingPlan(LoadedNode):
    """A plan as clients see it."""

    id: relay.NodeID[str]
    station_key: strawberry.Private[str]
    cause: PlanCause = strawberry.field(description="Why it was made.")
    made_at: datetime = strawberry.field(description="When it was made (UTC).")
    steps: list[ChargingStep] = strawberry.field(description="Its steps, 24 hours in all.")
    packs: list[PackCharging] = strawberry.field(description="The packs that may charge, by slot.")
    energy_kwh: KilowattHours = strawberry.field(description="What it draws in all.")
    cost: float = strawberry.field(
        description="What that costs, in `currency`, at least 0; 0 without a tariff."
    )
    currency: str | None = strawberry.field(description="ISO 4217 code; null without a tariff.")
    late_held_packs: list[PackCharging] = strawberry.field(
        description="Held packs that cannot be ready in time; usually none."
    )
    late_free_packs: list[PackCharging] = strawberry.field(
        description="Free packs that cannot be ready when they are expected to be needed."
    )
    forecast: EnergyForecast = strawberry.field(description="The forecast that it was made from.")

    @classmethod
    def of(cls, plan: StoredPlan) -> Self:
        """Build the view of a plan."""
        schedule, forecast = plan.schedule, plan.forecast
        packs = {pack.serial_number: PackCharging.of(pack) for pack in schedule.packs}
        return cls(
            id=plan.id,
            station_key=plan.station_id,
            cause=plan.cause,
            made_at=plan.made_at,
            steps=[
                ChargingStep(
                    starts_at=step.starts_at,
                    ends_at=step.ends_at,
                    price_per_kwh=step.price_per_kwh,
                    limit_kw=step.limit_kw,
                )
                for step in schedule.steps
            ],
            packs=list(packs.values()),
            energy_kwh=schedule.energy_kwh,
            cost=schedule.cost,
            currency=plan.currency,
            late_held_packs=[packs[serial] for serial in schedule.late_promises],
            late_free_packs=[packs[serial] for serial in schedule.late_packs],
            forecast=EnergyForecast(
                source=forecast.source,
                model=forecast.model or None,
                as_of=forecast.as_of,
                swaps_by_hour=list(forecast.swaps_by_hour),
                auxiliary_kw=forecast.auxiliary_kw,
            ),
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return plans by id, to those who oversee the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await EnergyServices.of(context).stations.list_plans_by_ids(ids)
        return {plan_id: cls.of(plan) for plan_id, plan in found.items()}

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="An order to draw less for a while.")
class FeederShed:
    """A shed as clients see it."""

    limit_kw: Kilowatts = strawberry.field(description="What the station may draw in all.")
    ordered_at: datetime = strawberry.field(description="When it was ordered (UTC).")
    ends_at: datetime = strawberry.field(description="When the order ends (UTC).")
    reason: str = strawberry.field(description="Why, as the administrator who ordered it said.")

    @classmethod
    def of(cls, shed: Shed) -> Self:
        """Build the view of a shed."""
        return cls(
            limit_kw=shed.limit_kw, ordered_at=shed.ordered_at, ends_at=shed.ends_at, reason=shed.reason
        )


@strawberry.type(description="The power that the charger of a slot may draw.")
class ChargerPower:
    """A setpoint as clients see it."""

    evse_id: int = strawberry.field(description="Slot, from 1.")
    power_kw: Kilowatts = strawberry.field(description="The power.")


@strawberry.type(description="What was drawn in an hour or a day, and what it cost.")
class EnergyConsumption:
    """A part of a history as clients see it."""

    starts_at: datetime = strawberry.field(description="When the hour or the day begins (UTC).")
    kwh: KilowattHours = strawberry.field(description="Energy drawn from the feeder.")
    cost: float = strawberry.field(
        description="Its cost in the tariff's currency, at least 0; 0 without a tariff."
    )
    peak_kw: Kilowatts = strawberry.field(description="Highest mean power of a reading.")


@strawberry.type(description="The energy of a station: what it may draw, what it draws, and how it charges.")
class StationEnergy:
    """A station's energy as clients see it."""

    limit_kw: Kilowatts | None = strawberry.field(
        description="What the station may draw in all now: the limit of the feeder, or less in a shed; null where it is "
        "unknown."
    )
    shed: FeederShed | None = strawberry.field(description="The order to draw less that holds now.")
    charging_kw: Kilowatts = strawberry.field(description="Power of all chargers together as ordered.")
    chargers: list[ChargerPower] = strawberry.field(description="The slots that charge now, by number.")
    load_kw: Kilowatts | None = strawberry.field(
        description="Mean power that the newest meter reading shows; null before the first one."
    )
    load_measured_at: datetime | None = strawberry.field(description="When that reading ends (UTC).")
    station_key: strawberry.Private[str]
    plan_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, station: EnergyStation) -> Self:
        """Build the view of a station's energy."""
        return cls(
            limit_kw=station.limit_kw,
            shed=None if station.shed is None else FeederShed.of(station.shed),
            charging_kw=station.charging_kw,
            chargers=[
                ChargerPower(evse_id=setpoint.evse_id, power_kw=setpoint.power_kw)
                for setpoint in station.setpoints
            ],
            load_kw=station.load_kw,
            load_measured_at=station.load_measured_at,
            station_key=station.id,
            plan_key=station.plan_id,
        )

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station."""
        return await load_station(info.context, self.station_key)

    @strawberry.field(description="The plan that the chargers follow now; null before the first one.")
    async def plan(self, info: Info) -> ChargingPlan | None:
        """Load the plan with those of the other stations."""
        return None if self.plan_key is None else await find_node(info.context, ChargingPlan, self.plan_key)

    @strawberry.field(
        description="What was drawn by hour or by day, from meter readings, earliest first; hours and days "
        "without a reading are left out."
    )
    async def history(
        self,
        info: Info,
        starts_at: Annotated[
            datetime, strawberry.argument(description="Begin of the period (UTC), included.")
        ],
        ends_at: Annotated[
            datetime, strawberry.argument(description="End of the period (UTC), not included.")
        ],
        unit: Annotated[
            HistoryUnit, strawberry.argument(description="How finely to cut it.")
        ] = HistoryUnit.HOUR,
    ) -> list[EnergyConsumption]:
        """Sum up the readings."""
        meters = EnergyServices.of(info.context).meters
        return [
            EnergyConsumption(starts_at=part.starts_at, kwh=part.kwh, cost=part.cost, peak_kw=part.peak_kw)
            for part in await meters.history(self.station_key, starts_at, ends_at, unit)
        ]
