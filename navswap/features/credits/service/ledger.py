"""The ledger: credits move from account to account, in the transaction of what causes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.events.stream import Loaded
from navswap.features.credits.domain.accounts import user_account
from navswap.features.credits.domain.postings import (
    Posting,
    adjustment_posting,
    bonus_posting,
    other_posting,
    post,
    repeat,
)
from navswap.features.credits.domain.sums import Discrepancy, discrepancies
from navswap.features.credits.domain.values import LedgerEntry
from navswap.features.credits.errors import CreditAccountNotFoundError
from navswap.features.credits.events import account_stream
from navswap.features.credits.storage import Accounts, LedgerEntries
from navswap.features.users.service import UserService
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.kit.time_spans import ALWAYS, TimeSpan


@dataclass(frozen=True, slots=True)
class Balance:
    """What a user has: `balance` credits made by `revision` postings."""

    user_id: str
    balance: int
    revision: int


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """How much of the ledger was checked, and where the accounts are not the sums of their entries."""

    accounts: int
    entries: int
    discrepancies: tuple[Discrepancy, ...]


class CreditService:
    """Keeps the ledger. An entry and its two accounts change in one transaction."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        idempotency: Idempotency,
        users: UserService,
        audit_log: AuditLog,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._idempotency = idempotency
        self._users = users
        self._audit_log = audit_log

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
        return await self._post(
            session, Posting(reference, from_account, to_account, amount, reason), self._ids.new()
        )

    async def pay_bonus(self, session: Session, swap_id: str, rider_id: str, amount: int) -> None:
        """Pay what a rider was promised for bringing an empty pack, once for each swap; 0 is nothing to pay."""
        if amount:
            await self._post(session, bonus_posting(swap_id, rider_id, amount), self._ids.new())

    async def adjust(self, user_id: str, change: int, reason: str, key: str, by: Principal) -> LedgerEntry:
        """Give a user credits, or take them (`change` below 0), and record who did.

        The same request with the same key again returns the first entry. Raises CreditAccountNotFoundError, InvalidInputError,
        InsufficientCreditsError, IdempotencyConflictError.
        """
        if await self._users.find(user_id) is None:
            raise CreditAccountNotFoundError("There is no such user, so there is no account to adjust.")
        posting = adjustment_posting(self._ids.new(), user_id, change, reason)
        content = {"user_id": user_id, "change": change, "reason": reason}

        async def work(session: Session) -> str:
            entry = await self._post(session, posting, self._ids.new())
            after = (entry.credit if change > 0 else entry.debit).balance
            await self._audit_log.record(
                session,
                entry.posted_at,
                by,
                "adjustCredits",
                ("User", user_id),
                before={"balance": after - change},
                after={"balance": after, "reason": reason, "entry_id": entry.id},
            )
            return entry.id

        request = KeyedRequest(by.user_id, "adjustCredits", key, content)
        entry_id = await self._idempotency.once(request, work)
        return (await LedgerEntries.find_by_ids([entry_id]))[entry_id]

    async def balance(self, user_id: str) -> Balance:
        """Return what a user has; nothing where nothing was ever paid."""
        account = await Accounts.find(user_account(user_id))
        return Balance(user_id, account.balance, account.revision) if account else Balance(user_id, 0, 0)

    async def list_entries(
        self, account: str | None, before: str | None, limit: int, posted: TimeSpan = ALWAYS
    ) -> Sequence[LedgerEntry]:
        """Return entries of an account (None: of all), newest first, older than the one with id `before`."""
        return await LedgerEntries.list_page(account, before, limit, posted)

    async def list_by_ids(self, ids: Sequence[str]) -> dict[str, LedgerEntry]:
        """Return entries by id; unknown ids are left out."""
        return await LedgerEntries.find_by_ids(ids)

    async def load_live(self, user_id: str) -> Loaded[Balance]:
        """Return what a user has, and its position in the stream of the account."""
        balance = await self.balance(user_id)
        return Loaded(balance, {account_stream(user_id): balance.revision})

    async def check(self) -> LedgerCheck:
        """Compare every account with the sum of its entries, both as of one time."""

        async def work(session: Session) -> LedgerCheck:
            stored, summed = await Accounts.sums(session), await LedgerEntries.sums(session)
            entries = sum(account.postings for account in summed.values()) // 2
            return LedgerCheck(len({*stored, *summed}), entries, discrepancies(stored, summed))

        return await self._mongo.in_transaction(work)

    async def _post(self, session: Session, posting: Posting, entry_id: str) -> LedgerEntry:
        first = await LedgerEntries.find_by_reference(posting.reference, session)
        if first is not None:
            return repeat(first, posting)
        accounts = await Accounts.find_by_ids(posting.account_ids, session)
        posted = post(posting, accounts, entry_id, self._clock.now())
        # The accounts come before the entry: a rival with the same reference conflicts on them and the transaction
        # runs again, whereas a repeated key would end it.
        await Accounts.apply_all(posted.accounts, session)
        try:
            await LedgerEntries.insert(posted.entry, session)
        except DuplicateKeyError as error:
            raise other_posting() from error
        await self._outbox.publish(session, posted.entry.posted_at, *posted.facts)
        return posted.entry
