"""Use cases of administration: see the network now, count what it did, read who changed what."""

from navswap.features.network.documents import FleetOrder
from navswap.features.network.service.fleet import MOST_PACKS, FleetRequest, FleetService
from navswap.features.network.service.journal import JournalFilter, JournalReader
from navswap.features.network.service.live import (
    EventsNow,
    LiveService,
    NetworkNow,
    PacksNow,
    QueuesNow,
    Sources,
    StaffNow,
    StationsNow,
    SwapsNow,
    TransportsNow,
)
from navswap.features.network.service.logistics import (
    Balances,
    LogisticsNow,
    LogisticsService,
    LogisticsSources,
    Shops,
)
from navswap.features.network.service.statistics import (
    Grouping,
    NetworkStatistics,
    StationRow,
    SwapRow,
)
from navswap.features.network.service.status import Operations, StatusService, StatusSources
from navswap.features.network.service.traffic import NetworkTraffic

__all__ = [
    "MOST_PACKS",
    "Balances",
    "EventsNow",
    "FleetOrder",
    "FleetRequest",
    "FleetService",
    "Grouping",
    "JournalFilter",
    "JournalReader",
    "LiveService",
    "LogisticsNow",
    "LogisticsService",
    "LogisticsSources",
    "NetworkNow",
    "NetworkStatistics",
    "NetworkTraffic",
    "Operations",
    "PacksNow",
    "QueuesNow",
    "Shops",
    "Sources",
    "StaffNow",
    "StationRow",
    "StationsNow",
    "StatusService",
    "StatusSources",
    "SwapRow",
    "SwapsNow",
    "TransportsNow",
]
