"""The energy of a station in time: planned again and again, shed, derated by faults, and read off its meter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.energy.domain.charging import (
    Reserve,
    changed_setpoints,
    demand_deadlines,
    schedule_charging,
    setpoints,
)
from navswap.features.energy.domain.metering import Reading, loads_of, new_quarters
from navswap.features.energy.domain.parameters import EnergyParameters
from navswap.features.energy.domain.readiness import SlotPack, ready_times
from navswap.features.energy.domain.steps import PowerLimit, charging_steps
from navswap.features.energy.domain.tariffs import Tariff, prices_of
from navswap.features.energy.domain.values import (
    ChargingPlan,
    Derating,
    EnergyForecast,
    EnergyStation,
    FeederState,
    MeterReading,
    PlanCause,
    PlannedPack,
    Shed,
)
from navswap.features.energy.events import CommandIssued, EnergyStationChanged, FeederChanged
from navswap.kit.errors import InvalidInputError
from navswap.kit.facts import Fact
from navswap.kit.forecasts import Source
from navswap.kit.lifecycle import Transition, unchanged
from navswap.kit.values import quick_init, replace

HORIZON_HOURS = 24
HORIZON = timedelta(hours=HORIZON_HOURS)
MAX_FEEDER_KW = 1000.0
MAX_SHED = timedelta(hours=24)
MAX_REASON_CHARACTERS = 200


@quick_init
@dataclass(frozen=True, slots=True)
class Site:
    """What a plan is made from, besides the energy of the station.

    `feeder_limit_kw` is what the feeder gives, None where it is unknown; `chargers_kw` what all chargers draw together at
    most. `stock` names the stock, so that a plan is known to be made for it. `largest_visits` are the most packs that a
    rider takes at once, by pack model; one of a model that is not among them, or where it is None.
    """

    packs: tuple[SlotPack, ...]
    chargers_kw: float
    feeder_limit_kw: float | None
    stock: str
    tariff: Tariff | None
    forecast: EnergyForecast
    largest_visits: Mapping[str, int] | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Planned:
    """A new plan, and what it makes of the station."""

    plan: ChargingPlan
    station: Transition[EnergyStation]


def order_shed(limit_kw: float, ends_at: datetime, reason: str, ordered_by: str, now: datetime) -> Shed:
    """Return the order to draw no more than a limit; raises InvalidInputError for an impossible one."""
    if not 0 <= limit_kw <= MAX_FEEDER_KW:
        raise InvalidInputError("limit_kw", f"Give a limit of 0 to {MAX_FEEDER_KW:.0f} kW.")
    if not now < ends_at <= now + MAX_SHED:
        raise InvalidInputError("ends_at", "A shed ends within the next 24 hours.")
    if not 1 <= len(reason.strip()) <= MAX_REASON_CHARACTERS:
        raise InvalidInputError("reason", f"Give a reason of 1 to {MAX_REASON_CHARACTERS} characters.")
    return Shed(limit_kw, ends_at, reason.strip(), ordered_by, ordered_at=now)


def shed(
    station: EnergyStation, order: Shed, site: Site, parameters: EnergyParameters, plan_id: str
) -> Planned:
    """Plan a station under an order to draw less, from the time of the order on; it replaces another order."""
    return _plan(station, order, PlanCause.SHED, site, parameters, plan_id, order.ordered_at)


def plan(
    station: EnergyStation, site: Site, parameters: EnergyParameters, plan_id: str, now: datetime
) -> Planned:
    """Plan a station again; a shed that is over ends with it."""
    order = station.shed if station.shed is not None and station.shed.ends_at > now else None
    return _plan(station, order, PlanCause.SCHEDULE, site, parameters, plan_id, now)


def derate(station: EnergyStation, derating: Derating, now: datetime) -> Transition[EnergyStation]:
    """Let a charger draw less from the next plan on, which is due now; the same again changes nothing."""
    if derating in station.derated:
        return unchanged(station)
    return _changed(station, replace(station, derated=(*station.derated, derating), due_at=now))


def restore(station: EnergyStation, fault_id: str, now: datetime) -> Transition[EnergyStation]:
    """Let the chargers that a fault derated draw as before, from the next plan on, which is due now; its outage is over."""
    kept = tuple(derating for derating in station.derated if derating.fault_id != fault_id)
    lost_by = None if station.power_lost_by == fault_id else station.power_lost_by
    if (kept, lost_by) == (station.derated, station.power_lost_by):
        return unchanged(station)
    restored = replace(station, derated=kept, power_lost_by=lost_by, due_at=now)
    return _changed(station, restored, *feeder_changes(station, restored, None, now))


def lose_power(station: EnergyStation, fault_id: str, now: datetime) -> Transition[EnergyStation]:
    """Record that a feeder gives nothing until a fault is over; one that is without power already stays so."""
    if station.power_lost_by is not None:
        return unchanged(station)
    dark = replace(station, power_lost_by=fault_id)
    return _changed(station, dark, *feeder_changes(station, dark, None, now))


def measure(
    station: EnergyStation, readings: Sequence[Reading], known: Sequence[MeterReading] = ()
) -> Transition[EnergyStation]:
    """Take new readings in; the load is that of the newest one ever, so that older ones change nothing.

    `known` are those stored of the quarters of an hour that the new ones end (`new_quarters`), themselves included.
    """
    newest = max(readings, key=lambda reading: reading.ends_at)
    if station.load_measured_at is not None and newest.ends_at <= station.load_measured_at:
        return unchanged(station)
    span = new_quarters(station, readings)
    loads = loads_of(station.id, span, known, station.limit_kw)
    until = max(span[1], station.measured_until or span[1])
    return _changed(
        station,
        replace(station, load_kw=newest.kw, load_measured_at=newest.ends_at, measured_until=until),
        *loads,
    )


def feeder_changes(
    before: EnergyStation, after: EnergyStation, usual_kw: float | None, now: datetime
) -> tuple[FeederChanged, ...]:
    """Return what became of a feeder that usually gives `usual_kw` (None where that is unknown), empty for nothing."""
    was, became = _feeder_state(before, usual_kw), _feeder_state(after, usual_kw)
    return () if was == became else (FeederChanged(after.id, *became, usual_kw, now),)


def stock_name(*counts: int) -> str:
    """Return a name of those counts of a stock that a plan depends on; equal names, equal plans."""
    return "/".join(map(str, counts))


def _changed(before: EnergyStation, after: EnergyStation, *more: Fact) -> Transition[EnergyStation]:
    counted = replace(after, revision=before.revision + 1)
    return Transition(before, counted, (EnergyStationChanged(counted), *more))


def _feeder_state(station: EnergyStation, usual_kw: float | None) -> tuple[FeederState, float | None]:
    """Return what the feeder of a station gives by its orders and faults, and how much that is."""
    if station.power_lost_by is not None:
        return FeederState.OUTAGE, 0.0
    limit_kw = None if station.shed is None else station.shed.limit_kw
    if limit_kw is None or (usual_kw is not None and limit_kw >= usual_kw):
        return FeederState.NORMAL, usual_kw
    return (FeederState.LIMITED if limit_kw > 0 else FeederState.OUTAGE), limit_kw


def _plan(
    station: EnergyStation,
    order: Shed | None,
    cause: PlanCause,
    site: Site,
    parameters: EnergyParameters,
    plan_id: str,
    now: datetime,
) -> Planned:
    packs = _packs(station, site, parameters, now)
    deadlines = {by for pack in packs for by in (pack.ready_at, pack.needed_at) if by is not None}
    steps = charging_steps(now, HORIZON, prices_of(site.tariff), _limit(site, order), deadlines)
    schedule = schedule_charging(packs, steps, parameters.target_soc_percent)
    powers = setpoints(schedule)
    after = replace(
        station,
        due_at=steps[0].ends_at,
        shed=order,
        setpoints=powers,
        plan_id=plan_id,
        planned_stock=site.stock,
        ready_times=ready_times(schedule, parameters.promised_soc_percent),
        limit_kw=_feeder(site, order),
        revision=station.revision + 1,
    )
    commands = changed_setpoints(station.setpoints, powers)
    fact = CommandIssued(after, commands, schedule.late_promises) if commands else EnergyStationChanged(after)
    return Planned(
        ChargingPlan(
            id=plan_id,
            station_id=station.id,
            cause=cause,
            made_at=now,
            tariff_id=None if site.tariff is None else site.tariff.id,
            currency=None if site.tariff is None else site.tariff.currency,
            schedule=schedule,
            forecast=site.forecast,
        ),
        Transition(station, after, (fact, *feeder_changes(station, after, site.feeder_limit_kw, now))),
    )


def _packs(
    station: EnergyStation, site: Site, parameters: EnergyParameters, now: datetime
) -> list[PlannedPack]:
    """Return the packs that may charge, each with when it must be ready. A hold given now ends last of all."""
    promise = now + parameters.hold
    packs = [
        PlannedPack(
            pack.serial_number,
            pack.evse_id,
            pack.soc_percent,
            pack.model.capacity_kwh * pack.soh_percent / 100,
            pack.model.max_charge_kw
            * (parameters.derated_share if station.is_derated(pack.evse_id) else 1.0),
            promise if pack.is_held else None,
        )
        for pack in site.packs
    ]
    needed = _needed(packs, site, parameters, now)
    return [
        pack if (by := needed.get(pack.serial_number)) is None else replace(pack, needed_at=by)
        for pack in packs
    ]


def _needed(
    packs: Sequence[PlannedPack], site: Site, parameters: EnergyParameters, now: datetime
) -> dict[str, datetime]:
    """Return by when packs are needed, of each model for itself: who rides with one is not served with another.

    Of the swaps forecast each model has its share of the packs.
    """
    by_model: dict[str, list[PlannedPack]] = {}
    for pack, planned in zip(site.packs, packs, strict=True):
        by_model.setdefault(pack.model.id, []).append(planned)
    needed: dict[str, datetime] = {}
    for model_id, of_model in by_model.items():
        share, largest_visit = len(of_model) / len(packs), (site.largest_visits or {}).get(model_id, 1)
        needed |= demand_deadlines(
            of_model,
            parameters.promised_soc_percent,
            [share * swaps for swaps in site.forecast.swaps_by_hour],
            now,
            Reserve(
                parameters.reserve_share,
                parameters.least_reserve(largest_visit),
                parameters.sufficient if site.forecast.source is Source.MODEL else None,
                largest_visit,
            ),
        )
    return needed


def _feeder(site: Site, order: Shed | None) -> float | None:
    """Return what a station may draw in all now; None where it is unknown."""
    known = [site.feeder_limit_kw, None if order is None else order.limit_kw]
    return min((limit for limit in known if limit is not None), default=None)


def _limit(site: Site, order: Shed | None) -> PowerLimit:
    """Return what charging may draw; a feeder of unknown limit bears all chargers at once."""
    feeder, auxiliary_kw = site.feeder_limit_kw, site.forecast.auxiliary_kw
    usual = site.chargers_kw if feeder is None else max(0.0, feeder - auxiliary_kw)
    if order is None:
        return PowerLimit(usual)
    return PowerLimit(usual, max(0.0, order.limit_kw - auxiliary_kw), order.ends_at)
