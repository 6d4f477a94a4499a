"""What to move where: surplus and deficit of each station, and the min-cost flow between them."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from navswap.kit.forecasts import Source
from navswap.kit.geo import EARTH_RADIUS_METRES, Point

DRIVE_KMH = 20.0
"""Speed of a loaded cargo vehicle in a city, stops included."""
DETOUR = 1.3
"""Road distance over straight distance in a city grid."""
NEIGHBOURS = 16
"""Nearest partners of a station that a transport may join; farther ones hardly ever win."""
WORTH_MINUTES = 45.0
"""The longest drive that one foreseen pack is worth; a deficit that is farther from any surplus stays."""
PROMISE_WORTH_MINUTES = 240.0
"""What serving a promised pack is worth on top: it wins against any foreseen one."""

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What a plan knows of a station; packs under way belong to transport jobs that have not ended."""

    station_id: str
    point: Point
    charged_packs: int
    held_packs: int
    waiting_riders: int
    empty_slots: int
    incoming_packs: int = 0
    outgoing_packs: int = 0


@dataclass(frozen=True, slots=True)
class BalanceForecast:
    """Charged packs left over (above 0) or missing (below 0) at the end of the horizon, if none is moved."""

    packs: float
    source: Source


@dataclass(frozen=True, slots=True)
class Need:
    """What a station gives (`supply`) or lacks; of what it lacks, `promised` packs are promised to riders."""

    supply: int
    promised: int
    foreseen: int

    @property
    def deficit(self) -> int:
        """Return how many packs the station lacks."""
        return self.promised + self.foreseen


@dataclass(frozen=True, slots=True)
class Transport:
    """Packs to move from one station to another; `promised` of them serve promises."""

    origin_id: str
    target_id: str
    packs: int
    promised: int
    trip_minutes: float


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """A plan: what every station gives or lacks, the transports, and what stays unmet."""

    needs: Mapping[str, Need]
    transports: tuple[Transport, ...]
    unmet_packs: int
    unmet_promised_packs: int

    @property
    def pack_minutes(self) -> float:
        """Return the objective: the minutes that all packs are driven, summed."""
        return sum(one.packs * one.trip_minutes for one in self.transports)


def drive_minutes(distance_metres: float) -> float:
    """Return the time to drive a straight distance through a city."""
    return distance_metres * DETOUR / 1000 / DRIVE_KMH * 60


def need_of(facts: StationFacts, forecast: BalanceForecast) -> Need:
    """Decide what a station gives or lacks.

    It never gives a promised pack or one that a job will fetch, and never lacks more than it has room for.
    """
    free = max(0, facts.charged_packs - facts.held_packs - facts.outgoing_packs)
    expected = forecast.packs + facts.incoming_packs - facts.outgoing_packs
    room = max(0, facts.empty_slots - facts.incoming_packs)
    there = facts.charged_packs - facts.outgoing_packs + facts.incoming_packs
    promised = min(room, max(0, facts.waiting_riders - there))
    if promised > 0:
        return Need(0, promised, min(room - promised, max(0, math.ceil(-expected) - promised)))
    if expected < 0:
        return Need(0, 0, min(room, math.ceil(-expected)))
    return Need(min(free, math.floor(expected)), 0, 0)


def rebalance(facts: Sequence[StationFacts], forecasts: Mapping[str, BalanceForecast]) -> Rebalancing:
    """Plan the transports that serve most for the least driving, promises first.

    The flow runs from surplus to deficit over pruned arcs whose cost is the driving time; a pack that is not worth its
    drive takes the arc that leaves its need unmet.
    """
    needs = {one.station_id: need_of(one, forecasts[one.station_id]) for one in facts}
    givers = [one for one in facts if needs[one.station_id].supply > 0]
    takers = [one for one in facts if needs[one.station_id].deficit > 0]
    supply = np.array([needs[one.station_id].supply for one in givers], dtype=np.int64)
    promised = np.array([needs[one.station_id].promised for one in takers], dtype=np.int64)
    foreseen = np.array([needs[one.station_id].foreseen for one in takers], dtype=np.int64)
    if not givers or not takers:
        return Rebalancing(needs, (), int((promised + foreseen).sum()), int(promised.sum()))
    minutes = _drive_matrix(givers, takers)
    tails, heads = _pruned(minutes)
    moved, kept = _flow(supply, promised, foreseen, tails, heads, minutes[tails, heads])
    served = {takers[place].station_id: int(packs) for place, packs in enumerate(kept)}
    legs = [
        (float(minutes[tail, head]), givers[tail].station_id, takers[head].station_id, int(packs))
        for tail, head, packs in zip(tails, heads, moved, strict=True)
        if packs > 0
    ]
    transports = []
    for trip_minutes, origin_id, target_id, packs in sorted(legs):
        urgent = min(packs, served[target_id])
        served[target_id] -= urgent
        transports.append(Transport(origin_id, target_id, packs, urgent, trip_minutes))
    lacking = int((promised + foreseen).sum()) - sum(one.packs for one in transports)
    return Rebalancing(needs, tuple(transports), lacking, int(promised.sum() - kept.sum()))


