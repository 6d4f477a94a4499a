"""Administration at the edge: the network now, statistics over time, orders about packs, the audit log."""

from navswap.features.network.graphql.audit_log import AuditEntry, AuditLogQuery
from navswap.features.network.graphql.fleet import FleetMutation
from navswap.features.network.graphql.history import HistoryQuery
from navswap.features.network.graphql.live import LiveQuery, LiveSubscription
from navswap.features.network.graphql.logistics import LogisticsOverviewQuery
from navswap.features.network.graphql.statistics import StatisticsQuery
from navswap.features.network.graphql.status import StationStatusNow
from navswap.features.network.graphql.traffic import AdminTrafficQuery

__all__ = [
    "AdminTrafficQuery",
    "AuditEntry",
    "AuditLogQuery",
    "FleetMutation",
    "HistoryQuery",
    "LiveQuery",
    "LiveSubscription",
    "LogisticsOverviewQuery",
    "StationStatusNow",
    "StatisticsQuery",
]
