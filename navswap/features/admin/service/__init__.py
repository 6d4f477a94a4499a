"""Use cases of administration: see the network now, count what it did, read who changed what."""

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
from navswap.features.admin.service.statistics import (
    Grouping,
    NetworkStatistics,
    StationRow,
    SwapRow,
)
from navswap.features.admin.service.traffic import NetworkTraffic

__all__ = [
    "EventsNow",
    "Grouping",
    "JournalFilter",
    "JournalReader",
    "LiveService",
    "NetworkNow",
    "NetworkStatistics",
    "NetworkTraffic",
    "PacksNow",
    "QueuesNow",
    "Sources",
    "StaffNow",
    "StationRow",
    "StationsNow",
    "SwapRow",
    "SwapsNow",
    "TransportsNow",
]