def load_limit(capacities: Sequence[int], usual: int) -> int:
    """Return the largest load of one job: at least half of the vehicles can take it; `usual` where none is known."""
    return statistics.median_low(capacities) if capacities else usual


def split_into_loads(transport: Transport, limit: int) -> list[Transport]:
    """Cut a transport into the fewest loads of at most `limit` packs, nearly equal, promised packs in the first."""
    count = math.ceil(transport.packs / limit)
    loads, promised = [], transport.promised
    for place in range(count):
        packs = transport.packs // count + (place < transport.packs % count)
        urgent = min(packs, promised)
        promised -= urgent
        loads.append(replace(transport, packs=packs, promised=urgent))
    return loads


def _drive_matrix(givers: Sequence[StationFacts], takers: Sequence[StationFacts]) -> Numbers:
    """Return the driving minutes from every giver to every taker (haversine, all at once)."""
    first, second = _radians(givers)[:, None, :], _radians(takers)[None, :, :]
    half = (second - first) / 2
    chord = (
        np.sin(half[..., 1]) ** 2 + np.cos(first[..., 1]) * np.cos(second[..., 1]) * np.sin(half[..., 0]) ** 2
    )
    metres = 2 * EARTH_RADIUS_METRES * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return np.asarray(metres * (DETOUR / 1000 / DRIVE_KMH * 60), dtype=np.float64)


def _radians(stations: Sequence[StationFacts]) -> Numbers:
    return np.radians([(one.point.longitude, one.point.latitude) for one in stations])


def _pruned(minutes: Numbers) -> tuple[Integers, Integers]:
    """Return the pairs worth an arc: near enough, and one of the nearest of the giver or of the taker."""
    near = np.zeros(minutes.shape, dtype=bool)
    for axis in (0, 1):
        kept = min(NEIGHBOURS, minutes.shape[axis])
        nearest = np.argpartition(minutes, kept - 1, axis=axis).take(np.arange(kept), axis=axis)
        np.put_along_axis(near, nearest, values=True, axis=axis)
    near &= minutes <= WORTH_MINUTES + PROMISE_WORTH_MINUTES
    tails, heads = np.nonzero(near)
    return tails.astype(np.int64), heads.astype(np.int64)


def _flow(
    supply: Integers,
    promised: Integers,
    foreseen: Integers,
    tails: Integers,
    heads: Integers,
    minutes: Numbers,
) -> tuple[Integers, Integers]:
    """Solve the flow; returns the packs of each arc, and the promised packs that each taker is served.

    Nodes: 0 is the source, then givers, then takers, at last the sink. Costs are seconds.
    """
    givers, takers = len(supply), len(promised)
    first_taker, sink = 1 + givers, 1 + givers + takers
    total = int((promised + foreseen).sum())
    extra, worth = round(PROMISE_WORTH_MINUTES * 60), round(WORTH_MINUTES * 60)
    giver_nodes, taker_nodes = np.arange(1, first_taker), np.arange(first_taker, sink)
    arcs = [
        (np.zeros(givers), giver_nodes, supply, np.zeros(givers)),
        (1 + tails, first_taker + heads, np.full(len(tails), total), np.round(minutes * 60)),
        (taker_nodes, np.full(takers, sink), promised, np.zeros(takers)),
        (taker_nodes, np.full(takers, sink), foreseen, np.full(takers, extra)),
        (np.zeros(1), np.full(1, sink), np.full(1, total), np.full(1, extra + worth)),
    ]
    solver = SimpleMinCostFlow()
    added = [
        np.asarray(
            solver.add_arcs_with_capacity_and_unit_cost(
                tail.astype(np.int32), head.astype(np.int32), capacity.astype(np.int64), cost.astype(np.int64)
            )
        )
        for tail, head, capacity, cost in arcs
    ]
    solver.set_node_supply(0, total)
    solver.set_node_supply(sink, -total)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise RuntimeError(
            f"the flow has no optimum ({status}), though leaving every need unmet is always possible"
        )
    return np.asarray(solver.flows(added[1])), np.asarray(solver.flows(added[2]))
