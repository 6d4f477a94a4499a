"""The ledger in MongoDB."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.credits.domain.accounts import part_id
from navswap.features.credits.domain.sums import AccountSum
from navswap.features.credits.domain.values import Account, LedgerEntry
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository, within
from navswap.kit.time_spans import ALWAYS, TimeSpan


class AccountDocument(Stored):
    """Where accounts are; the fields are those of `Account`."""

    class Settings:
        name = "credit_accounts"


class Accounts(Repository[Account]):
    """The sums of all accounts."""

    document = AccountDocument
    value = Account

    @classmethod
    async def sums(cls, session: Session) -> dict[str, AccountSum]:
        """Return every account as it is stored."""
        return {
            fields["_id"]: AccountSum(fields["balance"], fields["revision"])
            async for fields in cls.collection().find(session=session)
        }


class LedgerEntryDocument(Stored):
    """Where entries are; the fields are those of `LedgerEntry`."""

    class Settings:
        name = "credits"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("reference", ASCENDING)], name="pays_once", unique=True),
            IndexModel([("debit.account", ASCENDING), ("_id", DESCENDING)], name="debits"),
            IndexModel([("credit.account", ASCENDING), ("_id", DESCENDING)], name="credits"),
            IndexModel([("posted_at", ASCENDING)], name="posted"),
        ]


class LedgerEntries(Repository[LedgerEntry]):
    """All entries; the unique index on the reference lets a cause pay once."""

    document = LedgerEntryDocument
    value = LedgerEntry

    @classmethod
    async def find_by_reference(cls, reference: str, session: Session) -> LedgerEntry | None:
        """Return the entry of a reference as the transaction sees it."""
        return await cls.find_where({"reference": reference}, session)

    @classmethod
    async def list_page(
        cls, account: str | None, before: str | None, limit: int, posted: TimeSpan = ALWAYS
    ) -> Sequence[LedgerEntry]:
        """Return the entries of an account (None: of all), newest first, older than the one with id `before`."""
        sides = [{"debit.account": account}, {"credit.account": account}]
        condition: dict[str, Any] = {} if account is None else {"$or": sides}
        return await cls.list_newest(condition | within("posted_at", posted), before=before, limit=limit)

    @classmethod
    async def sums(cls, session: Session) -> dict[str, AccountSum]:
        """Return what the entries make of every account, counted by the database."""
        sides = [
            {"account": "$debit.account", "part": "$debit.part", "amount": {"$multiply": ["$amount", -1]}},
            {"account": "$credit.account", "part": "$credit.part", "amount": "$amount"},
        ]
        groups = await cls.collection().aggregate(
            [
                {"$project": {"sides": sides}},
                {"$unwind": "$sides"},
                {
                    "$group": {
                        "_id": {"account": "$sides.account", "part": "$sides.part"},
                        "balance": {"$sum": "$sides.amount"},
                        "postings": {"$sum": 1},
                    }
                },
            ],
            session=session,
        )
        return {
            part_id(**group["_id"]): AccountSum(group["balance"], group["postings"]) async for group in groups
        }
