"""Use cases of credits: pay, adjust, tell the balance and the entries, audit."""

from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.events.outbox import publish
from navswap.events.stream import Loaded
from navswap.features.credits.documents import CreditAccount, LedgerEntry, Side
from navswap.features.credits.errors import (
    CreditAccountNotFoundError,
    InsufficientCreditsError,
    ReferenceConflictError,
)
from navswap.features.credits.events import BalanceChanged, account_stream
from navswap.features.credits.rules import (
    CREDITS_PER_CURRENCY_UNIT,
    AccountSum,
    Discrepancy,
    SystemAccount,
    check_posting,
    discrepancies,
    may_owe,
    part_for,
    part_id,
    user_account,
    user_of,
)
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import new_id
from navswap.services import SliceServices

__all__ = [
    "CREDITS_PER_CURRENCY_UNIT",
    "AccountSum",
    "Balance",
    "CreditService",
    "CreditsServices",
    "Discrepancy",
    "LedgerAudit",
    "LedgerEntry",
    "Side",
    "SystemAccount",
    "user_account",
    "user_of",
]


@dataclass(frozen=True, slots=True)
class Balance:
    """What a user has: `balance` credits made by `revision` postings."""

    user_id: str
    balance: int
    revision: int


@dataclass(frozen=True, slots=True)
class LedgerAudit:
    """What an audit of the ledger looked at, and where the accounts are not the sums of their entries."""

    accounts: int
    entries: int
    discrepancies: tuple[Discrepancy, ...]


class CreditService:
    """Keeps the ledger. Balances change by atomic steps in the transaction that adds the entry."""

    def __init__(self, mongo: Mongo, clock: Clock, users: UserService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._users = users

    async def pay(
        self,
        session: Session,
        reference: str,
        from_account: str,
        to_account: str,
        amount: int,
        reason: str,
    ) -> LedgerEntry:
        """Move credits within the caller's transaction, once for each reference.

        `reference` names the cause (`job:<id>`). Paying it again returns the first entry and moves nothing, even if
        the amount has changed since; so do two transactions at once, of which the later one runs again. Accounts are
        `SystemAccount.…` or `user_account(user_id)`.

        Raises InvalidInputError, InsufficientCreditsError, and ReferenceConflictError where the reference stands for
        other accounts. A refusal leaves the transaction as it was.
        """
        check_posting(reference, from_account, to_account, amount, reason)
        if (first := await LedgerEntry.find_by_reference(reference, session)) is not None:
            return _same_posting(first, from_account, to_account)
        # The accounts come before the entry: a rival with the same reference conflicts on them and the transaction
        # runs again, whereas a repeated key would end it.
        entry = LedgerEntry(
            id=new_id(),
            reference=reference,
            debit=await self._take(from_account, reference, amount, session),
            credit=await self._give(to_account, reference, amount, session),
            amount=amount,
            reason=reason,
            posted_at=self._clock.now(),
        )
        await self._add(entry, session)
        return entry

    async def adjust(
        self, user_id: str, change: int, reason: str, reference: str, by: Principal
    ) -> LedgerEntry:
        """Give a user credits, or take them (`change` below 0), and write down who did.

        The same reference again returns the first entry. Raises CreditAccountNotFoundError, InvalidInputError, InsufficientCreditsError, ReferenceConflictError.
        """
        if await self._users.find(user_id) is None:
            raise CreditAccountNotFoundError("There is no such user, so there is no account to adjust.")
        accounts = (str(SystemAccount.ADJUSTMENTS), user_account(user_id))
        giver, taker = accounts if change >= 0 else accounts[::-1]

        async def work(session: Session) -> LedgerEntry:
            first = await LedgerEntry.find_by_reference(reference, session)
            entry = await self.pay(session, reference, giver, taker, abs(change), reason)
            if first is None:
                after = (entry.credit if change > 0 else entry.debit).balance
                await note(
                    session,
                    entry.posted_at,
                    by,
                    "adjustCredits",
                    ("User", user_id),
                    before={"balance": after - change},
                    after={"balance": after, "reason": reason, "entry_id": entry.id},
                )
            return entry

        entry = await self._mongo.in_transaction(work)
        if entry.amount != abs(change):
            raise _other_posting()
        return entry

    async def balance(self, user_id: str) -> Balance:
        """Return what a user has; nothing where nothing was ever paid."""
        account = await CreditAccount.get(user_account(user_id))
        return Balance(user_id, account.balance, account.revision) if account else Balance(user_id, 0, 0)

    async def list_entries(self, account: str | None, before: str | None, limit: int) -> list[LedgerEntry]:
        """Return entries of an account (None: of all), newest first, older than the one with id `before`."""
        return await LedgerEntry.list_page(account, before, limit)

    async def list_by_ids(self, ids: list[str]) -> dict[str, LedgerEntry]:
        """Return entries by id; unknown ids are left out."""
        return {entry.id: entry async for entry in LedgerEntry.find({"_id": {"$in": ids}})}

    async def load_live(self, user_id: str) -> Loaded[Balance]:
        """Return what a user has, and its place in the stream of the account."""
        balance = await self.balance(user_id)
        return Loaded(balance, {account_stream(user_id): balance.revision})

    async def audit(self) -> LedgerAudit:
        """Compare every account with the sum of its entries, both as of one moment."""

        async def work(session: Session) -> LedgerAudit:
            stored, summed = await CreditAccount.sums(session), await LedgerEntry.sums(session)
            entries = sum(account.postings for account in summed.values()) // 2
            return LedgerAudit(len({*stored, *summed}), entries, discrepancies(stored, summed))

        return await self._mongo.in_transaction(work)

    async def _take(self, account: str, reference: str, amount: int, session: Session) -> Side:
        part = part_for(account, reference)
        taken = await CreditAccount.withdraw(
            part_id(account, part), amount, session, may_owe=may_owe(account)
        )
        if taken is None:
            raise InsufficientCreditsError(
                f"The account has fewer than the {amount} credits that were to be taken; take less."
            )
        return Side(account=account, part=part, balance=taken.balance, sequence=taken.revision)

    async def _give(self, account: str, reference: str, amount: int, session: Session) -> Side:
        part = part_for(account, reference)
        given = await CreditAccount.deposit(part_id(account, part), amount, session)
        return Side(account=account, part=part, balance=given.balance, sequence=given.revision)

    async def _add(self, entry: LedgerEntry, session: Session) -> None:
        try:
            await entry.insert(session=session)
        except DuplicateKeyError as error:
            raise _other_posting() from error
        if changes := BalanceChanged.both(entry):
            await publish(session, entry.posted_at, *changes)


def _same_posting(first: LedgerEntry, from_account: str, to_account: str) -> LedgerEntry:
    if (first.debit.account, first.credit.account) != (from_account, to_account):
        raise _other_posting()
    return first


def _other_posting() -> ReferenceConflictError:
    return ReferenceConflictError(
        "This reference stands for another posting; use a new one for a new posting."
    )


@dataclass(frozen=True, slots=True)
class CreditsServices(SliceServices):
    """What the slice credits offers."""

    credits: CreditService
