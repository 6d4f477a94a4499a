"""Logistics at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.logistics.graphql.custody import CustodyMutation
from navswap.features.logistics.graphql.jobs import JobOffer, TransportJob
from navswap.features.logistics.graphql.mutations import LogisticsMutation
from navswap.features.logistics.graphql.plans import RebalancingPlan
from navswap.features.logistics.graphql.queries import LogisticsQuery
from navswap.features.logistics.graphql.returns import ReturnMutation
from navswap.features.logistics.graphql.subscriptions import LogisticsSubscription
from navswap.features.logistics.graphql.transporters import Transporter

__all__ = [
    "CustodyMutation",
    "JobOffer",
    "LogisticsMutation",
    "LogisticsQuery",
    "LogisticsSubscription",
    "RebalancingPlan",
    "ReturnMutation",
    "TransportJob",
    "Transporter",
]
