"""The least cost of lost riders and of driving, had every rider been known in advance.

A min-cost flow of charged packs over stations and time, one for each pack model. Each rider, served or lost in the run, is a
node at the station and the minute at which the packs changed hands or the rider left; a pack that is handed out comes back as
the one that was brought for it, when that can be charged at full power. At every full hour packs may be driven to the near
stations; the moves of the run are possible too. So what the run did is one of its flows, and the optimum is never above the
cost of the run. It is a bound: packs that are not charged yet take no room, drivers are there at once, vehicles drive full,
and half of a rider with two packs may be served.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from navswap.features.logistics.domain.flow import FlowProblem, solve
from navswap.kit.roads import RoadParameters
from navswap.simulation.engine.log import Collected, Demand, Move, Stock
from navswap.simulation.world.city import City

UNIT = 1_000
"""Parts of the currency unit that costs are counted in, for the flow takes whole numbers."""
HOUR_MINUTES = 60.0
SLACK_MINUTES = 1e-6


@dataclass(frozen=True, slots=True)
class RegretParameters:
    """What the optimum weighs, in the currency of the tariffs.

    `lost_rider_cost` is what a rider who leaves without packs costs, `km_cost` a driven km; a vehicle takes `vehicle_packs`.
    `most_stations` is for how many stations, evenly spread over all, the charging optimum is computed.
    """

    lost_rider_cost: float = 150.0
    km_cost: float = 12.0
    vehicle_packs: int = 12
    most_stations: int = 40
    roads: RoadParameters = field(default_factory=RoadParameters)


@dataclass(frozen=True, slots=True)
class Link:
    """A way from a station to a near one: minutes of the drive, and what a pack on it costs at least."""

    origin: int
    target: int
    minutes: float
    pack_cost: int


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a run of one pack model; `slots` are by station, `end` the last minute of the run."""

    slots: Sequence[int]
    demand: Sequence[Demand]
    stock: Sequence[Stock]
    moves: Sequence[Move]
    links: Sequence[Link]
    end: float


def rebalancing_costs(
    log: Collected, city: City, km: float, end: float, parameters: RegretParameters
) -> tuple[float, float]:
    """Return what lost riders and `km` of driving cost in a run, and what they would have cost at least."""
    of_run = parameters.lost_rider_cost * sum(not rider.is_served for rider in log.demand)
    of_run += parameters.km_cost * km
    links = links_of(city, parameters)
    optimum = 0.0
    for number, model in enumerate(city.pack_models):
        day = Day(
            [site.slot_models.count(number) for site in city.stations],
            [rider for rider in log.demand if rider.model == model.id],
            [pack for pack in log.stock if pack.model == model.id],
            [move for move in log.moves if move.model == model.id],
            links,
            end,
        )
        optimum += least_cost(day, parameters)
    return of_run, optimum


def links_of(city: City, parameters: RegretParameters) -> list[Link]:
    """Return the ways between near stations."""
    roads = parameters.roads
    return [
        Link(
            origin,
            target,
            roads.carry_minutes(metres),
            _pack_cost(metres, parameters.vehicle_packs, parameters),
        )
        for origin in range(len(city.stations))
        for target, metres in city.near(origin)
    ]


def least_cost(day: Day, parameters: RegretParameters) -> float:
    """Return the least cost of lost riders and driving, in the currency unit."""
    if not day.demand:
        return 0.0
    penalty = round(parameters.lost_rider_cost * UNIT)
    network = _Network(day)
    network.add_riders(day.demand, penalty)
    network.add_moves(day.moves, parameters)
    network.add_links(day.links, day.end)
    for pack in day.stock:
        if pack.ready_at <= day.end:
            network.supply(pack.station, pack.ready_at)
    return (penalty * len(day.demand) + network.least_cost()) / UNIT


def _pack_cost(metres: float, packs: int, parameters: RegretParameters) -> int:
    """Return what one of so many packs on board costs over a straight distance."""
    km = metres * parameters.roads.detour_factor / 1000
    return math.floor(parameters.km_cost * UNIT * km / packs)


def _hours(end: float) -> list[float]:
    return [hour * HOUR_MINUTES for hour in range(math.ceil(end / HOUR_MINUTES))]


