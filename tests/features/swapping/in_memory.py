"""Swapping without a database: the decisions of the domain over dictionaries, as the simulation runs them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from navswap.features.packs.domain import custody, fitness, health
from navswap.features.packs.domain.counting import PackCount, at_station, best_free, count_packs
from navswap.features.packs.domain.custody import may_be_handed_out
from navswap.features.packs.domain.values import Condition, Pack, PackReading, Slot
from navswap.features.stations.domain.values import Information
from navswap.features.swapping.domain import lifecycle, moves
from navswap.features.swapping.domain.bonus import quote_bonus
from navswap.features.swapping.domain.codes import (
    Code,
    code_of,
    require_station,
    require_window,
)
from navswap.features.swapping.domain.lifecycle import Destination, Exchange, MoveReason, Visit
from navswap.features.swapping.domain.moves import HoldingStation
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.presence import (
    expected_from,
    is_present,
    metres_from,
    require_presence,
)
from navswap.features.swapping.domain.promises import (
    DemandForecast,
    require_open,
    require_promise,
    walk_in_buffer,
)
from navswap.features.swapping.domain.ranking import StationSupply, VisitNeed
from navswap.features.swapping.domain.values import (
    BonusQuote,
    HeldPack,
    QueueEntry,
    ReturnedPack,
    StationQueue,
    Swap,
    SwappedPack,
)
from navswap.features.swapping.domain.visits import (
    assign_slots,
    can_be_handed_out,
    identify_returns,
    packs_to_replace,
)
from navswap.features.swapping.events import EntryChanged
from navswap.kit.charging import PackModel
from navswap.kit.clock import Clock
from navswap.kit.facts import Fact
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.lifecycle import Transition


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a rider was seen, and when."""

    point: Point
    recorded_at: datetime


