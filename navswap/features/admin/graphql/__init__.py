"""Administration at the edge: the network now, statistics over time, orders about packs, the audit log."""

from navswap.features.admin.graphql.fleet import FleetMutation
from navswap.features.admin.graphql.journal import AuditEntry, JournalQuery
from navswap.features.admin.graphql.live import LiveQuery, LiveSubscription
from navswap.features.admin.graphql.logistics import LogisticsOverviewQuery
from navswap.features.admin.graphql.statistics import StatisticsQuery
from navswap.features.admin.graphql.status import StationStatusNow
from navswap.features.admin.graphql.traffic import AdminTrafficQuery

__all__ = [
    "AdminTrafficQuery",
    "AuditEntry",
    "FleetMutation",
    "JournalQuery",
    "LiveQuery",
    "LiveSubscription",
    "LogisticsOverviewQuery",
    "StationStatusNow",
    "StatisticsQuery",
]
