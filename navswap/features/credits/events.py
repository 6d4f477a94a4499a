"""What the credits slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.credits.documents import LedgerEntry, Side
from navswap.features.credits.rules import user_of


def account_stream(user_id: str) -> str:
    """Return the live stream of a user's account."""
    return f"credits:{user_id}"


class BalanceChanged(DomainEvent):
    """A user's credits became more or fewer; the payload is the whole entry that did it."""

    type: ClassVar[str] = "credits.balance.changed"

    user_id: str
    balance: int
    change: int
    revision: int
    entry_id: str
    reference: str
    debit: Side
    credit: Side
    amount: int
    reason: str
    posted_at: datetime

    @classmethod
    def both(cls, entry: LedgerEntry) -> list[Self]:
        """Tell an entry to each user whose account it touches; the network's own accounts have no listener."""
        sides = ((entry.debit, -entry.amount), (entry.credit, entry.amount))
        return [
            cls(
                user_id=user_id,
                balance=side.balance,
                change=change,
                revision=side.sequence,
                entry_id=entry.id,
                **{name: getattr(entry, name) for name in cls.model_fields if name in _OF_ENTRY},
            )
            for side, change in sides
            if (user_id := user_of(side.account)) is not None
        ]

    def key(self) -> str:
        """Order by account."""
        return self.user_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the account."""
        return {account_stream(self.user_id): self.revision}


_OF_ENTRY = LedgerEntry.model_fields.keys() - {"id"}
