"""The logistics of the network now, and of today, in a fixed number of queries."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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
from navswap.features.network.domain.balances import Balance, Balances, sum_up
from navswap.features.network.domain.statistics import start_of_day, time_zone
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
class LogisticsNow:
    """The logistics at one time; `today` began at `day_started_at`."""

    as_of: datetime
    day_started_at: datetime
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

    async def read(self, limit: int, zone: str) -> LogisticsNow:
        """Return the logistics as they are now, with at most `limit` stations, shops and orders each.

        `zone` (IANA) is where today began at midnight; raises InvalidInputError.
        """
        now, read = self._clock.now(), self._dependencies
        day_started_at = start_of_day(now, time_zone(zone, "time_zone"))
        unfinished, today, offers, transporters, newest = await asyncio.gather(
            read.transports.count_unfinished(now),
            read.transports.sum_ended(day_started_at),
            read.transports.count_offers(day_started_at),
            read.transports.count_transporters(),
            read.transports.find_progress(),
        )
        balances, shops, (orders, order_count) = await asyncio.gather(
            self._balances(limit), self._shops(limit), read.orders.list_waiting(limit)
        )
        return LogisticsNow(
            as_of=now,
            day_started_at=day_started_at,
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
                pack_model_id=inventory.pack_model_id,
                forecast_packs=forecasts[inventory.key].packs,
                source=forecasts[inventory.key].source,
                charged_packs=inventory.charged_packs,
                incoming_packs=inventory.incoming_packs,
                outgoing_packs=inventory.outgoing_packs,
            )
            for inventory in inventories
        ]
        return sum_up(found, most)

    async def _shops(self, most: int) -> Shops:
        totals, fullest, requests = await asyncio.gather(
            self._dependencies.shops.sum_all(),
            self._dependencies.shops.list_fullest(most),
            self._dependencies.requests.count_open(),
        )
        return Shops(totals, fullest, requests)
