"""Which postings are possible, and what they make of the accounts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.credits.domain.accounts import SystemAccount, may_owe, part_id, user_account, user_of
from navswap.features.credits.domain.postings import (
    MAX_AMOUNT,
    Posted,
    Posting,
    adjustment_posting,
    bonus_posting,
    post,
    repeat,
)
from navswap.features.credits.domain.sums import AccountSum, Discrepancy, discrepancies
from navswap.features.credits.domain.values import Account
from navswap.features.credits.errors import InsufficientCreditsError, ReferenceConflictError
from navswap.kit.errors import InvalidInputError

RIDER = user_account("rider")
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def posted(posting: Posting, *accounts: Account) -> Posted:
    return post(posting, {account.id: account for account in accounts}, "E1", NOW)


def a_gift(amount: int = 30, debit: str = SystemAccount.REWARDS, credit: str = RIDER) -> Posting:
    return Posting("job:1", debit, credit, amount, "why")


@pytest.mark.parametrize(
    ("reference", "debit", "credit", "amount", "reason", "field"),
    [
        ("", SystemAccount.REWARDS, RIDER, 1, "why", "reference"),
        ("r" * 201, SystemAccount.REWARDS, RIDER, 1, "why", "reference"),
        ("r", SystemAccount.REWARDS, RIDER, 0, "why", "credits"),
        ("r", SystemAccount.REWARDS, RIDER, -1, "why", "credits"),
        ("r", SystemAccount.REWARDS, RIDER, MAX_AMOUNT + 1, "why", "credits"),
        ("r", RIDER, RIDER, 1, "why", "credit"),
        ("r", SystemAccount.REWARDS, RIDER, 1, "  ", "reason"),
        ("r", SystemAccount.REWARDS, RIDER, 1, "w" * 201, "reason"),
        ("r", "PRIVATE", RIDER, 1, "why", "debit"),
        ("r", SystemAccount.REWARDS, "user:", 1, "why", "credit"),
    ],
)
def test_an_impossible_posting_is_refused_in_a_sentence(
    reference: str, debit: str, credit: str, amount: int, reason: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Posting(reference, debit, credit, amount, reason)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("amount", [1, MAX_AMOUNT])
@pytest.mark.parametrize("credit", [RIDER, SystemAccount.STORAGE])
def test_a_possible_posting_moves_all_of_its_amount(credit: str, amount: int) -> None:
    taken, given = posted(Posting("r", SystemAccount.REWARDS, credit, amount, "why")).accounts
    assert (taken.after.balance, given.after.balance) == (-amount, amount)


def test_only_the_accounts_of_the_network_may_owe() -> None:
    assert all(may_owe(account) for account in SystemAccount)
    assert not may_owe(RIDER)


@given(st.text("aZ09-_:. /北é", min_size=1))
def test_no_user_has_the_account_of_another_or_of_the_network(user_id: str) -> None:
    account = user_account(user_id)
    assert user_of(account) == user_id
    assert not may_owe(account)


def test_every_account_that_differs_is_reported_whether_stored_or_not() -> None:
    stored = {"same": AccountSum(3, 1), "richer": AccountSum(9, 1), "nowhere": AccountSum(1, 1)}
    summed = {"same": AccountSum(3, 1), "richer": AccountSum(8, 1), "lost": AccountSum(-9, 2)}
    assert discrepancies(stored, summed) == (
        Discrepancy("lost", AccountSum(0, 0), AccountSum(-9, 2)),
        Discrepancy("nowhere", AccountSum(1, 1), AccountSum(0, 0)),
        Discrepancy("richer", AccountSum(9, 1), AccountSum(8, 1)),
    )


def test_a_posting_opens_accounts_and_gives_each_its_running_balance() -> None:
    done = posted(a_gift())
    taken, given = (transition.after for transition in done.accounts)
    assert (taken.balance, taken.revision, given) == (-30, 1, Account(RIDER, 30, 1))
    assert (done.entry.debit.account, done.entry.debit.balance) == (SystemAccount.REWARDS, -30)
    assert taken.id == part_id(SystemAccount.REWARDS, done.entry.debit.part)
    assert (done.entry.credit.account, done.entry.credit.balance, done.entry.credit.sequence) == (
        RIDER,
        30,
        1,
    )
    again = posted(a_gift(5), Account(RIDER, 30, 1))
    assert (again.entry.credit.balance, again.entry.credit.sequence) == (35, 2)


def test_each_user_of_a_posting_is_published_its_own_change() -> None:
    giver = user_account("giver")
    facts = posted(a_gift(debit=giver), Account(giver, 80, 3)).facts
    assert [(fact.user_id, fact.change, fact.balance, fact.revision) for fact in facts] == [
        ("giver", -30, 50, 4),
        ("rider", 30, 30, 1),
    ]
    assert facts[0].streams() == {"credits:giver": 4}
    assert posted(a_gift(credit=SystemAccount.STORAGE)).facts == ()


@pytest.mark.parametrize("accounts", [[], [Account("user:giver", 29, 1)]], ids=["no account", "too few"])
def test_a_user_never_owes(accounts: list[Account]) -> None:
    with pytest.raises(InsufficientCreditsError):
        posted(a_gift(debit=user_account("giver")), *accounts)


def test_a_user_may_spend_all() -> None:
    assert posted(a_gift(debit=user_account("giver")), Account("user:giver", 30, 1)).entry.debit.balance == 0


def test_a_cause_pays_once_whatever_amount_comes_later_and_for_the_same_accounts_only() -> None:
    first = posted(a_gift()).entry
    assert repeat(first, a_gift(999)) is first
    with pytest.raises(ReferenceConflictError):
        repeat(first, a_gift(credit=user_account("another")))


def test_a_bonus_is_paid_for_a_swap_and_an_adjustment_goes_either_way() -> None:
    bonus = bonus_posting("S1", "rider", 600)
    assert (bonus.reference, bonus.debit, bonus.credit) == ("swap-bonus:S1", SystemAccount.BONUSES, RIDER)
    given, taken = (adjustment_posting("E1", "rider", change, "Goodwill") for change in (7, -7))
    assert (given.debit, given.credit, given.amount) == (SystemAccount.ADJUSTMENTS, RIDER, 7)
    assert (taken.debit, taken.credit, taken.amount) == (RIDER, SystemAccount.ADJUSTMENTS, 7)
    with pytest.raises(InvalidInputError):
        adjustment_posting("E1", "rider", 0, "Nothing")
