"""What to move where: the min-cost flow of packs from stations that have too many, and depots, to stations that lack some."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from navswap.features.logistics.domain.flow import FlowProblem, Integers, solve
from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    DepotStock,
    InventoryKey,
    Need,
    StationInventory,
    need_of,
)
from navswap.features.logistics.domain.parameters import PlanningParameters
from navswap.features.logistics.domain.values import StopKind
from navswap.kit.geo import Point, distance_matrix_metres
from navswap.kit.roads import SlowDown, free_roads

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transport:
    """Packs of one model to move to a station from another one or a depot; `promised` of them serve promises."""

    origin_id: str
    target_id: str
    pack_model_id: str
    packs: int
    promised: int
    trip_minutes: float
    origin_kind: StopKind = StopKind.STATION


@dataclass(frozen=True, slots=True)
class Giver:
    """A station or a depot that gives packs; those of a depot may be uncharged, so that they serve no promise."""

    kind: StopKind
    id: str
    point: Point
    supply: int

    @property
    def serves_promises(self) -> bool:
        """Return whether its packs are charged."""
        return self.kind is StopKind.STATION


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """What every station gives or lacks of each model, the transports, and what stays unmet."""

    needs: Mapping[InventoryKey, Need]
    transports: tuple[Transport, ...]
    unmet_packs: int
    unmet_promised_packs: int

    def __add__(self, other: "Rebalancing") -> "Rebalancing":
        """Join the plan of another pack model."""
        return Rebalancing(
            {**self.needs, **other.needs},
            self.transports + other.transports,
            self.unmet_packs + other.unmet_packs,
            self.unmet_promised_packs + other.unmet_promised_packs,
        )


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of giver and taker (by place) that a transport may join, with the drive between them."""

    givers: Integers
    takers: Integers
    minutes: Numbers


@dataclass(frozen=True, slots=True)
class TransportProblem:
    """Who gives and who takes how many packs of one model, and the links between them."""

    needs: Mapping[InventoryKey, Need]
    givers: Sequence[Giver]
    takers: Sequence[StationInventory]
    supply: Integers
    promised: Integers
    expected: Integers
    links: Links
    parameters: PlanningParameters

    @classmethod
    def of(
        cls,
        inventories: Sequence[StationInventory],
        forecasts: Mapping[InventoryKey, BalanceForecast],
        parameters: PlanningParameters,
        slow_down: SlowDown = free_roads,
        depots: Sequence[DepotStock] = (),
    ) -> Self:
        """Decide what each station gives or lacks of one model, and link those that are near each other."""
        needs = {inventory.key: need_of(inventory, forecasts[inventory.key]) for inventory in inventories}
        givers = _givers(inventories, needs, depots)
        takers = [inventory for inventory in inventories if needs[inventory.key].deficit > 0]
        links = _near_links(givers, takers, parameters)
        return cls(
            needs=needs,
            givers=givers,
            takers=takers,
            supply=_counts(giver.supply for giver in givers),
            promised=_counts(needs[taker.key].promised for taker in takers),
            expected=_counts(needs[taker.key].expected for taker in takers),
            links=_in_traffic(links, givers, takers, slow_down),
            parameters=parameters,
        )

    @property
    def units(self) -> int:
        """Return how many packs are lacking."""
        return int((self.promised + self.expected).sum())

    def as_flow(self) -> FlowProblem:
        """Write the transports as a flow from a source (node 0) by givers and takers to a sink; costs are seconds.

        A taker has two nodes: from the first one flow serves promised or expected packs, from the second one, to which
        depots are linked, expected ones only. Arcs: to the givers, the links, from the first nodes by promised packs and
        to the second ones, from those by expected packs, and past them all.
        """
        givers, takers, count = len(self.givers), len(self.takers), len(self.links.minutes)
        first, second, sink = 1 + givers, 1 + givers + takers, 1 + givers + 2 * takers
        worth = round(self.parameters.worth_minutes * 60)
        extra = round(self.parameters.promise_worth_minutes * 60)
        first_nodes, second_nodes = np.arange(first, second), np.arange(second, sink)
        free, to_sink = np.zeros(takers, dtype=np.int64), np.full(takers, sink)
        reached = np.where(self._serves_promises()[self.links.givers], first, second) + self.links.takers
        return FlowProblem(
            tails=np.concatenate(
                [
                    np.zeros(givers, dtype=np.int64),
                    1 + self.links.givers,
                    first_nodes,
                    first_nodes,
                    second_nodes,
                    [0],
                ]
            ),
            heads=np.concatenate([np.arange(1, first), reached, to_sink, second_nodes, to_sink, [sink]]),
            capacities=np.concatenate(
                [
                    self.supply,
                    np.full(count, self.units),
                    self.promised,
                    self.expected,
                    self.expected,
                    [self.units],
                ]
            ),
            costs=np.concatenate(
                [
                    np.zeros(givers, dtype=np.int64),
                    np.round(self.links.minutes * 60).astype(np.int64),
                    free,
                    free,
                    np.full(takers, extra),
                    [extra + worth],
                ]
            ),
            source=0,
            sink=sink,
            units=self.units,
        )

    def read(self, flow: Integers) -> Rebalancing:
        """Read the transports out of a flow; of several stations that serve one the nearest carry its promised packs."""
        givers, count, takers = len(self.givers), len(self.links.minutes), len(self.takers)
        moved, kept = flow[givers:][:count], flow[givers + count :][:takers]
        served = {taker.station_id: int(packs) for taker, packs in zip(self.takers, kept, strict=True)}
        legs = sorted(
            (
                (
                    float(self.links.minutes[link]),
                    self.givers[self.links.givers[link]],
                    self.takers[self.links.takers[link]].station_id,
                    int(moved[link]),
                )
                for link in np.nonzero(moved)[0]
            ),
            key=lambda leg: (leg[0], leg[1].id, leg[2]),
        )
        transports = []
        for trip_minutes, giver, target_id, packs in legs:
            urgent = min(packs, served[target_id]) if giver.serves_promises else 0
            served[target_id] -= urgent
            model_id = self.takers[0].pack_model_id
            transports.append(
                Transport(giver.id, target_id, model_id, packs, urgent, trip_minutes, giver.kind)
            )
        unmet = self.units - int(moved.sum())
        return Rebalancing(self.needs, tuple(transports), unmet, int((self.promised - kept).sum()))

    def solve(self) -> Rebalancing:
        """Return the transports that serve most for the least driving."""
        if not self.links.minutes.size:
            return Rebalancing(self.needs, (), self.units, int(self.promised.sum()))
        return self.read(solve(self.as_flow()))

    def _serves_promises(self) -> npt.NDArray[np.bool_]:
        return np.fromiter((giver.serves_promises for giver in self.givers), dtype=bool)


