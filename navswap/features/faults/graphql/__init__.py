"""Faults at the edge: their types, and their queries, mutations and subscriptions."""

from navswap.features.faults.graphql.mutations import FaultsMutation, TicketsMutation
from navswap.features.faults.graphql.queries import FaultsQuery
from navswap.features.faults.graphql.subscriptions import FaultsSubscription
from navswap.features.faults.graphql.types import Fault, Ticket

__all__ = ["Fault", "FaultsMutation", "FaultsQuery", "FaultsSubscription", "Ticket", "TicketsMutation"]
