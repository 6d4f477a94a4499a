"""Use cases of the network overview: the network now, what it did, orders about packs, the audit log."""

from dataclasses import dataclass

from navswap.events.audit_log import AuditLogFilter
from navswap.features.network.domain.alerts import MOST_ALERTS, Alert, AlertKind, EventBacklog
from navswap.features.network.domain.balances import Balance, Balances
from navswap.features.network.domain.fleet import (
    MOST_PACKS,
    FleetAction,
    FleetOrder,
    FleetRequest,
    PackSelection,
)
from navswap.features.network.domain.history import STEP, MomentTotals, StationMoment
from navswap.features.network.domain.parameters import AlertParameters
from navswap.features.network.domain.stations import Queue, Queues, StationCounts
from navswap.features.network.domain.statistics import Grouping
from navswap.features.network.domain.zones import ZoneTraffic
from navswap.features.network.service.audit_log import AuditLogReader
from navswap.features.network.service.fleet import FleetService, FleetSteps
from navswap.features.network.service.history import HistoryService, PastNetwork
from navswap.features.network.service.live import (
    LiveDependencies,
    LiveMessage,
    LiveService,
    NetworkNow,
    PacksNow,
    StaffNow,
    SwapsNow,
)
from navswap.features.network.service.logistics import (
    LogisticsDependencies,
    LogisticsNow,
    LogisticsService,
    Shops,
)
from navswap.features.network.service.statistics import NetworkStatistics, StationRow, SwapRow
from navswap.features.network.service.status import Operations, StatusDependencies, StatusService
from navswap.features.network.service.traffic import NetworkTraffic, TrafficOverview, VehiclesNow
from navswap.services import SliceServices

__all__ = [
    "MOST_ALERTS",
    "MOST_PACKS",
    "STEP",
    "Alert",
    "AlertKind",
    "AlertParameters",
    "AuditLogFilter",
    "AuditLogReader",
    "Balance",
    "Balances",
    "EventBacklog",
    "FleetAction",
    "FleetOrder",
    "FleetRequest",
    "FleetService",
    "FleetSteps",
    "Grouping",
    "HistoryService",
    "LiveDependencies",
    "LiveMessage",
    "LiveService",
    "LogisticsDependencies",
    "LogisticsNow",
    "LogisticsService",
    "MomentTotals",
    "NetworkNow",
    "NetworkServices",
    "NetworkStatistics",
    "NetworkTraffic",
    "Operations",
    "PackSelection",
    "PacksNow",
    "PastNetwork",
    "Queue",
    "Queues",
    "Shops",
    "StaffNow",
    "StationCounts",
    "StationMoment",
    "StationRow",
    "StatusDependencies",
    "StatusService",
    "SwapRow",
    "SwapsNow",
    "TrafficOverview",
    "VehiclesNow",
    "ZoneTraffic",
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
    history: HistoryService
