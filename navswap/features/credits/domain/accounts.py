"""Accounts: whose they are, who may owe, and in which part of one a posting goes."""

from enum import StrEnum
from zlib import crc32

CREDITS_PER_CURRENCY_UNIT = 100
"""One credit is a hundredth of the network's currency unit."""

PARTS = 16
"""Parts of an account of the network: payments at once seldom meet in one, so they seldom wait for each other."""

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
    """Return whether an account may go below zero: only the network's own may."""
    return account in SYSTEM_ACCOUNTS
