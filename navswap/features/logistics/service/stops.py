"""The places between which jobs move packs: stations, partner shops and depots."""

from collections.abc import Iterable
from dataclasses import dataclass

from navswap.features.logistics.domain.values import Stop, StopKind
from navswap.features.partners.service import ShopService
from navswap.features.procurement.service import DepotService
from navswap.features.stations.service import StationReader
from navswap.kit.clock import Clock
from navswap.kit.geo import Point


@dataclass(frozen=True, slots=True)
class StopFacts:
    """What is known of a place: its name, where it is (None where not known), and whether packs change hands there now."""

    name: str
    point: Point | None
    is_open: bool = True


class StopReader:
    """Reads places of any kind together."""

    def __init__(
        self, clock: Clock, stations: StationReader, shops: ShopService, depots: DepotService
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._shops = shops
        self._depots = depots

    async def find(self, stops: Iterable[Stop]) -> dict[Stop, StopFacts]:
        """Return what is known of each place; unknown ones are left out."""
        wanted = set(stops)
        ids = {kind: sorted(stop.id for stop in wanted if stop.kind is kind) for kind in StopKind}
        found: dict[Stop, StopFacts] = {}
        if ids[StopKind.STATION]:
            for station in (await self._stations.list_by_ids(ids[StopKind.STATION])).values():
                facts = StopFacts(station.information.name, station.information.point)
                found[Stop(StopKind.STATION, station.id)] = facts
        if ids[StopKind.SHOP]:
            for shop in (await self._shops.find_by_ids(ids[StopKind.SHOP])).values():
                is_open = shop.is_open_at(self._clock.now())
                found[Stop(StopKind.SHOP, shop.id)] = StopFacts(shop.name, shop.point, is_open)
        if ids[StopKind.DEPOT]:
            for depot in (await self._depots.find_by_ids(ids[StopKind.DEPOT])).values():
                found[Stop(StopKind.DEPOT, depot.id)] = StopFacts(depot.name, depot.point)
        return found
