"""Transporters in MongoDB, and the jobs offered to them."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.infra.mongo import Session, Stored


class OfferState(StrEnum):
    """The life of an offer; only the first state is live."""

    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class JobOffer(Stored):
    """A job offered to a transporter until a moment; `live` as long as the offer stands.

    `sequence` is its place among the changes of all offers to that transporter.
    """

    job_id: str
    transporter_id: str
    origin_id: str
    target_id: str
    packs: int
    trip_minutes: float
    reward_credits: int
    exclusive: bool
    pickup_minutes: float
    fairness_minutes: float
    state: OfferState = OfferState.OFFERED
    live: bool = True
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    sequence: int

    class Settings:
        name = "job_offers"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("job_id", ASCENDING), ("transporter_id", ASCENDING)],
                name="one_live_offer",
                unique=True,
                partialFilterExpression={"live": True},
            ),
            IndexModel(
                [("job_id", ASCENDING), ("transporter_id", ASCENDING), ("_id", DESCENDING)], name="job"
            ),
            IndexModel([("transporter_id", ASCENDING), ("live", ASCENDING)], name="transporter"),
            IndexModel(
                [("live", ASCENDING), ("expires_at", ASCENDING)],
                name="expire",
                partialFilterExpression={"live": True},
            ),
            IndexModel([("ended_at", ASCENDING), ("state", ASCENDING)], name="ended"),
        ]

    @classmethod
    async def find_newest(cls, job_id: str, transporter_id: str, session: Session) -> Self | None:
        """Return the newest offer of a job to a transporter."""
        found = await cls.collection().find_one(
            {"job_id": job_id, "transporter_id": transporter_id}, sort=[("_id", DESCENDING)], session=session
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_where(cls, wanted: dict[str, Any], session: Session | None = None) -> list[Self]:
        """Return all offers that match, oldest first."""
        found = cls.collection().find(wanted, session=session).sort("_id", ASCENDING)
        return [cls.model_validate(one) async for one in found]

    @classmethod
    async def list_expired(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of live offers past their end, oldest first."""
        due = cls.collection().find({"live": True, "expires_at": {"$lte": now}}, {"_id": 1})
        return [document["_id"] async for document in due.sort("expires_at", 1).limit(limit)]

    @classmethod
    async def count_live(cls) -> int:
        """Return how many offers wait for an answer."""
        return await cls.collection().count_documents({"live": True})

    @classmethod
    async def count_ended(cls, since: datetime) -> dict[OfferState, int]:
        """Return how the offers ended that ended since a moment."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"ended_at": {"$gte": since}}},
                {"$group": {"_id": "$state", "offers": {"$sum": 1}}},
            ]
        )
        return {OfferState(group["_id"]): group["offers"] async for group in groups}

    @classmethod
    async def end(
        cls, offer_id: str, state: OfferState, now: datetime, sequence: int, session: Session
    ) -> Self | None:
        """End a live offer; None when it has ended before."""
        found = await cls.collection().find_one_and_update(
            {"_id": offer_id, "live": True},
            {"$set": {"state": state, "live": False, "ended_at": now, "sequence": sequence}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)


class Transporter(Stored):
    """A transporter's readiness; the id is that of the user. `offer_sequence` counts the changes of its offers."""

    online: bool = False
    capacity_packs: int = Field(0, ge=0, description="Packs that the vehicle carries")
    free_since: datetime
    offer_sequence: int = 0

    class Settings:
        name = "transporters"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("online", ASCENDING)], name="online", partialFilterExpression={"online": True})
        ]

    @classmethod
    async def read(cls, transporter_id: str, session: Session | None = None) -> Self | None:
        """Return a transporter as the transaction sees it."""
        found = await cls.collection().find_one({"_id": transporter_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_online(cls) -> list[Self]:
        """Return all transporters who are online."""
        return [cls.model_validate(one) async for one in cls.collection().find({"online": True})]

    @classmethod
    async def put(cls, transporter_id: str, values: dict[str, Any], session: Session) -> Self:
        """Set values of a transporter; a new one needs all."""
        found = await cls.collection().find_one_and_update(
            {"_id": transporter_id},
            {"$set": values, "$setOnInsert": {"offer_sequence": 0}},
            upsert=True,
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        stored: Self = cls.model_validate(found)
        return stored

    @classmethod
    async def count_offer(cls, transporter_id: str, session: Session) -> int:
        """Count a change of the offers to a transporter and return its place."""
        found = await cls.collection().find_one_and_update(
            {"_id": transporter_id},
            {"$inc": {"offer_sequence": 1}},
            session=session,
            return_document=ReturnDocument.AFTER,
        )
        return int(found["offer_sequence"]) if found else 0

    @classmethod
    async def free(cls, transporter_id: str, now: datetime, session: Session) -> None:
        """Begin the wait of a transporter for the next job."""
        await cls.collection().update_one(
            {"_id": transporter_id}, {"$set": {"free_since": now}}, session=session
        )
