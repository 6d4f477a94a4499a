"""Queue entries and swaps in MongoDB, and what is counted of them."""

from navswap.features.swapping.storage.entries import QueueEntries, QueueEntryDocument
from navswap.features.swapping.storage.swaps import SwapDocument, SwapFilter, Swaps

__all__ = ["QueueEntries", "QueueEntryDocument", "SwapDocument", "SwapFilter", "Swaps"]
