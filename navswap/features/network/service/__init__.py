"""Use cases of administration: see the network now, count what it did, read who changed what."""

from dataclasses import dataclass

from navswap.features.network.documents import FleetOrder
from navswap.features.network.service.audit_log import AuditLogFilter, AuditLogReader
from navswap.features.network.service.fleet import MOST_PACKS, FleetRequest, FleetService
from navswap.features.network.service.live import (
    EventsNow,
    LiveDependencies,
    LiveService,
    NetworkNow,
    PacksNow,
    QueuesNow,
    StaffNow,
    StationsNow,
    SwapsNow,
    TransportsNow,
)
from navswap.features.network.service.logistics import (
    Balances,
    LogisticsDependencies,
    LogisticsNow,
    LogisticsService,
    Shops,
)
from navswap.features.network.service.statistics import Grouping, NetworkStatistics, StationRow, SwapRow
from navswap.features.network.service.status import Operations, StatusDependencies, StatusService
from navswap.features.network.service.traffic import NetworkTraffic
from navswap.services import SliceServices

__all__ = [
    "MOST_PACKS",
    "AuditLogFilter",
    "AuditLogReader",
    "Balances",
    "EventsNow",
    "FleetOrder",
    "FleetRequest",
    "FleetService",
    "Grouping",
    "LiveDependencies",
    "LiveService",
    "LogisticsDependencies",
    "LogisticsNow",
    "LogisticsService",
    "NetworkNow",
    "NetworkServices",
    "NetworkStatistics",
    "NetworkTraffic",
    "Operations",
    "PacksNow",
    "QueuesNow",
    "Shops",
    "StaffNow",
    "StationRow",
    "StationsNow",
    "StatusDependencies",
    "StatusService",
    "SwapRow",
    "SwapsNow",
    "TransportsNow",
]


@dataclass(frozen=True, slots=True)
class NetworkServices(SliceServices):
    """What the slice network offers."""

    live: LiveService
    statistics: NetworkStatistics
    fleet: FleetService
    logistics: LogisticsService
    status: StatusService
    traffic: NetworkTraffic
    audit_log: AuditLogReader
