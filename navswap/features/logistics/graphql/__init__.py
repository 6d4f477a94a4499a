"""Logistics at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.logistics.graphql.mutations import LogisticsMutation
from navswap.features.logistics.graphql.queries import LogisticsQuery
from navswap.features.logistics.graphql.recovery import RecoveryMutation
from navswap.features.logistics.graphql.refusals import BadReason, checked_reason
from navswap.features.logistics.graphql.storage import StorageCollectionMutation
from navswap.features.logistics.graphql.subscriptions import LogisticsSubscription
from navswap.features.logistics.graphql.types import RebalancingPlan, Transporter, TransportJob

__all__ = [
    "BadReason",
    "LogisticsMutation",
    "LogisticsQuery",
    "LogisticsSubscription",
    "RebalancingPlan",
    "RecoveryMutation",
    "StorageCollectionMutation",
    "TransportJob",
    "Transporter",
    "checked_reason",
]
