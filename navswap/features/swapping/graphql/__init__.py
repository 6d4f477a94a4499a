"""Swapping at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.swapping.graphql.bonuses import BonusQuery
from navswap.features.swapping.graphql.mutations import (
    IdempotencyConflict,
    SwappingMutation,
)
from navswap.features.swapping.graphql.queries import SwappingQuery
from navswap.features.swapping.graphql.subscriptions import SwappingSubscription
from navswap.features.swapping.graphql.types import QueueEntry, Swap

__all__ = [
    "BonusQuery",
    "IdempotencyConflict",
    "QueueEntry",
    "Swap",
    "SwappingMutation",
    "SwappingQuery",
    "SwappingSubscription",
]
