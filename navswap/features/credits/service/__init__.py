"""Use cases of credits: pay, adjust, return balances and entries, check the sums."""

from dataclasses import dataclass

from navswap.features.credits.domain.accounts import (
    CREDITS_PER_CURRENCY_UNIT,
    SystemAccount,
    user_account,
    user_of,
)
from navswap.features.credits.domain.sums import AccountSum, Discrepancy
from navswap.features.credits.domain.values import LedgerEntry, Side
from navswap.features.credits.service.ledger import Balance, CreditService, LedgerCheck
from navswap.services import SliceServices

__all__ = [
    "CREDITS_PER_CURRENCY_UNIT",
    "AccountSum",
    "Balance",
    "CreditService",
    "CreditsServices",
    "Discrepancy",
    "LedgerCheck",
    "LedgerEntry",
    "Side",
    "SystemAccount",
    "user_account",
    "user_of",
]


@dataclass(frozen=True, slots=True)
class CreditsServices(SliceServices):
    """What the slice credits offers."""

    credits: CreditService
