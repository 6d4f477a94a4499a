"""Faults and tickets, in MongoDB."""

from navswap.features.faults.storage.faults import FaultDocument, FaultFilter, Faults
from navswap.features.faults.storage.tickets import TicketDocument, TicketFilter, Tickets, UnresolvedTickets

__all__ = [
    "FaultDocument",
    "FaultFilter",
    "Faults",
    "TicketDocument",
    "TicketFilter",
    "Tickets",
    "UnresolvedTickets",
]
