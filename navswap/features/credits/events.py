"""What the credits slice publishes."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.features.credits.domain.values import LedgerEntry
from navswap.kit.facts import Fact


def account_stream(user_id: str) -> str:
    """Return the live stream of a user's account."""
    return f"credits:{user_id}"


@dataclass(frozen=True, slots=True)
class BalanceChanged(Fact):
    """A user's credits became more or fewer; the payload has the whole entry that did it."""

    type: ClassVar[str] = "credits.balance.changed"

    user_id: str
    balance: int
    change: int
    revision: int
    entry: LedgerEntry

    def key(self) -> str:
        """Order by account."""
        return self.user_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the account."""
        return {account_stream(self.user_id): self.revision}
