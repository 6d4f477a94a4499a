"""What to move where: surplus and deficit of each station, and the min-cost flow between them."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from navswap.features.logistics.rules.flow import FlowProblem, Integers, solve
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point, distance_matrix_metres
from navswap.kit.roads import SlowDown, free_roads

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


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of giver and taker (by place) that a transport may join, with the drive between them."""

    givers: Integers
    takers: Integers
    minutes: Numbers


@dataclass(frozen=True, slots=True)
class TransportProblem:
    """Who gives and who takes how many packs, and the links between them."""

    needs: Mapping[str, Need]
    givers: Sequence[StationFacts]
    takers: Sequence[StationFacts]
    supply: Integers
    promised: Integers
    foreseen: Integers
    links: Links

    @classmethod
    def of(
        cls,
        facts: Sequence[StationFacts],
        forecasts: Mapping[str, BalanceForecast],
        slow_down: SlowDown = free_roads,
    ) -> Self:
        """Decide what each station gives or lacks, and link those that are near each other."""
        needs = {one.station_id: need_of(one, forecasts[one.station_id]) for one in facts}
        givers = [one for one in facts if needs[one.station_id].supply > 0]
        takers = [one for one in facts if needs[one.station_id].deficit > 0]
        return cls(
            needs,
            givers,
            takers,
            np.array([needs[one.station_id].supply for one in givers], dtype=np.int64),
            np.array([needs[one.station_id].promised for one in takers], dtype=np.int64),
            np.array([needs[one.station_id].foreseen for one in takers], dtype=np.int64),
            _in_traffic(_near_links(givers, takers), givers, takers, slow_down),
        )

    @property
    def units(self) -> int:
        """Return how many packs are lacking."""
        return int((self.promised + self.foreseen).sum())

    def as_flow(self) -> FlowProblem:
        """Write the transports as a flow from a source (node 0) by givers and takers to a sink; costs are seconds.

        Arcs: to the givers, the links, from the takers by promised and by foreseen packs, and past them all.
        """
        givers, takers, count = len(self.givers), len(self.takers), len(self.links.minutes)
        first_taker, sink = 1 + givers, 1 + givers + takers
        worth, extra = round(WORTH_MINUTES * 60), round(PROMISE_WORTH_MINUTES * 60)
        giver_nodes, taker_nodes = np.arange(1, first_taker), np.arange(first_taker, sink)
        none_of, to_sink = np.zeros(givers, dtype=np.int64), np.full(takers, sink)
        return FlowProblem(
            tails=np.concatenate([none_of, 1 + self.links.givers, taker_nodes, taker_nodes, [0]]),
            heads=np.concatenate([giver_nodes, first_taker + self.links.takers, to_sink, to_sink, [sink]]),
            capacities=np.concatenate(
                [self.supply, np.full(count, self.units), self.promised, self.foreseen, [self.units]]
            ),
            costs=np.concatenate(
                [
                    none_of,
                    np.round(self.links.minutes * 60).astype(np.int64),
                    np.zeros(takers, dtype=np.int64),
                    np.full(takers, extra),
                    [extra + worth],
                ]
            ),
            source=0,
            sink=sink,
            units=self.units,
        )

    def read(self, flow: Integers) -> Rebalancing:
        """Read the transports out of a flow; of several to one station the nearest carry its promised packs."""
        givers, count, takers = len(self.givers), len(self.links.minutes), len(self.takers)
        moved, kept = flow[givers:][:count], flow[givers + count :][:takers]
        served = {taker.station_id: int(packs) for taker, packs in zip(self.takers, kept, strict=True)}
        legs = sorted(
            (
                float(self.links.minutes[link]),
                self.givers[self.links.givers[link]].station_id,
                self.takers[self.links.takers[link]].station_id,
                int(moved[link]),
            )
            for link in np.nonzero(moved)[0]
        )
        transports = []
        for trip_minutes, origin_id, target_id, packs in legs:
            urgent = min(packs, served[target_id])
            served[target_id] -= urgent
            transports.append(Transport(origin_id, target_id, packs, urgent, trip_minutes))
        unmet = self.units - int(moved.sum())
        return Rebalancing(self.needs, tuple(transports), unmet, int((self.promised - kept).sum()))

    def leave_all(self) -> Rebalancing:
        """Return the plan that moves nothing."""
        return Rebalancing(self.needs, (), self.units, int(self.promised.sum()))


Distance = TypeVar("Distance", float, Numbers)


def drive_minutes(distance_metres: Distance) -> Distance:
    """Return the time to drive a straight distance, or each of some, through a city."""
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


def rebalance(
    facts: Sequence[StationFacts],
    forecasts: Mapping[str, BalanceForecast],
    slow_down: SlowDown = free_roads,
) -> Rebalancing:
    """Plan the transports that serve most for the least driving, promises first.

    The flow runs from surplus to deficit over pruned arcs whose cost is the driving time; a pack that is not worth its
    drive takes the arc that leaves its need unmet. `slow_down` is how traffic lengthens the drives.
    """
    problem = TransportProblem.of(facts, forecasts, slow_down)
    return problem.read(solve(problem.as_flow())) if problem.links.minutes.size else problem.leave_all()


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


def _near_links(givers: Sequence[StationFacts], takers: Sequence[StationFacts]) -> Links:
    """Return the pairs worth an arc: near enough, and one of the nearest of the giver or of the taker."""
    if not givers or not takers:
        nobody = np.zeros(0, dtype=np.int64)
        return Links(nobody, nobody, np.zeros(0))
    minutes = _drive_matrix(givers, takers)
    near = np.zeros(minutes.shape, dtype=bool)
    for axis in (0, 1):
        kept = min(NEIGHBOURS, minutes.shape[axis])
        nearest = np.argpartition(minutes, kept - 1, axis=axis).take(np.arange(kept), axis=axis)
        np.put_along_axis(near, nearest, values=True, axis=axis)
    near &= minutes <= WORTH_MINUTES + PROMISE_WORTH_MINUTES
    tails, heads = np.nonzero(near)
    return Links(tails.astype(np.int64), heads.astype(np.int64), minutes[tails, heads])


def _in_traffic(
    links: Links, givers: Sequence[StationFacts], takers: Sequence[StationFacts], slow_down: SlowDown
) -> Links:
    """Return links with the drives as traffic lets them be; which stations are near each other it does not change."""
    if slow_down is free_roads:
        return links
    pairs = zip(links.givers.tolist(), links.takers.tolist(), strict=True)
    factors = [slow_down(givers[giver].point, takers[taker].point) for giver, taker in pairs]
    return Links(links.givers, links.takers, links.minutes * np.array(factors, dtype=np.float64))


def _drive_matrix(givers: Sequence[StationFacts], takers: Sequence[StationFacts]) -> Numbers:
    """Return the driving minutes from every giver to every taker."""
    metres = distance_matrix_metres([giver.point for giver in givers], [taker.point for taker in takers])
    return np.asarray(drive_minutes(metres), dtype=np.float64)
