"""Faults of the run: parts fail, commands are tried, technicians come; every step is one of the faults domain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType

from navswap.features.faults.domain import lifecycle, repairs
from navswap.features.faults.domain.analysis import Advice, rank_actions, source_of
from navswap.features.faults.domain.catalogue import CONTAINING, Action, Component
from navswap.features.faults.domain.containment import closures
from navswap.features.faults.domain.lifecycle import FaultStep
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading
from navswap.features.faults.domain.values import Fault, FaultSource, FaultState, Finding, Ticket
from navswap.features.stations.domain.lifecycle import block, unblock
from navswap.features.stations.domain.values import Block, SlotState
from navswap.simulation.draws import Purpose
from navswap.simulation.engine.broken_holds import BrokenHolds
from navswap.simulation.engine.modelled import modelled_advice
from navswap.simulation.engine.riders import Riders
from navswap.simulation.engine.run import Run
from navswap.simulation.engine.stations import SimStation
from navswap.simulation.engine.status_reports import report_availability
from navswap.simulation.engine.technicians import Technicians
from navswap.simulation.policies import Asks
from navswap.simulation.world import failures
from navswap.simulation.world.failures import LIFETIMES, Ageing

DAY_MINUTES = 24 * 60.0
COMMAND_MINUTES = 1.0
"""After which a command that works shows in the telemetry."""
KEYS_A_STATION = 1_000
"""Parts of a station that have keys of their own."""
PARTS: Mapping[Component, int] = MappingProxyType(
    {Component.STATION: 0, Component.COMMUNICATION: 1, Component.SLOT: 100, Component.CHARGER: 600}
)
"""Where the keys of the parts of a station begin."""
FULL_PLAYBOOK = FaultParameters()
ONLY_PEOPLE = FaultParameters(flapping_faults=0)
"""Every fault is left to people, as if it had come back again and again: nothing is tried from afar."""


@dataclass(slots=True)
class OpenFault:
    """A fault that is being dealt with; `key` names it in keyed draws, `part` what failed."""

    key: int
    station: SimStation
    component: Component
    part: int
    failure: int
    value: Fault
    ticket: Ticket | None = None


class Faults:
    """Lets parts fail, and deals with it."""

    def __init__(self, run: Run, riders: Riders, holds: BrokenHolds, technicians: Technicians) -> None:
        self._run = run
        self._riders = riders
        self._holds = holds
        self._technicians = technicians
        self._open: dict[str, OpenFault] = {}

    @property
    def _parameters(self) -> FaultParameters:
        return FULL_PLAYBOOK if self._run.policy.acts_remotely else ONLY_PEOPLE

    @property
    def open_faults(self) -> Mapping[str, OpenFault]:
        """Return what is being dealt with, by id."""
        return self._open

    def start(self) -> None:
        """Draw when each part fails first."""
        for station in self._run.stations:
            self._expect(0.0, station, Component.STATION, 0, 0)
            self._expect(0.0, station, Component.COMMUNICATION, 0, 0)
            for bay in station.bays:
                self._expect(0.0, station, Component.SLOT, bay.evse_id, 0)
                self._expect(0.0, station, Component.CHARGER, bay.evse_id, 0)

    def _expect(self, now: float, station: SimStation, component: Component, part: int, failure: int) -> None:
        lifetime, site = LIFETIMES[component], self._run.city.stations[station.index]
        key = site.key * KEYS_A_STATION + PARTS[component] + part
        age = 0.0 if failure else lifetime.scale * self._run.draws.uniform(Purpose.REPAIR, key, -1)
        left = lifetime.left(self._run.draws, key, failure, age)
        if lifetime.by is Ageing.SWAPS:
            left /= max(site.swaps_a_day / site.slots, 0.1)
        self._run.agenda.at(now + left * DAY_MINUTES, self._fail, (station, component, part, failure, key))

    def _fail(self, now: float, about: tuple[SimStation, Component, int, int, int]) -> None:
        station, component, part, failure, key = about
        run = self._run
        code = failures.code_of(component, run.draws, key, failure)
        moment = run.agenda.moment_of(now)
        finding = Finding(station.id, code, FaultSource.TELEMETRY, seen_at=moment, evse_id=part or None)
        step = lifecycle.raise_fault(run.ids.new(), finding, (), moment, run.ids.new(), self._parameters)
        fault = OpenFault(key * 64 + failure % 64, station, component, part, failure, step.fault.after, None)
        self._open[fault.value.id] = fault
        run.kpis.faults += 1
        self._take(now, fault, step)
        alone = failures.minutes_by_itself(code, run.draws, fault.key)
        if alone is not None:
            run.agenda.at(now + alone, self._end_alone, fault)
        self._go_on(now, fault)

    def _take(self, now: float, fault: OpenFault, step: FaultStep) -> None:
        """Take over a step of a fault, and what it means for the station."""
        fault.value = step.fault.after
        if step.ticket is not None:
            fault.ticket = step.ticket.after
        self._run.publish(step.facts, now)
        self._contain(now, fault)

    def _contain(self, now: float, fault: OpenFault) -> None:
        station = fault.station
        known = unblock(station.value, fault.value.id)
        for closure in closures(fault.value):
            state = SlotState.FAULTED if closure.is_faulted else SlotState.LOCKED
            known = block(known, Block(fault.value.id, state, closure.evse_id))
        changes = known.blocks != station.value.blocks
        if not changes and fault.component is Component.COMMUNICATION:
            return
        station.stock_changed(now)
        self._run.energy.draw(station, station.settle(now), now)
        before, station.value = station.value, known
        closed = known.closed_slots
        derated = {other.value.evse_id for other in self._open.values() if _derates(other, station)}
        for bay in station.bays:
            bay.works = bay.evse_id not in closed
            bay.fault_derating = 0.5 if bay.evse_id in derated else 1.0
        station.share_power(now)
        if changes:
            if self._run.recorder is not None:
                report_availability(self._run, before, station, now)
            self._holds.reassign(now, station, fault.value.id)
            self._riders.serve(now, station)

    def _go_on(self, now: float, fault: OpenFault) -> None:
        """Wait for what the fault waits for: a command that works or does not, or a technician."""
        value, run = fault.value, self._run
        if not value.is_open:
            self._close(now, fault)
            return
        if value.state is FaultState.TICKETED and fault.ticket is not None:
            work = failures.work_minutes(value.code, run.draws, fault.key, fault.ticket.reopenings)
            self._technicians.send(now, fault.station, work, partial(self._repair, fault))
            return
        pending = value.pending
        check = now if value.check_at is None else run.agenda.minute_of(value.check_at)
        if pending is not None:
            attempt = len(value.attempts) - 1
            works = pending.action in CONTAINING or failures.clears(
                value.code, pending.action, run.draws, fault.key, attempt
            )
            if works:
                run.agenda.at(now + COMMAND_MINUTES, self._works, (fault, pending.command_id))
        run.agenda.at(max(check, now), self._check, (fault, value.revision))

    def _works(self, now: float, about: tuple[OpenFault, str]) -> None:
        """Take the telemetry that shows that a command has worked."""
        fault, command_id = about
        pending, run = fault.value.pending, self._run
        if pending is None or pending.command_id != command_id or pending.action is Action.REROUTE_RIDERS:
            return
        moment, next_id = run.agenda.moment_of(now), run.ids.new()
        if pending.action is Action.LOCK_SLOT:
            step = lifecycle.answer(
                fault.value, command_id, moment, next_id, self._parameters, accepted=True, detail="locked"
            )
        else:
            reading = _healthy(fault.value, moment)
            step = lifecycle.observe(fault.value, fault.ticket, reading, moment, next_id, self._parameters)
        if step.fault.is_change:
            self._take(now, fault, step)
            self._go_on(now, fault)

    def _check(self, now: float, about: tuple[OpenFault, int]) -> None:
        """Look at a fault whose time has come, unless it went on meanwhile."""
        fault, revision = about
        value, run = fault.value, self._run
        if value.revision != revision or not value.is_open:
            return
        moment = run.agenda.moment_of(now)
        step = lifecycle.advance(
            value,
            len(fault.station.entries),
            self._advice(now, value),
            moment,
            run.ids.new(),
            self._parameters,
        )
        if step.fault.is_change:
            self._take(now, fault, step)
            self._go_on(now, fault)

    def _advice(self, now: float, fault: Fault) -> Advice:
        """Return what could end a fault: by the model, where it is asked and answers, else by what is believed."""
        ranked = rank_actions(fault.code, {}, self._parameters, fault.attempts)
        counted = Advice(self._run.agenda.moment_of(now), source_of(ranked), ranked)
        models = self._run.asked(Asks.FAULTS)
        if models is None:
            return counted
        return modelled_advice(models, fault, counted, self._parameters, now)

    def _end_alone(self, now: float, fault: OpenFault) -> None:
        """Let a fault end that ends by itself, where the domain believes the reading."""
        if not fault.value.is_open:
            return
        moment = self._run.agenda.moment_of(now)
        step = lifecycle.observe(
            fault.value,
            fault.ticket,
            _healthy(fault.value, moment),
            moment,
            self._run.ids.new(),
            self._parameters,
        )
        if step.fault.is_change:
            self._take(now, fault, step)
            self._go_on(now, fault)

    def _repair(self, fault: OpenFault, now: float, technician: str) -> None:
        """End a fault by work on site."""
        if not fault.value.is_open or fault.ticket is None:
            return
        run = self._run
        step = repairs.repair(
            fault.value,
            fault.ticket,
            run.ids.new(),
            run.agenda.moment_of(now),
            by=technician,
            action=fault.ticket.recommended,
            detail="repaired on site",
        )
        self._take(now, fault, step)
        self._close(now, fault)

    def _close(self, now: float, fault: OpenFault) -> None:
        if self._open.pop(fault.value.id, None) is not None:
            self._contain(now, fault)
            self._expect(now, fault.station, fault.component, fault.part, fault.failure + 1)


def _derates(fault: OpenFault, station: SimStation) -> bool:
    """Return whether a fault lets a charger draw less: it was derated, and that is not yet over."""
    return (
        fault.station is station
        and fault.value.is_open
        and any(attempt.action is Action.DERATE_CHARGING for attempt in fault.value.attempts)
    )


def _healthy(fault: Fault, measured_at: datetime) -> Reading:
    """Return the reading of a part without any fault."""
    return Reading(
        component=fault.component,
        measured_at=measured_at,
        evse_id=fault.evse_id,
        serial_number=fault.serial_number,
        temperature_celsius=25.0,
        current_amperes=0.0,
    )
