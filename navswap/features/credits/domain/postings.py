"""Postings: credits go from one account to another, and each account has its running balance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from navswap.features.credits.domain.accounts import (
    SYSTEM_ACCOUNTS,
    SystemAccount,
    may_owe,
    part_for,
    part_id,
    user_account,
    user_of,
)
from navswap.features.credits.domain.values import Account, LedgerEntry, Side
from navswap.features.credits.errors import InsufficientCreditsError, ReferenceConflictError
from navswap.features.credits.events import BalanceChanged
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition

MAX_AMOUNT = 10_000_000
"""Most credits of one posting: 100,000 currency units, far above any reward."""
MAX_REASON_CHARACTERS = 200
MAX_REFERENCE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Posting:
    """What is to be paid: `amount` credits, 1 to MAX_AMOUNT, once for each `reference`, which names the cause.

    Raises InvalidInputError for a posting that is impossible.
    """

    reference: str
    debit: str
    credit: str
    amount: int
    reason: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.reference) <= MAX_REFERENCE_CHARACTERS:
            raise InvalidInputError(
                "reference", f"A reference has 1 to {MAX_REFERENCE_CHARACTERS} characters."
            )
        if not 1 <= len(self.reason.strip()) <= MAX_REASON_CHARACTERS:
            raise InvalidInputError("reason", f"A reason has 1 to {MAX_REASON_CHARACTERS} characters.")
        if not 1 <= self.amount <= MAX_AMOUNT:
            raise InvalidInputError(
                "credits", f"{self.amount} is no amount to move; give 1 to {MAX_AMOUNT} whole credits."
            )
        if self.debit == self.credit:
            raise InvalidInputError("credit", "Credits move from one account to another one.")
        for name, account in (("debit", self.debit), ("credit", self.credit)):
            if account not in SYSTEM_ACCOUNTS and not user_of(account):
                raise InvalidInputError(name, f"There is no account {account!r}.")

    @property
    def account_ids(self) -> tuple[str, str]:
        """Return the ids under which the accounts are kept: the one that gives, then the one that takes."""
        return _kept_as(self.debit, self.reference), _kept_as(self.credit, self.reference)


@dataclass(frozen=True, slots=True)
class Posted:
    """A new entry, what it makes of its two accounts, and the facts for the users among them."""

    entry: LedgerEntry
    accounts: tuple[Transition[Account], Transition[Account]]
    facts: tuple[BalanceChanged, ...]


def post(posting: Posting, accounts: Mapping[str, Account], entry_id: str, now: datetime) -> Posted:
    """Move credits between two accounts, by id; one that is not there is opened.

    Raises InsufficientCreditsError where a user has fewer than are to be taken.
    """
    debit_id, credit_id = posting.account_ids
    taken = _add(accounts.get(debit_id), debit_id, -posting.amount)
    if taken.after.balance < 0 and not may_owe(posting.debit):
        raise InsufficientCreditsError(
            f"The account has fewer than the {posting.amount} credits that were to be taken; take less."
        )
    given = _add(accounts.get(credit_id), credit_id, posting.amount)
    entry = LedgerEntry(
        id=entry_id,
        reference=posting.reference,
        debit=_side(posting.debit, posting.reference, taken.after),
        credit=_side(posting.credit, posting.reference, given.after),
        amount=posting.amount,
        reason=posting.reason,
        posted_at=now,
    )
    return Posted(entry, (taken, given), _facts(entry))


def repeat(first: LedgerEntry, posting: Posting) -> LedgerEntry:
    """Return the first entry of a reference that is paid again, whatever the amount is now.

    Raises ReferenceConflictError where the reference stands for other accounts.
    """
    if (first.debit.account, first.credit.account) != (posting.debit, posting.credit):
        raise other_posting()
    return first


def other_posting() -> ReferenceConflictError:
    """Return the refusal of a reference that another posting has."""
    return ReferenceConflictError(
        "This reference stands for another posting; use a new one for a new posting."
    )


def bonus_posting(swap_id: str, rider_id: str, amount: int) -> Posting:
    """Return what a rider is paid for bringing an empty pack where it was needed, once for each swap."""
    return Posting(
        f"swap-bonus:{swap_id}",
        SystemAccount.BONUSES,
        user_account(rider_id),
        amount,
        "An empty pack brought where it was needed",
    )


def adjustment_posting(entry_id: str, user_id: str, change: int, reason: str) -> Posting:
    """Return what gives a user credits, or takes them where `change` is below 0; raises InvalidInputError."""
    own, users = SystemAccount.ADJUSTMENTS, user_account(user_id)
    debit, credit = (own, users) if change >= 0 else (users, own)
    return Posting(f"adjustment:{entry_id}", debit, credit, abs(change), reason)


def _kept_as(account: str, reference: str) -> str:
    return part_id(account, part_for(account, reference))


def _add(account: Account | None, account_id: str, change: int) -> Transition[Account]:
    known = account or Account(account_id)
    return Transition(account, replace(known, balance=known.balance + change, revision=known.revision + 1))


def _side(account: str, reference: str, after: Account) -> Side:
    return Side(account, part_for(account, reference), after.balance, after.revision)


def _facts(entry: LedgerEntry) -> tuple[BalanceChanged, ...]:
    """Return a fact for each user whose account an entry touches; no one follows the network's own accounts."""
    sides = ((entry.debit, -entry.amount), (entry.credit, entry.amount))
    return tuple(
        BalanceChanged(user_id, side.balance, change, side.sequence, entry)
        for side, change in sides
        if (user_id := user_of(side.account)) is not None
    )
