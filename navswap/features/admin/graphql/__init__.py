"""Administration at the edge: the network now, statistics over time, the audit log."""

from navswap.features.admin.graphql.journal import AuditEntry, JournalQuery
from navswap.features.admin.graphql.live import LiveQuery, LiveSubscription
from navswap.features.admin.graphql.statistics import StatisticsQuery
from navswap.features.admin.graphql.traffic import AdminTrafficQuery

__all__ = [
    "AdminTrafficQuery",
    "AuditEntry",
    "JournalQuery",
    "LiveQuery",
    "LiveSubscription",
    "StatisticsQuery",
]
