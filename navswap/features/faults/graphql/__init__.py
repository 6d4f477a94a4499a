"""Faults at the edge: their types, and their queries, mutations and subscriptions."""

from navswap.features.faults.graphql.feeds import FeedsSubscription
from navswap.features.faults.graphql.mutations import FaultsMutation, TicketsMutation
from navswap.features.faults.graphql.queries import FaultsQuery, StationFaults
from navswap.features.faults.graphql.subscriptions import FaultsSubscription
from navswap.features.faults.graphql.types import Fault, FaultAttempt, Ticket

__all__ = [
    "Fault",
    "FaultAttempt",
    "FaultsMutation",
    "FaultsQuery",
    "FaultsSubscription",
    "FeedsSubscription",
    "StationFaults",
    "Ticket",
    "TicketsMutation",
]
