"""The ledger: entries that are only ever added, and accounts that are their sums."""

from dataclasses import dataclass
from datetime import datetime

from navswap.kit.units import Count, Positive


@dataclass(frozen=True, slots=True)
class Account:
    """The sum of an account, or of one part of an account of the network; its id names the part.

    `revision` counts its postings; for a user it is the sequence of the live stream.
    """

    id: str
    balance: int = 0
    revision: Count = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an entry: the account, and what its part had once the entry was posted."""

    account: str
    part: Count
    """Part of an account of the network; a user's has only part 0."""
    balance: int
    """Credits of that part after this entry."""
    sequence: Positive
    """Number of this entry among those of that part."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A posting: `amount` credits went from the debit side to the credit side. It never changes."""

    id: str
    reference: str
    """What caused it; a cause pays once."""
    debit: Side
    credit: Side
    amount: Positive
    reason: str
    posted_at: datetime
    revision: Positive = 1