@dataclass
class InMemory:
    """The state of swapping, and the facts that its steps made true."""

    clock: Clock
    parameters: SwappingParameters
    stations: dict[str, Information]
    packs: dict[str, Pack]
    models: dict[str, PackModel]
    queues: dict[str, StationQueue] = field(init=False)
    closed: set[str] = field(default_factory=set)
    seen: dict[str, Seen] = field(default_factory=dict)
    entries: dict[str, QueueEntry] = field(default_factory=dict)
    swaps: dict[str, Swap] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queues = {station_id: StationQueue(station_id, 0, 0) for station_id in self.stations}

    def stand_at(self, rider_id: str, point: Point) -> None:
        self.seen[rider_id] = Seen(point, self.clock.now())

    def confirm(self, entry_id: str, rider_id: str, need: VisitNeed, station_id: str) -> QueueEntry:
        now, parameters, model_id = self.clock.now(), self.parameters, need.pack_model.id
        walk_in = self._is_at(rider_id, station_id)
        require_open(is_open=station_id not in self.closed)
        supply = self._supply(station_id, model_id)
        no_demand = DemandForecast(0.0, Source.BASELINE)
        buffer = 0 if walk_in else walk_in_buffer(no_demand, supply.ready(parameters), parameters.buffer)
        require_promise(supply.ready_now, need.pack_count, buffer)
        seen, point = self.seen.get(rider_id), self.stations[station_id].point
        expected_at = expected_from(seen, point, now, parameters)
        metres = metres_from(seen, point, now, parameters)
        visit = Visit(rider_id, model_id, walk_in, self._bonus(station_id, model_id), expected_at, metres)
        held = self._hold(entry_id, model_id, need.pack_count, station_id)
        return self._take(lifecycle.confirm(entry_id, visit, held, self.queues[station_id], now, parameters))

    def arrive(self, entry_id: str, station_id: str) -> QueueEntry | None:
        entry = self.entries[entry_id]
        arrived = lifecycle.arrive(entry, station_id, self.queues[entry.station_id], self.clock.now())
        return self._take(arrived) if arrived.is_change else None

    def code(self, entry_id: str) -> Code:
        return code_of(self.entries[entry_id])

    def verify(self, code: Code, station_id: str, by: str) -> QueueEntry:
        now, queue = self.clock.now(), self.queues[station_id]
        require_window(code, now, self.parameters)
        require_station(code, station_id)
        point = self.stations[station_id].point
        require_presence(self.seen.get(code.rider_id), point, self.clock.now(), self.parameters)
        entry = self.entries.get(code.entry_id)
        return self._take(lifecycle.verify(entry, code, by, queue, now, self.parameters))

    def complete(self, swap_id: str, entry_id: str, by: str, returned: Sequence[ReturnedPack]) -> Swap:
        entry = self.entries[entry_id]
        for swap in self.swaps.values():
            if swap.entry_id == entry_id:
                return swap
        lifecycle.require_verified(entry)
        of_rider = [pack.id for pack in self.packs.values() if pack.place.holder_id == entry.rider_id]
        comes_back = identify_returns(of_rider, returned)
        exchange = self._exchange(entry, comes_back, by)
        queue, now = self.queues[entry.station_id], self.clock.now()
        completion = lifecycle.complete(entry, swap_id, exchange, queue, now, self.parameters)
        self.swaps[swap_id] = completion.swap.after
        self.facts += completion.swap.facts
        self._take(completion.entry)
        return completion.swap.after

    def cancel(self, entry_id: str, rider_id: str) -> QueueEntry:
        entry = lifecycle.require_own(self.entries.get(entry_id), rider_id)
        queue, now = self.queues[entry.station_id], self.clock.now()
        return self._end(lifecycle.cancel(entry, queue, now, can_swap=self._can_swap(entry)))

    def lapse(self) -> int:
        due = [entry for entry in self.entries.values() if entry.active]
        due = [entry for entry in due if entry.hold_until <= self.clock.now()]
        for entry in due:
            self._end(lifecycle.lapse(entry, self.queues[entry.station_id], self.clock.now()))
        return len(due)

    def report(self, reading: PackReading) -> None:
        pack = self.packs[reading.serial_number]
        now, capacity_kwh = self.clock.now(), self.models[pack.model_id].capacity_kwh
        self._move([health.record(fitness.report(pack, reading, now), reading, capacity_kwh, now)])
        self.reassign(pack.place.holder_id)

    def reassign(self, station_id: str) -> list[QueueEntry]:
        entries = [
            entry for entry in self.entries.values() if entry.active and entry.station_id == station_id
        ]
        entries.sort(key=lambda entry: (entry.confirmed_at, entry.id))
        states = {entry.id: self._states(entry) for entry in entries}
        broken = moves.find_broken(entries, self._as_holding(station_id), states, self.clock.now())
        self._release([hold.entry for hold in broken])
        others = [self._as_holding(other) for other in self.stations if other != station_id]
        plan = moves.reassign(
            [hold.entry for hold in broken],
            self._as_holding(station_id),
            others,
            self.parameters.move_within_metres,
        )
        return [self._reassign(step, MoveReason(hold.cause)) for hold, step in zip(broken, plan, strict=True)]

    def _reassign(self, step: moves.Reassignment, reason: MoveReason) -> QueueEntry:
        entry, now = step.entry, self.clock.now()
        queue = self.queues[entry.station_id]
        if step.target is None:
            return self._end(lifecycle.compensate(entry, queue, now, self.parameters))
        target = self.queues[step.target.station_id]
        held = self._hold(entry.id, entry.pack_model_id, len(entry.packs), target.station_id)
        destination = Destination(target, held, step.distance_metres)
        return self._take(lifecycle.move(entry, destination, reason, queue, now, self.parameters))

    def _exchange(self, entry: QueueEntry, returned: dict[str, ReturnedPack], by: str) -> Exchange:
        now = self.clock.now()
        held = self._packs_for(entry)
        out = [SwappedPack(pack.id, pack.place.evse_id or 0, pack.soc_percent) for pack in held]
        slot_count = self.stations[entry.station_id].slot_count
        back = assign_slots(returned, [pack.evse_id for pack in out], slot_count)
        model_of_slot = self.stations[entry.station_id].model_of_slot
        taken_in = [
            custody.take_in(
                self.packs[pack.serial_number],
                entry.rider_id,
                Slot(entry.station_id, pack.evse_id, model_of_slot(pack.evse_id)),
                pack.soc_percent,
                now,
            )
            for pack in back
        ]
        self._move([*(custody.hand_out(pack, entry.rider_id, now) for pack in held), *taken_in])
        return Exchange(out, back, by)

    def _packs_for(self, entry: QueueEntry) -> list[Pack]:
        model_id, promised = entry.pack_model_id, entry.promised_soc_percent
        held = [pack for pack in self._at(entry.station_id) if pack.held_by == entry.id]
        good = [pack for pack in held if may_be_handed_out(pack, promised)]
        free = self._count(entry.station_id).get(model_id, PackCount()).free
        missing = packs_to_replace(len(entry.packs), len(good), free)
        self._move([custody.release(pack) for pack in held if pack not in good])
        others = self._hold(entry.id, model_id, missing, entry.station_id)
        return [*good, *(self.packs[pack.serial_number] for pack in others)]

    def _hold(self, entry_id: str, model_id: str, count: int, station_id: str) -> tuple[HeldPack, ...]:
        promised, now = self.parameters.promised_soc_percent, self.clock.now()
        free = best_free(self._at(station_id), model_id=model_id, count=count, promised_soc_percent=promised)
        assert len(free) == count
        self._move([custody.hold(pack, entry_id, promised, now) for pack in free])
        return tuple(HeldPack(pack.id, pack.place.evse_id or 0) for pack in free)

    def _end(self, transition: Transition[QueueEntry]) -> QueueEntry:
        if transition.is_change:
            self._release([transition.after])
        return self._take(transition)

    def _release(self, entries: Iterable[QueueEntry]) -> None:
        ids = {entry.id for entry in entries}
        self._move([custody.release(pack) for pack in self.packs.values() if pack.held_by in ids])

    def _take(self, transition: Transition[QueueEntry]) -> QueueEntry:
        self.entries[transition.after.id] = transition.after
        self.facts += transition.facts
        for fact in transition.facts:
            if isinstance(fact, EntryChanged):
                self.queues[fact.queue.station_id] = fact.queue
        return transition.after

    def _move(self, transitions: Iterable[Transition[Pack]]) -> None:
        for transition in list(transitions):
            self.packs[transition.after.id] = transition.after
            self.facts += transition.facts

    def _at(self, station_id: str) -> tuple[Pack, ...]:
        return at_station(station_id, (), list(self.packs.values()))

    def _is_at(self, rider_id: str, station_id: str) -> bool:
        point = self.stations[station_id].point
        return is_present(self.seen.get(rider_id), point, self.clock.now(), self.parameters)

    def _states(self, entry: QueueEntry) -> list[moves.HeldState]:
        promised = entry.promised_soc_percent
        return [
            moves.HeldState(
                pack.id,
                is_faulty=pack.condition is Condition.FAULTY,
                is_shut_in=pack.shut_in,
                minutes_to_promise=self.models[pack.model_id].minutes_to_gain(promised - pack.soc_percent),
            )
            for pack in self._at(entry.station_id)
            if pack.held_by == entry.id
        ]

    def _can_swap(self, entry: QueueEntry) -> bool:
        held = (pack for pack in self._at(entry.station_id) if pack.held_by == entry.id)
        good = [pack for pack in held if may_be_handed_out(pack, entry.promised_soc_percent)]
        free = self._count(entry.station_id).get(entry.pack_model_id, PackCount()).free
        return can_be_handed_out(len(entry.packs), len(good), free)

    def _count(self, station_id: str) -> dict[str, PackCount]:
        return count_packs(self._at(station_id), self.parameters.promised_soc_percent)

    def _supply(self, station_id: str, model_id: str) -> StationSupply:
        count = self._count(station_id).get(model_id, PackCount())
        return StationSupply(count.charged, count.held)

    def _bonus(self, station_id: str, model_id: str) -> BonusQuote:
        information, count = self.stations[station_id], self._count(station_id).get(model_id, PackCount())
        filled = {pack.place.evse_id for pack in self._at(station_id)}
        slots = range(1, information.slot_count + 1)
        empty = [slot for slot in slots if information.model_of_slot(slot) == model_id and slot not in filled]
        return quote_bonus(count.free, count.charging, len(empty), self.parameters.bonus)

    def _as_holding(self, station_id: str) -> HoldingStation:
        is_closed = station_id in self.closed
        free = {model_id: count.free for model_id, count in self._count(station_id).items()}
        return HoldingStation(
            station_id, self.stations[station_id].point, not is_closed, finishes=True, free_packs=free
        )
