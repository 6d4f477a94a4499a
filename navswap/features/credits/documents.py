"""The ledger in MongoDB: entries that are only ever added, and accounts that are their sums."""

from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.features.credits.rules import AccountSum, part_id
from navswap.infra.mongo import Session, Stored


class CreditAccount(Stored):
    """The sum of an account, or of one part of an account of the network.

    `revision` counts its postings; for a user it is the sequence of the live stream.
    """

    balance: int = 0
    revision: int = 0

    class Settings:
        name = "credit_accounts"

    @classmethod
    async def withdraw(cls, account: str, amount: int, session: Session, *, may_owe: bool) -> Self | None:
        """Take credits from an account in one conditional update; None when it has too few."""
        condition = {"_id": account} if may_owe else {"_id": account, "balance": {"$gte": amount}}
        return await cls._add(condition, -amount, session, upsert=may_owe)

    @classmethod
    async def deposit(cls, account: str, amount: int, session: Session) -> Self:
        """Give credits to an account, which is opened where there is none yet."""
        deposited = await cls._add({"_id": account}, amount, session, upsert=True)
        if deposited is None:
            raise RuntimeError("an upsert returned nothing")
        return deposited

    @classmethod
    async def sums(cls, session: Session) -> dict[str, AccountSum]:
        """Return every account as it is stored."""
        return {
            found["_id"]: AccountSum(found["balance"], found["revision"])
            async for found in cls.collection().find(session=session)
        }

    @classmethod
    async def _add(
        cls, condition: dict[str, Any], amount: int, session: Session, *, upsert: bool
    ) -> Self | None:
        found = await cls.collection().find_one_and_update(
            condition,
            {"$inc": {"balance": amount, "revision": 1}},
            upsert=upsert,
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)


class Side(BaseModel):
    """One side of an entry: the account, and what its part had once the entry was posted."""

    account: str
    part: int = Field(ge=0, description="Part of an account of the network; a user's has only part 0")
    balance: int = Field(description="Credits of that part after this entry")
    sequence: int = Field(ge=1, description="Place of this entry among those of that part")


class LedgerEntry(Stored):
    """A posting: `amount` credits go from the debit side to the credit side. Never changed, never deleted.

    The unique index on `reference` lets a cause pay once.
    """

    reference: str
    debit: Side
    credit: Side
    amount: int = Field(ge=1)
    reason: str
    posted_at: datetime

    class Settings:
        name = "credits"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("reference", ASCENDING)], name="pays_once", unique=True),
            IndexModel([("debit.account", ASCENDING), ("_id", DESCENDING)], name="debits"),
            IndexModel([("credit.account", ASCENDING), ("_id", DESCENDING)], name="credits"),
        ]

    @classmethod
    async def find_by_reference(cls, reference: str, session: Session | None = None) -> Self | None:
        """Return the entry of a reference as the transaction sees it."""
        found = await cls.collection().find_one({"reference": reference}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_page(cls, account: str | None, before: str | None, limit: int) -> list[Self]:
        """Return the entries of an account (None: of all), newest first, older than the one with id `before`."""
        condition: dict[str, Any] = {} if before is None else {"_id": {"$lt": before}}
        if account is not None:
            condition["$or"] = [{"debit.account": account}, {"credit.account": account}]
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

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
