"""Mutations of the faults slice, by what they are about."""

from navswap.features.faults.graphql.mutations.reports import (
    FaultsMutation,
)
from navswap.features.faults.graphql.mutations.tickets import (
    TicketsMutation,
)

__all__ = [
    "FaultsMutation",
    "TicketsMutation",
]
