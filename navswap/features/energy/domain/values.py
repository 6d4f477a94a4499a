"""The energy of stations, their charging plans, and what their meters read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge

from navswap.kit.forecasts import Source
from navswap.kit.units import Count, Kilowatts, Percent, Positive
from navswap.kit.values import quick_init

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shed:
    """An order to draw less for a while: `limit_kw` is what the station may draw in all."""

    limit_kw: Kilowatts
    ends_at: datetime
    reason: str
    ordered_by: str
    ordered_at: datetime


@quick_init
@dataclass(frozen=True, slots=True)
class Setpoint:
    """The power that the charger of a slot may draw."""

    evse_id: Positive
    power_kw: Kilowatts


@dataclass(frozen=True, slots=True)
class Derating:
    """A charger that a fault lets draw less, or all of the station where `evse_id` is None."""

    fault_id: str
    evse_id: Positive | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class ReadyTime:
    """When a pack that was not charged as its plan was made has the promised charge by it.

    `soc_percent` is the charge that the plan began with, `is_promised` whether the pack was held then; `ready_at` is None
    where the plan ends before.
    """

    serial_number: str
    soc_percent: Percent
    is_promised: bool
    ready_at: datetime | None


@quick_init
@dataclass(frozen=True, slots=True)
class EnergyStation:
    """The energy of one station now; its id is that of the station.

    `revision` is the sequence of the live stream: 0 until something is published of the station.
    """

    id: str
    due_at: datetime
    """When the next plan is to be made."""
    shed: Shed | None = None
    derated: tuple[Derating, ...] = ()
    """What open faults derate."""
    setpoints: tuple[Setpoint, ...] = ()
    """Slots that charge now, by number."""
    plan_id: str | None = None
    planned_stock: str | None = None
    """The stock that the plan was made for."""
    ready_times: tuple[ReadyTime, ...] = ()
    """When the packs are ready that the plan charges, by slot."""
    limit_kw: Kilowatts | None = None
    """What the station may draw in all; None where it is unknown."""
    load_kw: Kilowatts | None = None
    """Mean power of the newest meter reading."""
    load_measured_at: datetime | None = None
    """End of the newest meter reading."""
    measured_until: datetime | None = None
    """End of the last quarter of an hour whose load was published."""
    power_lost_by: str | None = None
    """The fault that says that the feeder gives nothing."""
    revision: Count = 0

    @property
    def charging_kw(self) -> float:
        """Return the power of all slots together."""
        return sum(setpoint.power_kw for setpoint in self.setpoints)

    def is_derated(self, evse_id: int) -> bool:
        """Return whether a fault derates the charger of a slot."""
        return bool(self.derated) and any(derating.evse_id in {None, evse_id} for derating in self.derated)


class FeederState(StrEnum):
    """What a feeder gives: all that it usually does, less, or nothing."""

    NORMAL = "NORMAL"
    LIMITED = "LIMITED"
    OUTAGE = "OUTAGE"


class PlanCause(StrEnum):
    """Why a plan was made."""

    SCHEDULE = "SCHEDULE"
    SHED = "SHED"


@dataclass(frozen=True, slots=True)
class EnergyForecast:
    """What is forecast of a station: swaps of the next hours, the present one first, and its load without chargers.

    `model` names the model that forecast the first hours, with its version, as far as it looks ahead; empty where none did.
    """

    swaps_by_hour: tuple[float, ...]
    auxiliary_kw: Kilowatts
    source: Source
    as_of: datetime
    model: str = ""


@quick_init
@dataclass(frozen=True, slots=True)
class PlanStep:
    """A span of a plan in which price and limit stand: price per kWh, and the kW that charging may draw in all."""

    starts_at: datetime
    ends_at: datetime
    price_per_kwh: float
    limit_kw: Kilowatts

    @property
    def hours(self) -> float:
        """Return how long the step is."""
        return (self.ends_at - self.starts_at) / HOUR


@quick_init
@dataclass(frozen=True, slots=True)
class PlannedPack:
    """A fit pack in a working slot, and how it charges; its capacity is that of its state of health.

    `charger_kw` is the most that its charger draws, `power_kw` what it draws in each step of the plan (empty until then).
    """

    serial_number: str
    evse_id: Positive
    soc_percent: Percent
    capacity_kwh: Annotated[float, Ge(0)]
    charger_kw: Kilowatts
    ready_at: datetime | None = None
    """When a held pack must be ready; None for a free one."""
    needed_at: datetime | None = None
    """When a free pack is expected to be needed; None beyond what is forecast."""
    power_kw: tuple[float, ...] = ()

    def with_power(self, power_kw: tuple[float, ...]) -> "PlannedPack":
        """Return the same pack with a power in each step of a plan."""
        return PlannedPack(
            self.serial_number,
            self.evse_id,
            self.soc_percent,
            self.capacity_kwh,
            self.charger_kw,
            self.ready_at,
            self.needed_at,
            power_kw,
        )


@quick_init
@dataclass(frozen=True, slots=True)
class Schedule:
    """Who charges when, and what cannot be kept.

    `late_promises` are the held packs and `late_packs` the expected ones that will not be ready in time.
    """

    steps: tuple[PlanStep, ...]
    packs: tuple[PlannedPack, ...]
    late_promises: tuple[str, ...] = ()
    late_packs: tuple[str, ...] = ()

    @property
    def drawn_kw(self) -> tuple[float, ...]:
        """Return what all packs together draw in each step."""
        return tuple(sum(pack.power_kw[step] for pack in self.packs) for step in range(len(self.steps)))

    @property
    def energy_kwh(self) -> float:
        """Return what is drawn from the feeder."""
        return sum(kw * step.hours for kw, step in zip(self.drawn_kw, self.steps, strict=True))

    @property
    def cost(self) -> float:
        """Return what that costs."""
        return sum(
            kw * step.hours * step.price_per_kwh for kw, step in zip(self.drawn_kw, self.steps, strict=True)
        )


@quick_init
@dataclass(frozen=True, slots=True)
class ChargingPlan:
    """A decision: how a station charges from `made_at` on, and the forecast that it was made from. It never changes."""

    id: str
    station_id: str
    cause: PlanCause
    made_at: datetime
    tariff_id: str | None
    currency: str | None
    schedule: Schedule
    forecast: EnergyForecast
    revision: Positive = 1


class HistoryUnit(StrEnum):
    """How finely a history is cut."""

    HOUR = "HOUR"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was drawn in an hour or a day."""

    starts_at: datetime
    kwh: float
    cost: float
    peak_kw: float


@dataclass(frozen=True, slots=True)
class MeterReading:
    """Energy drawn from a feeder within one local hour, and what it cost; readings never overlap and never change."""

    id: str
    station_id: str
    starts_at: datetime
    ends_at: datetime
    kwh: Annotated[float, Ge(0)]
    cost: Annotated[float, Ge(0)]
    kw: Kilowatts
    """The mean power."""
    report: str
    """Names the report that it came with: its span and its energy."""
    revision: Positive = 1

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Return whether it covers any of a span."""
        return self.starts_at < ends_at and self.ends_at > starts_at
