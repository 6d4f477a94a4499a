"""Faults, tickets and when stations were last seen, in MongoDB."""

from navswap.features.faults.storage.faults import FaultDocument, FaultFilter, Faults
from navswap.features.faults.storage.links import StationLink
from navswap.features.faults.storage.tickets import TicketDocument, TicketFilter, Tickets, UnresolvedTickets

__all__ = [
    "FaultDocument",
    "FaultFilter",
    "Faults",
    "StationLink",
    "TicketDocument",
    "TicketFilter",
    "Tickets",
    "UnresolvedTickets",
]
