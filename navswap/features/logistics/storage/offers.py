"""Transporters in MongoDB, and the jobs offered to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.logistics.domain.values import JobOffer, OfferState, Transporter
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository

_LIVE = {"state": OfferState.OFFERED}


class JobOfferDocument(Stored):
    """Where offers are; the fields are those of `JobOffer`. The unique index allows one live offer of a job to each."""

    class Settings:
        name = "job_offers"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("job_id", ASCENDING), ("transporter_id", ASCENDING)],
                name="one_live_offer",
                unique=True,
                partialFilterExpression=_LIVE,
            ),
            IndexModel(
                [("job_id", ASCENDING), ("transporter_id", ASCENDING), ("_id", DESCENDING)], name="job"
            ),
            IndexModel([("transporter_id", ASCENDING), ("state", ASCENDING)], name="transporter"),
            IndexModel(
                [("state", ASCENDING), ("expires_at", ASCENDING)],
                name="expire",
                partialFilterExpression=_LIVE,
            ),
            IndexModel([("ended_at", ASCENDING), ("state", ASCENDING)], name="ended"),
        ]


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """Offers that wait for an answer, and the ended ones by how they ended."""

    live: int
    ended: Mapping[OfferState, int]


class JobOffers(Repository[JobOffer]):
    """The offers of all jobs."""

    document = JobOfferDocument
    value = JobOffer

    @classmethod
    async def find_newest(cls, job_id: str, transporter_id: str, session: Session) -> JobOffer | None:
        """Return the newest offer of a job to a transporter."""
        newest = await cls.list_where(
            {"job_id": job_id, "transporter_id": transporter_id},
            sort=[("_id", DESCENDING)],
            limit=1,
            session=session,
        )
        return newest[0] if newest else None

    @classmethod
    async def list_live(cls) -> list[JobOffer]:
        """Return the offers that wait for an answer."""
        return await cls.list_where(_LIVE)

    @classmethod
    async def list_live_of_job(cls, job_id: str, session: Session) -> list[JobOffer]:
        """Return the offers of a job that wait for an answer."""
        return await cls.list_where({"job_id": job_id, **_LIVE}, session=session)

    @classmethod
    async def list_live_of_transporter(
        cls, transporter_id: str, session: Session | None = None
    ) -> list[JobOffer]:
        """Return the offers that wait for the answer of a transporter, oldest first."""
        return await cls.list_where({"transporter_id": transporter_id, **_LIVE}, session=session)

    @classmethod
    async def list_live_around(cls, job_id: str, transporter_id: str, session: Session) -> list[JobOffer]:
        """Return the live offers of a job and all others of a transporter."""
        either = {"$or": [{"job_id": job_id, **_LIVE}, {"transporter_id": transporter_id, **_LIVE}]}
        return await cls.list_where(either, session=session)

    @classmethod
    async def list_offered(cls, job_ids: Sequence[str], transporter_id: str) -> set[str]:
        """Return which of some jobs a transporter has a live offer of."""
        wanted = {"job_id": {"$in": list(job_ids)}, "transporter_id": transporter_id, **_LIVE}
        return {offer.job_id for offer in await cls.list_where(wanted)}

    @classmethod
    async def list_of_jobs(cls, job_ids: Sequence[str]) -> dict[str, list[JobOffer]]:
        """Return all offers of each job, oldest first."""
        offers: dict[str, list[JobOffer]] = {job_id: [] for job_id in job_ids}
        for offer in await cls.list_where({"job_id": {"$in": list(job_ids)}}):
            offers[offer.job_id].append(offer)
        return offers

    @classmethod
    async def list_expired(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of live offers past their end, oldest first."""
        due = cls.collection().find({**_LIVE, "expires_at": {"$lte": now}}, {"_id": 1})
        return [found["_id"] async for found in due.sort("expires_at", ASCENDING).limit(limit)]

    @classmethod
    async def count(cls, since: datetime) -> OfferCounts:
        """Return the offers that wait for an answer, and how those ended that ended since a time."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"ended_at": {"$gte": since}}},
                {"$group": {"_id": "$state", "offers": {"$sum": 1}}},
            ]
        )
        ended = {OfferState(group["_id"]): group["offers"] async for group in groups}
        return OfferCounts(await cls.collection().count_documents(_LIVE), ended)


class TransporterDocument(Stored):
    """Where transporters are; the fields are those of `Transporter`."""

    class Settings:
        name = "transporters"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("is_online", ASCENDING)], name="online", partialFilterExpression={"is_online": True})
        ]


class Transporters(Repository[Transporter]):
    """The readiness of the transporters who were ever online."""

    document = TransporterDocument
    value = Transporter

    @classmethod
    async def list_online(cls) -> list[Transporter]:
        """Return the transporters who are online."""
        return await cls.list_where({"is_online": True})
