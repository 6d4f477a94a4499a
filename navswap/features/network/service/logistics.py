"""The logistics of the network now, and of today, in a fixed number of queries."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from navswap.features.logistics.service import (
    InventoryReader,
    JobState,
    JobTotals,
    OfferCounts,
    PlanProgress,
    TransporterCounts,
    TransportReader,
    UnfinishedJobs,
)
from navswap.features.network.rules import MOST_LISTED, Balance, start_of_day, worst_first
from navswap.features.network.service.statistics import require_time_zone
from navswap.features.partners.service import (
    OpenRequests,
    PartnerShop,
    RequestState,
    ShopService,
    ShopTotals,
    StorageRequestService,
)
from navswap.features.procurement.service import StockOrder, StockOrderService
from navswap.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Shops:
    """The partner shops: all together, the fullest, and the requests that are not over."""

    totals: ShopTotals
    fullest: Sequence[PartnerShop]
    requests: Mapping[RequestState, OpenRequests]


@dataclass(frozen=True, slots=True)
class Balances:
    """What is foreseen of the open stations: those that will miss packs, those with some left, the worst of all."""

    short_stations: int
    missing_packs: float
    surplus_stations: int
    surplus_packs: float
    worst: Sequence[Balance]


@dataclass(frozen=True, slots=True)
class LogisticsNow:
    """The logistics at one moment; `today` began at `day_start`."""

    as_of: datetime
    day_start: datetime
    unfinished: UnfinishedJobs
    today: Mapping[JobState, JobTotals]
    offers: OfferCounts
    transporters: TransporterCounts
    newest: PlanProgress | None
    balances: Balances
    shops: Shops
    orders: Sequence[StockOrder]
    order_count: int


@dataclass(frozen=True, slots=True)
class LogisticsDependencies:
    """The services of the slices that the logistics are read from."""

    transports: TransportReader
    inventories: InventoryReader
    shops: ShopService
    requests: StorageRequestService
    orders: StockOrderService


class LogisticsService:
    """Shows what moves packs, and what waits to be moved."""

    def __init__(self, clock: Clock, dependencies: LogisticsDependencies) -> None:
        self._clock = clock
        self._dependencies = dependencies

    async def read(self, limit: int, time_zone: str) -> LogisticsNow:
        """Return the logistics as they are now, with at most so many stations, shops and orders.

        `time_zone` (IANA) is where today began at midnight; raises BadSpanError.
        """
        require_time_zone(time_zone)
        now, read = self._clock.now(), self._dependencies
        most = max(1, min(limit, MOST_LISTED))
        day_start = start_of_day(now, ZoneInfo(time_zone))
        unfinished, today, offers, transporters, newest = await asyncio.gather(
            read.transports.count_unfinished(now),
            read.transports.sum_ended(day_start),
            read.transports.count_offers(day_start),
            read.transports.count_transporters(),
            read.transports.find_progress(),
        )
        balances, shops, (orders, order_count) = await asyncio.gather(
            self._balances(most), self._shops(most), read.orders.list_waiting(most)
        )
        return LogisticsNow(
            as_of=now,
            day_start=day_start,
            unfinished=unfinished,
            today=today,
            offers=offers,
            transporters=transporters,
            newest=newest,
            balances=balances,
            shops=shops,
            orders=orders,
            order_count=order_count,
        )

    async def _balances(self, most: int) -> Balances:
        inventories, forecasts = await self._dependencies.inventories.forecast()
        found = [
            Balance(
                station_id=inventory.station_id,
                forecast_packs=forecasts[inventory.key].packs,
                source=forecasts[inventory.key].source,
                charged_packs=inventory.charged_packs,
                incoming_packs=inventory.incoming_packs,
                outgoing_packs=inventory.outgoing_packs,
            )
            for inventory in inventories
        ]
        short = [one.forecast_packs for one in found if one.forecast_packs < 0]
        over = [one.forecast_packs for one in found if one.forecast_packs > 0]
        return Balances(len(short), -sum(short), len(over), sum(over), worst_first(found)[:most])

    async def _shops(self, most: int) -> Shops:
        totals, fullest, requests = await asyncio.gather(
            self._dependencies.shops.sum_all(),
            self._dependencies.shops.list_fullest(most),
            self._dependencies.requests.count_open(),
        )
        return Shops(totals, fullest, requests)
