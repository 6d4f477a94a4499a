"""The planner as it was first written, plainly and slowly: what the fast one is held against."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, pairwise

from navswap.features.energy.domain.values import PlannedPack, PlanStep, Schedule
from navswap.kit.charging import CHARGE_EFFICIENCY

Flow = list[list[int]]
_MWH = 1_000_000
_WATT_HOUR = 0.001


def allocate(
    needs: Sequence[int], room: Sequence[Sequence[int]], capacity: Sequence[int], order: Sequence[int]
) -> Flow:
    flow = _max_flow(needs, room, capacity, order)
    if [sum(row) for row in flow] == list(needs):
        return flow
    reachable = _max_flow(capacity, list(zip(*room, strict=True)), needs, range(len(needs)))
    return _max_flow([sum(column) for column in zip(*reachable, strict=True)], room, capacity, order)


def _max_flow(
    supply: Sequence[int], room: Sequence[Sequence[int]], demand: Sequence[int], order: Sequence[int]
) -> Flow:
    flow = [[0] * len(demand) for _ in supply]
    left = list(supply)
    for sink in order:
        wanted = demand[sink]
        while wanted > 0 and (path := _path(sink, left, room, flow)):
            added = min(wanted, left[path[0][0]], *_slack(path, room, flow))
            for position, (source, into) in enumerate(path):
                flow[source][into] += added
                if position + 1 < len(path):
                    flow[path[position + 1][0]][into] -= added
            left[path[0][0]] -= added
            wanted -= added
    return flow


def _slack(path: list[tuple[int, int]], room: Sequence[Sequence[int]], flow: Flow) -> list[int]:
    into = [room[source][sink] - flow[source][sink] for source, sink in path]
    out = [flow[after][sink] for (_, sink), (after, _) in pairwise(path)]
    return into + out


def _path(sink: int, left: Sequence[int], room: Sequence[Sequence[int]], flow: Flow) -> list[tuple[int, int]]:
    follows: dict[int, tuple[int, int | None]] = {}
    waiting: deque[int] = deque()

    def reach(into: int, after: int | None) -> int | None:
        for source, has in enumerate(left):
            if source not in follows and room[source][into] > flow[source][into]:
                follows[source] = (into, after)
                if has:
                    return source
                waiting.append(source)
        return None

    found = reach(sink, None)
    while found is None and waiting:
        mover = waiting.popleft()
        for other, moved in enumerate(flow[mover]):
            if moved and other != sink and (found := reach(other, mover)) is not None:
                break
    path: list[tuple[int, int]] = []
    while found is not None:
        into, found_next = follows[found]
        path.append((found, into))
        found = found_next
    return path


def schedule_charging(
    packs: Sequence[PlannedPack], steps: Sequence[PlanStep], promised_soc_percent: float
) -> Schedule:
    rounds = _Rounds(packs, steps)
    end = steps[-1].ends_at
    soonest = range(len(steps))
    cheapest = sorted(soonest, key=lambda step: (steps[step].price_per_kwh, step))
    late_promises = rounds.allocate(promised_soc_percent, lambda pack: pack.ready_at, soonest)
    rounds.allocate(promised_soc_percent, lambda pack: end if pack.ready_at else None, soonest)
    rounds.allocate(promised_soc_percent, lambda pack: end if _is_needed(pack, steps[0]) else None, soonest)
    late_packs = rounds.allocate(promised_soc_percent, lambda pack: pack.needed_at, cheapest)
    rounds.allocate(promised_soc_percent, lambda pack: end if pack.needed_at else None, soonest)
    rounds.allocate(100.0, lambda _: end, cheapest)
    planned = [
        replace(
            pack,
            power_kw=tuple(drawn / _MWH / step.hours for drawn, step in zip(row, steps, strict=True)),
        )
        for pack, row in zip(packs, rounds.drawn, strict=True)
    ]
    return Schedule(tuple(steps), tuple(planned), late_promises, late_packs)


def _is_needed(pack: PlannedPack, first: PlanStep) -> bool:
    return pack.needed_at is not None and pack.needed_at <= first.starts_at


class _Rounds:
    def __init__(self, packs: Sequence[PlannedPack], steps: Sequence[PlanStep]) -> None:
        self._packs = packs
        self._steps = steps
        self._capacity = [math.floor(step.limit_kw * _MWH * step.hours) for step in steps]
        self.drawn: Flow = [[0] * len(steps) for _ in packs]

    def allocate(
        self, soc_percent: float, deadline: Callable[[PlannedPack], datetime | None], order: Sequence[int]
    ) -> tuple[str, ...]:
        due = [(by, index) for index, pack in enumerate(self._packs) if (by := deadline(pack)) is not None]
        due.sort(key=lambda entry: (entry[0], -self._packs[entry[1]].soc_percent, entry[1]))
        needs = [self._need(index, soc_percent) for _, index in due]
        room = [
            [
                self._most(index, step) - self.drawn[index][step] if self._steps[step].ends_at <= by else 0
                for step in range(len(self._steps))
            ]
            for by, index in due
        ]
        flow = allocate(needs, room, self._capacity, order)
        for row, (_, index) in zip(flow, due, strict=True):
            for step, added in enumerate(row):
                self.drawn[index][step] += added
                self._capacity[step] -= added
        return tuple(
            self._packs[index].serial_number
            for (_, index), row, need in zip(due, flow, needs, strict=True)
            if sum(row) < need
        )

    def _most(self, index: int, step: int) -> int:
        return math.floor(self._packs[index].charger_kw * _MWH * self._steps[step].hours)

    def _need(self, index: int, soc_percent: float) -> int:
        pack = self._packs[index]
        missing = max(0.0, soc_percent - pack.soc_percent) / 100 * pack.capacity_kwh
        return max(0, math.ceil(missing / CHARGE_EFFICIENCY * _MWH) - sum(self.drawn[index]))


def ready_at(pack: PlannedPack, schedule: Schedule, promised_soc_percent: float) -> datetime | None:
    missing = (promised_soc_percent - pack.soc_percent) / 100 * pack.capacity_kwh / CHARGE_EFFICIENCY
    drawn = [power * step.hours for power, step in zip(pack.power_kw, schedule.steps, strict=True)]
    for step, in_step, by_its_end in zip(schedule.steps, drawn, accumulate(drawn), strict=True):
        if in_step > 0 and by_its_end >= missing - _WATT_HOUR:
            lacking = min(1.0, max(0.0, missing - (by_its_end - in_step)) / in_step)
            return step.starts_at + lacking * (step.ends_at - step.starts_at)
    return None
