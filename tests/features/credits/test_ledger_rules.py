import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.credits.rules import (
    MAX_AMOUNT,
    AccountSum,
    Discrepancy,
    SystemAccount,
    check_posting,
    discrepancies,
    may_owe,
    user_account,
    user_of,
)
from navswap.kit.errors import InvalidInputError

RIDER = user_account("rider")


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
        check_posting(reference, debit, credit, amount, reason)
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("amount", [1, MAX_AMOUNT])
@pytest.mark.parametrize("credit", [RIDER, SystemAccount.STORAGE])
def test_a_possible_posting_is_not_refused(credit: str, amount: int) -> None:
    check_posting("r", SystemAccount.REWARDS, credit, amount, "why")


def test_only_the_accounts_of_the_network_may_owe() -> None:
    assert all(may_owe(account) for account in SystemAccount)
    assert not may_owe(RIDER)


@given(st.text(min_size=1))
def test_no_user_has_the_account_of_another_or_of_the_network(user_id: str) -> None:
    account = user_account(user_id)
    assert user_of(account) == user_id
    assert not may_owe(account)


def test_every_account_that_differs_is_told_whether_stored_or_not() -> None:
    stored = {"same": AccountSum(3, 1), "richer": AccountSum(9, 1), "nowhere": AccountSum(1, 1)}
    summed = {"same": AccountSum(3, 1), "richer": AccountSum(8, 1), "lost": AccountSum(-9, 2)}
    assert discrepancies(stored, summed) == (
        Discrepancy("lost", AccountSum(0, 0), AccountSum(-9, 2)),
        Discrepancy("nowhere", AccountSum(1, 1), AccountSum(0, 0)),
        Discrepancy("richer", AccountSum(9, 1), AccountSum(8, 1)),
    )
