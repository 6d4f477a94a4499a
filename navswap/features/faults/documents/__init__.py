"""Faults, tickets and the links to stations in MongoDB."""

from navswap.features.faults.documents.faults import AdvisedAction, Analysis, Attempt, Fault, FaultState
from navswap.features.faults.documents.links import StationLink
from navswap.features.faults.documents.tickets import Comment, Deed, Happening, Ticket, TicketState

__all__ = [
    "AdvisedAction",
    "Analysis",
    "Attempt",
    "Comment",
    "Deed",
    "Fault",
    "FaultState",
    "Happening",
    "StationLink",
    "Ticket",
    "TicketState",
]
