"""Charging: plan a station, shed its feeder, and keep the plans of all stations fresh. Each is one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from navswap.events.outbox import publish
from navswap.events.stream import Loaded
from navswap.features.energy.documents import (
    ChargingPlan,
    Derating,
    EnergyStation,
    HourlySwaps,
    PlanCause,
    PlannedPack,
    PlanStep,
    RestedOn,
    Setpoint,
    Shed,
    Tariff,
)
from navswap.features.energy.errors import BadFeederLimitError
from navswap.features.energy.events import CommandIssued, EnergyStationChanged, energy_stream
from navswap.features.energy.rules import (
    CHARGER_KW,
    DERATED_KW,
    FLAT,
    PACK_KWH,
    ChargingPack,
    PowerLimit,
    charging_plan,
    charging_steps,
    setpoints,
    wanted_by,
)
from navswap.features.energy.rules import ChargingPlan as Decided
from navswap.features.energy.service.ports import EnergyForecast, EnergyForecaster
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.packs.service import Condition, Pack, PackService
from navswap.features.stations.service import Station, StationFilter, StationService, Stock
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id
from navswap.settings import Settings

HORIZON = timedelta(hours=24)
HORIZON_HOURS = 24
SETTLE = timedelta(seconds=2)
"""How long a change of stock waits for the next one: a swap is several changes within a second."""
PLAN_TOGETHER = 8
"""Plans made at a time: most of a plan is waiting for the database."""
CLAIM = timedelta(seconds=30)
"""How long a plan that is due belongs to the process that took it on; much longer than it takes."""
ENROL_BATCH = 500
MAX_FEEDER_KW = 1000.0
MAX_SHED = timedelta(hours=24)
MAX_REASON_CHARACTERS = 200


class ChargingService:
    """Decides which charger draws what, and tells the chargers that have to change."""

    def __init__(
        self,
        settings: Settings,
        mongo: Mongo,
        clock: Clock,
        stations: StationService,
        packs: PackService,
        tariffs: TariffService,
        forecaster: EnergyForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._stock = packs
        self._tariffs = tariffs
        self._forecaster = forecaster
        self._promised_soc_percent = float(settings.promised_soc_percent)
        self._hold = timedelta(minutes=settings.hold_minutes)

    async def shed(
        self, station_id: str, limit_kw: float, until: datetime, reason: str, ordered_by: str
    ) -> EnergyStation:
        """Let a station draw no more than a limit until a moment; the commands are out when this returns.

        The new plan keeps promised packs first; the charge that is put off is that of others, the dearest first.
        Another shed of the station takes the place of this one. Raises StationNotFoundError, BadFeederLimitError.
        """
        now = self._clock.now()
        if not 0 <= limit_kw <= MAX_FEEDER_KW:
            raise BadFeederLimitError(f"Give a limit of 0 to {MAX_FEEDER_KW:.0f} kW.")
        if not now < until <= now + MAX_SHED:
            raise BadFeederLimitError("A shed ends within the next 24 hours.")
        if not 1 <= len(reason.strip()) <= MAX_REASON_CHARACTERS:
            raise BadFeederLimitError(f"Give a reason of 1 to {MAX_REASON_CHARACTERS} characters.")
        shed = Shed(
            limit_kw=limit_kw, until=until, reason=reason.strip(), ordered_by=ordered_by, ordered_at=now
        )
        await self._stations.get(station_id)
        forecast = (await self._forecaster.forecast([station_id], now, HORIZON_HOURS))[station_id]

        async def work(session: Session) -> EnergyStation:
            energy = await EnergyStation.touch(station_id, now, session)
            energy.shed = shed
            return await self._plan(energy, PlanCause.SHED, forecast, session)

        return await self._mongo.in_transaction(work)

    async def plan_due(self) -> int:
        """Make the plans anew that are due; returns how many. Several processes share them, each plan made by one.

        At the quarter of an hour those of all stations are due at once. What one of them raises is raised once the
        others are planned.
        """
        now, made = self._clock.now(), 0
        failures: list[BaseException] = []
        while due := await EnergyStation.claim_due(now, now + CLAIM, PLAN_TOGETHER):
            forecasts = await self._forecaster.forecast(due, now, HORIZON_HOURS)
            plans = [self._plan_one(one, forecasts[one]) for one in due]
            done = await asyncio.gather(*plans, return_exceptions=True)
            failed = [one for one in done if isinstance(one, BaseException)]
            failures += failed
            made += len(due) - len(failed)
        if failures:
            raise failures[0]
        return made

    async def enrol_all(self) -> int:
        """Begin with the stations that are new; returns how many were."""
        added, last = 0, None
        while True:
            page = await self._stations.list_page(StationFilter(), after=last, limit=ENROL_BATCH)
            added += await EnergyStation.enrol([one.station.id for one in page], self._clock.now())
            if len(page) < ENROL_BATCH:
                return added
            last = (0.0, page[-1].station.id)

    async def hasten(self, station_id: str, stock: Stock, session: Session) -> None:
        """Have a plan made anew soon, unless it was made for this very stock."""
        await EnergyStation.hasten(station_id, _stock_key(stock), self._clock.now() + SETTLE, session)

    async def derate(self, station_id: str, fault_id: str, evse_id: int | None, session: Session) -> None:
        """Let the charger of a slot, or all of a station, draw less until the fault is over."""
        derating = Derating(fault_id=fault_id, evse_id=evse_id)
        await EnergyStation.derate(station_id, derating, self._clock.now(), session)

    async def restore(self, station_id: str, fault_id: str, session: Session) -> None:
        """Let chargers draw as before the fault, unless another one derates them."""
        await EnergyStation.restore(station_id, fault_id, self._clock.now(), session)

    async def count_swap(self, station_id: str, completed_at: datetime, session: Session) -> None:
        """Count a swap for the baseline of the forecast."""
        hour = completed_at.replace(minute=0, second=0, microsecond=0)
        await HourlySwaps.count_one(station_id, hour, session)

    async def find(self, station_id: str) -> EnergyStation | None:
        """Return the energy of a station; None where there is none yet."""
        return await EnergyStation.get(station_id)

    async def list_by_ids(self, station_ids: list[str]) -> dict[str, EnergyStation]:
        """Return the energy of stations; those without any yet are left out."""
        return {one.id: one async for one in EnergyStation.find({"_id": {"$in": station_ids}})}

    async def list_shed(self, limit: int) -> list[EnergyStation]:
        """Return the stations that are ordered to draw less now, those that may draw least first."""
        return await EnergyStation.list_shed(self._clock.now(), limit)

    async def list_plans_by_ids(self, ids: list[str]) -> dict[str, ChargingPlan]:
        """Return plans by id; unknown ids are left out."""
        return {plan.id: plan async for plan in ChargingPlan.find({"_id": {"$in": ids}})}

    async def load_live(self, station_id: str) -> Loaded[EnergyStation]:
        """Return the energy of a station and its place in the stream; raises StationNotFoundError."""
        await self._stations.get(station_id)
        energy = await self.find(station_id) or EnergyStation(id=station_id, due_at=self._clock.now())
        return Loaded(energy, {energy_stream(station_id): energy.revision})

    async def _plan_one(self, station_id: str, forecast: EnergyForecast) -> EnergyStation:
        async def work(session: Session) -> EnergyStation:
            energy = await EnergyStation.touch(station_id, self._clock.now(), session)
            return await self._plan(energy, PlanCause.SCHEDULE, forecast, session)

        return await self._mongo.in_transaction(work)

    async def _plan(
        self, energy: EnergyStation, cause: PlanCause, forecast: EnergyForecast, session: Session
    ) -> EnergyStation:
        """Decide, store the decision with what it rested on, and tell the chargers that have to change."""
        now = self._clock.now()
        station = await self._stations.get(energy.id, session)
        stored = await self._stock.list_at_station(energy.id, session)
        tariff = await self._tariffs.find(station.information.tariff_id)
        packs = self._packs(energy, stored, forecast, now)
        if energy.shed is not None and energy.shed.until <= now:
            energy.shed = None
        decided = self._decide(packs, _limit(station, energy.shed, forecast.auxiliary_kw), tariff, now)
        plan = _stored_plan(station.id, cause, packs, decided, tariff, forecast, now)
        await plan.insert(session=session)
        powers = setpoints(decided, packs)
        commands = _changes(energy.setpoints, powers)
        energy.setpoints = [Setpoint(evse_id=slot, power_kw=power) for slot, power in sorted(powers.items())]
        energy.plan_id = plan.id
        energy.planned_for = _stock_key(station.status.stock)
        energy.limit_kw = _feeder(station, energy.shed)
        energy.due_at = decided.steps[0].end
        await energy.write(session)
        event = CommandIssued.to(energy, commands, plan.late_promises) if commands else None
        await publish(session, now, event or EnergyStationChanged.of(energy))
        return energy

    def _packs(
        self, energy: EnergyStation, stored: Sequence[Pack], forecast: EnergyForecast, now: datetime
    ) -> list[ChargingPack]:
        """Return the packs that may charge, each with when it must be ready. A hold given now ends last of all."""
        packs = [
            ChargingPack(
                serial_number=one.id,
                evse_id=one.place.evse_id,
                soc_percent=one.soc_percent,
                capacity_kwh=PACK_KWH * one.soh_percent / 100,
                promised_by=now + self._hold if one.held_by is not None else None,
                charger_kw=DERATED_KW if energy.is_derated(one.place.evse_id) else CHARGER_KW,
            )
            for one in stored
            if one.condition is Condition.FIT and not one.shut_in and one.place.evse_id is not None
        ]
        wanted = wanted_by(packs, self._promised_soc_percent, forecast.swaps_by_hour, now)
        return [replace(pack, wanted_by=wanted.get(pack.serial_number)) for pack in packs]

    def _decide(
        self, packs: list[ChargingPack], limit: PowerLimit, tariff: Tariff | None, now: datetime
    ) -> Decided:
        deadlines = {by for pack in packs for by in (pack.promised_by, pack.wanted_by) if by is not None}
        prices = FLAT if tariff is None else tariff.prices
        steps = charging_steps(now, HORIZON, prices, limit, deadlines)
        return charging_plan(packs, steps, self._promised_soc_percent)


def _stock_key(stock: Stock) -> str:
    """Return what of a stock a plan depends on; a hold of a charged pack is not part of it."""
    return f"{stock.charged_packs}/{stock.charging_packs}/{stock.faulty_packs}/{stock.blocked_packs}"


def _feeder(station: Station, shed: Shed | None) -> float | None:
    """Return what a station may draw in all now; None where nobody knows."""
    known = [station.information.feeder_limit_kw, None if shed is None else shed.limit_kw]
    return min((one for one in known if one is not None), default=None)


def _limit(station: Station, shed: Shed | None, auxiliary_kw: float) -> PowerLimit:
    """Return what charging may draw; a feeder of unknown limit bears all chargers at once."""
    feeder = station.information.feeder_limit_kw
    usual = station.information.slot_count * CHARGER_KW if feeder is None else max(0.0, feeder - auxiliary_kw)
    if shed is None:
        return PowerLimit(usual)
    return PowerLimit(usual, max(0.0, shed.limit_kw - auxiliary_kw), shed.until)


def _changes(before: list[Setpoint], after: dict[int, float]) -> list[Setpoint]:
    """Return the slots whose power is to change; a slot that no longer charges is told 0."""
    known = {one.evse_id: one.power_kw for one in before}
    return [
        Setpoint(evse_id=slot, power_kw=after.get(slot, 0.0))
        for slot in sorted(known.keys() | after.keys())
        if known.get(slot, 0.0) != after.get(slot, 0.0)
    ]


def _stored_plan(
    station_id: str,
    cause: PlanCause,
    packs: list[ChargingPack],
    decided: Decided,
    tariff: Tariff | None,
    forecast: EnergyForecast,
    now: datetime,
) -> ChargingPlan:
    power: dict[str, list[float]] = {pack.serial_number: [0.0] * len(decided.steps) for pack in packs}
    for draw in decided.draws:
        power[draw.serial_number][draw.step] = draw.power_kw
    return ChargingPlan(
        id=new_id(),
        station_id=station_id,
        cause=cause,
        made_at=now,
        tariff_id=None if tariff is None else tariff.id,
        currency=None if tariff is None else tariff.currency,
        steps=[PlanStep(**asdict(step)) for step in decided.steps],
        packs=[PlannedPack(**asdict(pack), power_kw=power[pack.serial_number]) for pack in packs],
        energy_kwh=decided.energy_kwh,
        cost=decided.cost,
        late_promises=list(decided.late_promises),
        late_packs=list(decided.late_packs),
        rested_on=RestedOn(
            as_of=forecast.as_of,
            source=forecast.source,
            swaps_by_hour=list(forecast.swaps_by_hour),
            auxiliary_kw=forecast.auxiliary_kw,
        ),
    )