def rebalance(
    inventories: Sequence[StationInventory],
    forecasts: Mapping[InventoryKey, BalanceForecast],
    parameters: PlanningParameters,
    slow_down: SlowDown = free_roads,
    depots: Sequence[DepotStock] = (),
) -> Rebalancing:
    """Plan the transports that serve most for the least driving, promises first; each pack model by itself.

    The flow runs from surplus to deficit over pruned arcs whose cost is the driving time; a pack that is not worth its
    drive takes the arc that leaves its need unmet. `slow_down` is how traffic lengthens the drives. `depots` give what
    stations expect to lack, for their packs are charged where they are brought.
    """
    plan = Rebalancing({}, (), 0, 0)
    for model_id in sorted({inventory.pack_model_id for inventory in inventories}):
        of_model = [inventory for inventory in inventories if inventory.pack_model_id == model_id]
        supplies = [depot for depot in depots if depot.pack_model_id == model_id]
        plan += TransportProblem.of(of_model, forecasts, parameters, slow_down, supplies).solve()
    return plan


def _givers(
    inventories: Sequence[StationInventory],
    needs: Mapping[InventoryKey, Need],
    depots: Sequence[DepotStock],
) -> list[Giver]:
    """Return who gives packs: the stations that have some to spare, then the depots that have any."""
    stations = (
        Giver(StopKind.STATION, inventory.station_id, inventory.point, needs[inventory.key].supply)
        for inventory in inventories
    )
    stores = (Giver(StopKind.DEPOT, depot.depot_id, depot.point, depot.supply) for depot in depots)
    return [giver for giver in (*stations, *stores) if giver.supply > 0]


def _counts(packs: Iterable[int]) -> Integers:
    return np.fromiter(packs, dtype=np.int64)


def _near_links(
    givers: Sequence[Giver], takers: Sequence[StationInventory], parameters: PlanningParameters
) -> Links:
    """Return the pairs worth an arc: near enough, and one of the nearest of the giver or of the taker, or from a depot.

    A depot may have packs for many stations, of which its nearest ones are a few.
    """
    if not givers or not takers:
        none = np.zeros(0, dtype=np.int64)
        return Links(none, none, np.zeros(0))
    metres = distance_matrix_metres([giver.point for giver in givers], [taker.point for taker in takers])
    minutes = metres * parameters.roads.carry_minutes(1.0)
    near = np.zeros(minutes.shape, dtype=bool)
    for axis in (0, 1):
        kept = min(parameters.neighbours, minutes.shape[axis])
        nearest = np.argpartition(minutes, kept - 1, axis=axis).take(np.arange(kept), axis=axis)
        np.put_along_axis(near, nearest, values=True, axis=axis)
    near[[giver.kind is StopKind.DEPOT for giver in givers]] = True
    near &= minutes <= parameters.worth_minutes + parameters.promise_worth_minutes
    tails, heads = np.nonzero(near)
    return Links(tails.astype(np.int64), heads.astype(np.int64), minutes[tails, heads])


def _in_traffic(
    links: Links, givers: Sequence[Giver], takers: Sequence[StationInventory], slow_down: SlowDown
) -> Links:
    """Return links with the drives as traffic lets them be; which stations are near each other it does not change."""
    if slow_down is free_roads:
        return links
    pairs = zip(links.givers.tolist(), links.takers.tolist(), strict=True)
    factors = [slow_down(givers[giver].point, takers[taker].point) for giver, taker in pairs]
    return Links(links.givers, links.takers, links.minutes * np.array(factors, dtype=np.float64))
