"""Planned charging: the plan of the energy slice sets the power of each slot, and is made again when that matters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.lifecycle import HORIZON_HOURS, Planned, Site
from navswap.features.energy.domain.readiness import SlotPack, assumed_power_kw, breaks_a_promise
from navswap.features.energy.domain.tariffs import Tariff
from navswap.features.energy.domain.values import (
    Derating,
    EnergyForecast,
    EnergyStation,
    ReadyTime,
    Schedule,
)
from navswap.features.packs.domain.values import Condition
from navswap.simulation.engine.bays import FULL_PERCENT, NEVER, Bay
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.tariffs import Tariffs

QUARTER_MINUTES = 15.0
OLDEST_MINUTES = 60.0
"""A plan is made again after this long even where nothing has changed."""
SHED_HOURS = 2
"""A cut feeder is believed to be back after so long; while it is not, the shed is ordered again."""
WATT = 0.001
Serve = Callable[[float, SimStation], None]
"""Looks at the queue of a station again."""


@dataclass(slots=True)
class _State:
    """The energy of a station; `lasts_until` is the minute up to which its plan draws what it draws now."""

    energy: EnergyStation
    tariff: Tariff | None
    chargers_kw: float
    changed: bool = False
    planned_at: float = -1.0
    lasts_until: float = 0.0
    forecast: EnergyForecast | None = None
    forecast_turn: int = -1


class PlannedCharging:
    """Sets the powers of all stations by plans.

    A plan is made at the quarter of an hour where packs or prices have changed since, where it is an hour old, or where it
    says that another power begins; and at once when a feeder or a charger changes, or a station has no free charged pack left. A
    pack that comes in between draws what the slice assumes of a pack that no plan knows, as far as the feeder has it. With
    `at_once` a plan is made at every change, as production does two seconds after it; that is several times as dear.
    """

    def __init__(
        self, run: Run, serve: Serve, tariffs: Tariffs, now: float = 0.0, *, at_once: bool = False
    ) -> None:
        self._run = run
        self._serve = serve
        self._tariffs = tariffs
        self._at_once = at_once
        self._parameters = run.parameters.energy
        self._largest_visits = run.city.largest_visits
        start = run.agenda.moment_of(now)
        self._states = [
            _State(
                EnergyStation(station.id, due_at=start),
                tariffs.of(run.city.stations[station.index].tariff),
                sum(bay.model.max_charge_kw for bay in station.bays),
            )
            for station in run.stations
        ]
        self.plans = 0
        """Plans that were made so far."""

    def start(self, now: float = 0.0) -> None:
        """Plan all stations, and look at them again at every quarter of an hour."""
        for station in self._run.stations:
            station.planner = self.change
            station.share_power(now)
        self._run.agenda.at(now + QUARTER_MINUTES, self._turn, None)

    def begin_day(self, day: int) -> None:
        """Take the prices of a day in; the stations whose prices are others are planned again with the next quarter."""
        changed = self._tariffs.begin_day(day)
        for station in self._run.stations if changed else ():
            tariff_id = self._run.city.stations[station.index].tariff
            if tariff_id in changed:
                state = self._states[station.index]
                state.tariff, state.changed = self._tariffs.of(tariff_id), True

    def energy_of(self, station: SimStation) -> EnergyStation:
        """Return the energy of a station as its slice knows it."""
        return self._states[station.index].energy

    def change(self, now: float, station: SimStation) -> None:
        """Take a change of a station in: plan at once where riders would feel it, else at the next quarter."""
        state = self._states[station.index]
        if self._follow_feeder(now, station, state):
            return
        if (
            self._at_once
            or state.planned_at < 0
            or self._follow_chargers(now, station, state)
            or not any(
                bay.ready_at <= now and bay.works and bay.pack is not None and bay.pack.held_by is None
                for bay in station.bays
            )
        ):
            self._plan(now, station, state)
        else:
            state.changed = True
            self._charge_until_planned(station, state)

    def plan(self, now: float, station: SimStation) -> None:
        """Plan a station again, whose charge is taken over up to now."""
        state = self._states[station.index]
        if not self._follow_feeder(now, station, state):
            self._plan(now, station, state)

    def _turn(self, now: float, about: object) -> None:
        """Make the plans again that are due at a quarter of an hour."""
        self._run.agenda.at(now + QUARTER_MINUTES, self._turn, about)
        for station in self._run.stations:
            state = self._states[station.index]
            if self._is_due(now, station, state):
                station.planner = self.plan
                station.share_power(now)
                station.planner = self.change
                if station.waiting:
                    self._serve(now, station)

    def _is_due(self, now: float, station: SimStation, state: _State) -> bool:
        if (
            state.changed
            or now - state.planned_at >= OLDEST_MINUTES
            or state.lasts_until < now + QUARTER_MINUTES
        ):
            return True
        late = [
            slot_pack(bay)
            for bay in station.bays
            if bay.ready_at > now and bay.pack is not None and bay.pack.held_by is not None
        ]
        moment = self._run.agenda.moment_of(now)
        return bool(late) and breaks_a_promise(state.energy, late, self._parameters, moment)

    def _follow_feeder(self, now: float, station: SimStation, state: _State) -> bool:
        """Order a shed where the feeder gives less than usual, or more again; returns whether it made a plan."""
        available, usual = station.available_kw, station.feeder_kw
        moment = self._run.agenda.moment_of(now)
        order = state.energy.shed
        ordered = usual if order is None or order.ends_at <= moment else order.limit_kw
        if abs(available - ordered) < WATT:
            return False
        ends_at = moment + timedelta(hours=SHED_HOURS)
        new = lifecycle.order_shed(available, ends_at, "the feeder has changed", "twin", moment)
        site = self._site(now, station, state)
        self._carry_out(
            now,
            station,
            state,
            lifecycle.shed(state.energy, new, site, self._parameters, self._run.ids.new()),
        )
        return True

    def _follow_chargers(self, now: float, station: SimStation, state: _State) -> bool:
        """Derate the chargers that give less, and restore those that do not; returns whether any changed."""
        if not state.energy.derated and all(bay.derating >= 1.0 for bay in station.bays):
            return False
        before, moment = state.energy, self._run.agenda.moment_of(now)
        for bay in station.bays:
            fault_id = f"charger-{bay.evse_id}"
            if bay.derating < 1.0:
                state.energy = lifecycle.derate(state.energy, Derating(fault_id, bay.evse_id), moment).after
            else:
                state.energy = lifecycle.restore(state.energy, fault_id, moment).after
        return state.energy is not before

    def _plan(self, now: float, station: SimStation, state: _State) -> None:
        run = self._run
        planned = lifecycle.plan(
            state.energy,
            self._site(now, station, state),
            self._parameters,
            run.ids.new(),
            run.agenda.moment_of(now),
        )
        self._carry_out(now, station, state, planned)

    def _carry_out(self, now: float, station: SimStation, state: _State, planned: Planned) -> None:
        """Set the powers of a plan, and know by it when packs will be charged."""
        run, energy = self._run, planned.station.after
        self.plans += 1
        state.energy, state.changed, state.planned_at = energy, False, now
        state.lasts_until = run.agenda.minute_of(_unchanged_until(planned.plan.schedule))
        powers = {setpoint.evse_id: setpoint.power_kw for setpoint in energy.setpoints}
        ready = {time.serial_number: time for time in energy.ready_times}
        station.stock_changed(now)
        for bay in station.bays:
            bay.set_power(min(powers.get(bay.evse_id, 0.0), bay.charger_kw), station.promised_soc_percent)
            if bay.pack is not None and now < bay.ready_at:
                bay.ready_at = self._ready_at(bay, ready, state.lasts_until)
        run.publish(planned.station.facts, now)

    def _ready_at(self, bay: Bay, ready: Mapping[str, ReadyTime], lasts_until: float) -> float:
        """Return when a pack is charged: by its power while that lasts, and by the plan later on."""
        if bay.ready_at <= lasts_until or bay.pack is None:
            return bay.ready_at
        planned = ready.get(bay.pack.id)
        if planned is None or planned.ready_at is None:
            return NEVER
        return max(self._run.agenda.minute_of(planned.ready_at), lasts_until + WATT)

    def _charge_until_planned(self, station: SimStation, state: _State) -> None:
        """Let packs that no plan knows draw what is assumed of them, within what the feeder has left."""
        known = {time.serial_number for time in state.energy.ready_times}
        promise = station.promised_soc_percent
        left = station.available_kw - self._parameters.auxiliary_kw
        new = []
        for bay in station.bays:
            if bay.power_kw > 0.0 and not bay.can_charge:
                bay.set_power(0.0, promise)
            left -= bay.power_kw
            if bay.arrived > state.planned_at and bay.power_kw == 0.0 and bay.can_charge:
                new.append(bay)
        for bay in new:
            pack = slot_pack(bay)
            if pack.serial_number not in known:
                assumed = assumed_power_kw(pack, state.energy, self._parameters)
                power = max(0.0, min(assumed, left, bay.charger_kw))
                bay.set_power(power, promise)
                left -= power

    def _site(self, now: float, station: SimStation, state: _State) -> Site:
        packs = [
            slot_pack(bay)
            for bay in station.bays
            if bay.pack is not None and bay.works and bay.pack.condition is Condition.FIT
        ]
        charged = sum([pack.soc_percent >= self._parameters.promised_soc_percent for pack in packs])
        filled = sum([bay.pack is not None for bay in station.bays])
        return Site(
            packs=tuple(packs),
            chargers_kw=state.chargers_kw,
            feeder_limit_kw=station.feeder_kw,
            stock=lifecycle.stock_name(charged, len(packs) - charged, filled - len(packs)),
            tariff=state.tariff,
            forecast=self._forecast(now, station, state),
            largest_visits=self._largest_visits,
        )

    def _forecast(self, now: float, station: SimStation, state: _State) -> EnergyForecast:
        forecasts = self._run.forecasts
        if state.forecast is None or state.forecast_turn != forecasts.turn(now):
            state.forecast_turn = forecasts.turn(now)
            state.forecast = forecasts.for_charging(
                station.index, now, HORIZON_HOURS, self._parameters.auxiliary_kw
            )
        return state.forecast


def slot_pack(bay: Bay) -> SlotPack:
    """Return the pack in a slot as the energy slice sees it; one that its charger has left is full."""
    pack = bay.pack
    assert pack is not None  # noqa: S101 - callers look at filled slots only
    soc = 100.0 if bay.soc >= FULL_PERCENT else bay.soc
    return SlotPack(pack.id, bay.evse_id, soc, pack.soh_percent, bay.model, pack.held_by is not None)


def _unchanged_until(schedule: Schedule) -> datetime:
    """Return the end of the steps over which every pack of a plan draws what it draws in the first one."""
    charging = [pack.power_kw for pack in schedule.packs if any(pack.power_kw)]
    oldest = schedule.steps[0].starts_at + timedelta(minutes=OLDEST_MINUTES)
    for number, (step, following) in enumerate(pairwise(schedule.steps), start=1):
        differs = any(abs(powers[number] - powers[0]) >= WATT for powers in charging)
        if differs or following.starts_at >= oldest:
            return step.ends_at
    return schedule.steps[-1].ends_at
