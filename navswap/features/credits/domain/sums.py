"""Whether the accounts are the sums of their entries."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountSum:
    """The credits of an account and how many postings made them."""

    balance: int
    postings: int


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """An account whose stored sum is not that of its entries."""

    account: str
    stored: AccountSum
    summed: AccountSum


def discrepancies(
    stored: Mapping[str, AccountSum], summed: Mapping[str, AccountSum]
) -> tuple[Discrepancy, ...]:
    """Return the accounts whose stored balance or number of postings is not what the entries say, by account."""
    nothing = AccountSum(0, 0)
    pairs = (
        (account, stored.get(account, nothing), summed.get(account, nothing))
        for account in sorted({*stored, *summed})
    )
    return tuple(Discrepancy(account, kept, counted) for account, kept, counted in pairs if kept != counted)
