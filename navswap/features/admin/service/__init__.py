"""Use cases of administration: see the network now, count what it did, read who changed what."""

from navswap.features.admin.documents import FleetOrder
from navswap.features.admin.service.fleet import MOST_PACKS, FleetRequest, FleetService
from navswap.features.admin.service.journal import JournalFilter, JournalReader
from navswap.features.admin.service.live import (
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
from navswap.features.admin.service.logistics import (
    Balances,
    LogisticsNow,
    LogisticsService,
    LogisticsSources,
    Shops,
)
from navswap.features.admin.service.statistics import (
    Grouping,
    NetworkStatistics,
    StationRow,
    SwapRow,
)
from navswap.features.admin.service.status import Operations, StatusService, StatusSources
from navswap.features.admin.service.traffic import NetworkTraffic

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
