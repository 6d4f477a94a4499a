"""Swapping at the edge: its types, its queries, mutations and subscriptions, and what it joins to stations."""

from navswap.features.swapping.graphql.mutations import SwappingMutation
from navswap.features.swapping.graphql.queries import SwappingQuery
from navswap.features.swapping.graphql.reports import PackReportMutation
from navswap.features.swapping.graphql.station_fields import StationSwapping
from navswap.features.swapping.graphql.subscriptions import SwappingSubscription
from navswap.features.swapping.graphql.types import QueueEntry, Swap
from navswap.features.swapping.graphql.vehicles import VehicleMutation

__all__ = [
    "PackReportMutation",
    "QueueEntry",
    "StationSwapping",
    "Swap",
    "SwappingMutation",
    "SwappingQuery",
    "SwappingSubscription",
    "VehicleMutation",
]