class _Network:
    """Nodes by station and time; each station's are numbered in the order of time, and packs wait from one to the next."""

    def __init__(self, day: Day) -> None:
        self._slots = day.slots
        self._tails: list[int] = []
        self._heads: list[int] = []
        self._capacities: list[int] = []
        self._costs: list[int] = []
        self._supplies: list[int] = []
        hours = _hours(day.end)
        times: Mapping[int, list[float]] = defaultdict(list)
        for rider in day.demand:
            times[rider.station].append(rider.at)
        for move in day.moves:
            times[move.origin].append(move.taken_at)
            times[move.target].append(move.delivered_at)
        self._times: list[list[float]] = []
        self._first: list[int] = []
        self._nodes = 0
        for station, slots in enumerate(day.slots):
            own = sorted([*times[station], *(hours if slots else ()), math.inf])
            self._first.append(self._nodes)
            self._times.append(own)
            for node in range(self._nodes, self._nodes + len(own) - 1):
                self._connect(node, node + 1, slots, 0)
            self._nodes += len(own)

    def add_riders(self, demand: Sequence[Demand], penalty: int) -> None:
        """Let each rider take packs, which saves the penalty of a lost one, and bring others; each has a node of its own."""
        at_once: dict[tuple[int, float], int] = defaultdict(int)
        for rider in demand:
            node = self._node_at(rider.station, rider.at, fudge=0.0) + at_once[rider.station, rider.at]
            at_once[rider.station, rider.at] += 1
            share, rest = divmod(penalty, len(rider.ready_at))
            for number, ready_at in enumerate(rider.ready_at):
                back = max(self._node_at(rider.station, ready_at), node + 1)
                self._connect(node, back, 1, -(share + (number < rest)))

    def add_moves(self, moves: Sequence[Move], parameters: RegretParameters) -> None:
        """Let the packs that were driven be driven; one that was not charged when it came is there once it is charged."""
        for move in moves:
            if move.ready_at > move.delivered_at + SLACK_MINUTES:
                self.supply(move.target, move.ready_at)
                continue
            origin = self._node_at(move.origin, move.taken_at, fudge=0.0)
            target = self._node_at(move.target, move.delivered_at, fudge=0.0)
            cost = _pack_cost(move.metres, max(move.load, parameters.vehicle_packs), parameters)
            self._connect(origin, target, 1, cost)

    def add_links(self, links: Sequence[Link], end: float) -> None:
        """Let packs be driven to near stations at every full hour, as many as the target has slots."""
        for link in links:
            most = self._slots[link.target]
            if not most or not self._slots[link.origin]:
                continue
            for departs in _hours(end):
                origin = self._node_at(link.origin, departs, fudge=0.0)
                target = self._node_at(link.target, departs + link.minutes, fudge=0.0)
                self._connect(origin, target, most, link.pack_cost)

    def supply(self, station: int, minute: float) -> None:
        """Have a charged pack at a station from a minute on."""
        self._supplies.append(self._node_at(station, minute))

    def least_cost(self) -> int:
        """Return the least cost of all packs' ways; what is of no use costs nothing."""
        if not self._supplies:
            return 0
        source, sink = self._nodes, self._nodes + 1
        for node in self._supplies:
            self._connect(source, node, 1, 0)
        self._connect(source, sink, len(self._supplies), 0)
        for first, times in zip(self._first, self._times, strict=True):
            self._connect(first + len(times) - 1, sink, len(self._supplies), 0)
        costs = np.array(self._costs, dtype=np.int64)
        flows = solve(
            FlowProblem(
                np.array(self._tails, dtype=np.int64),
                np.array(self._heads, dtype=np.int64),
                np.array(self._capacities, dtype=np.int64),
                costs,
                source,
                sink,
                len(self._supplies),
            )
        )
        return int(costs @ flows)

    def _node_at(self, station: int, minute: float, fudge: float = SLACK_MINUTES) -> int:
        """Return the first node of a station at or after a minute."""
        return self._first[station] + bisect_left(self._times[station], minute - fudge)

    def _connect(self, tail: int, head: int, most: int, cost: int) -> None:
        """Let packs go from one node to another, each at a cost."""
        self._tails.append(tail)
        self._heads.append(head)
        self._capacities.append(most)
        self._costs.append(cost)
