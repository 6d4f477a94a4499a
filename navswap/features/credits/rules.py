"""Pure decisions of the ledger: which postings are possible, and who may owe."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

from navswap.kit.errors import InvalidInputError

CREDITS_PER_CURRENCY_UNIT = 100
"""One credit is a hundredth of the network's currency unit."""

PARTS = 16
"""Parts of an account of the network: payments at once seldom meet in one, so they seldom wait for each other."""

MAX_AMOUNT = 10_000_000
"""Most credits of one posting: 100,000 currency units, far above any reward."""

MAX_REASON_CHARACTERS = 200
MAX_REFERENCE_CHARACTERS = 200

_USER = "user:"


class SystemAccount(StrEnum):
    """The network's own accounts; each is below zero by what was paid out of it."""

    REWARDS = "REWARDS"
    BONUSES = "BONUSES"
    COMPENSATION = "COMPENSATION"
    STORAGE = "STORAGE"
    ADJUSTMENTS = "ADJUSTMENTS"


SYSTEM_ACCOUNTS = frozenset(str(account) for account in SystemAccount)


def user_account(user_id: str) -> str:
    """Return the account of a user."""
    return _USER + user_id


def user_of(account: str) -> str | None:
    """Return whose account it is; None for one of the network's own."""
    return account.removeprefix(_USER) if account.startswith(_USER) else None


def part_for(account: str, reference: str) -> int:
    """Return which part of an account a posting goes to, always the same one; a user's account has one part."""
    return crc32(reference.encode()) % PARTS if account in SYSTEM_ACCOUNTS else 0


def part_id(account: str, part: int) -> str:
    """Return the name under which a part of an account is kept."""
    return f"{account}#{part}" if account in SYSTEM_ACCOUNTS else account


def may_owe(account: str) -> bool:
    """Tell whether an account may go below zero: only the network's own may."""
    return account in SYSTEM_ACCOUNTS


def check_posting(reference: str, debit: str, credit: str, amount: int, reason: str) -> None:
    """Raise InvalidInputError, for a posting that is impossible."""
    if not 1 <= len(reference) <= MAX_REFERENCE_CHARACTERS:
        raise InvalidInputError("reference", f"A reference has 1 to {MAX_REFERENCE_CHARACTERS} characters.")
    if not 1 <= len(reason.strip()) <= MAX_REASON_CHARACTERS:
        raise InvalidInputError("reason", f"A reason has 1 to {MAX_REASON_CHARACTERS} characters.")
    if not 1 <= amount <= MAX_AMOUNT:
        raise InvalidInputError(
            "credits", f"{amount} is no amount to move; give 1 to {MAX_AMOUNT} whole credits."
        )
    if debit == credit:
        raise InvalidInputError("credit", "Credits move from one account to another one.")
    for name, account in (("debit", debit), ("credit", credit)):
        if account not in SYSTEM_ACCOUNTS and not user_of(account):
            raise InvalidInputError(name, f"There is no account {account!r}.")


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
    pairs = ((one, stored.get(one, nothing), summed.get(one, nothing)) for one in sorted({*stored, *summed}))
    return tuple(Discrepancy(account, kept, counted) for account, kept, counted in pairs if kept != counted)
