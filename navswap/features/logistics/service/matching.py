"""Offers: open jobs and transporters are matched in batches; an offer that is not answered in time expires."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import publish
from navswap.features.logistics.documents import (
    UNDER_WAY,
    JobOffer,
    JobState,
    OfferState,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.events import OfferMade
from navswap.features.logistics.rules import Carrier, Match, OpenJob, match
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.infra.batches import work_through
from navswap.infra.lease import Lease
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id

LEASE = timedelta(seconds=30)
EARNED_OVER = timedelta(hours=24)
"""The span over which what a transporter earned counts in fairness."""
EXPIRE_BATCH = 200
UNWILLING = frozenset({OfferState.DECLINED, OfferState.ACCEPTED})
"""Who ended an offer so is not offered that job again: it was declined, or taken and not fetched."""


class MatchingService:
    """Makes offers and ends those whose time is over."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._positions = dependencies.positions
        self._travel = dependencies.travel
        self._keeper = dependencies.keeper
        self._offer_life = timedelta(seconds=dependencies.settings.offer_seconds)
        self._oldest_position = timedelta(minutes=dependencies.settings.transporter_position_minutes)
        self._lease = Lease(dependencies.mongo.database, "job-matching", dependencies.clock, LEASE)

    async def match_due(self) -> int:
        """Match unless another process is at it; for the schedule."""
        return await self.match_open() if await self._lease.take() else 0

    async def match_open(self) -> int:
        """Offer every open job that nobody has an offer of; returns how many offers were made."""
        now = self._clock.now()
        live = await JobOffer.list_where({"live": True})
        offered = {one.job_id for one in live}
        waiting = await TransportJob.list_where({"state": JobState.OPEN, "deadline": {"$gt": now}})
        jobs = {job.id: job for job in waiting if job.id not in offered}
        if not jobs:
            return 0
        carriers = await self._carriers({one.transporter_id for one in live}, now)
        if not carriers:
            return 0
        open_jobs = await self._open_jobs(list(jobs.values()))
        matches = await asyncio.to_thread(match, open_jobs, carriers, now, await self._travel.look())
        of_job: dict[str, list[Match]] = defaultdict(list)
        for one in matches:
            of_job[one.job_id].append(one)
        made = [await self._offer(jobs[job_id], chosen) for job_id, chosen in of_job.items()]
        return sum(made)

    async def expire_due(self) -> int:
        """End the offers that were not answered in time; returns how many. Safe to run in several processes."""
        due = await JobOffer.list_expired(self._clock.now(), EXPIRE_BATCH)
        return await work_through(due, self._expire)

    async def _expire(self, offer_id: str) -> bool:
        async def work(session: Session) -> bool:
            wanted = {"_id": offer_id, "live": True, "expires_at": {"$lte": self._clock.now()}}
            offers = await JobOffer.list_where(wanted, session)
            await self._keeper.end_offers(offers, OfferState.EXPIRED, session)
            return bool(offers)

        return await self._mongo.in_transaction(work)

    async def _carriers(self, answering: set[str], now: datetime) -> list[Carrier]:
        """Return who can be offered a job: online, seen lately, without a job and without an offer to answer."""
        working = await TransportJob.list_where({"state": {"$in": list(UNDER_WAY)}})
        busy = answering | {one.transporter_id for one in working}
        free = {one.id: one for one in await Transporter.list_online() if one.id not in busy}
        ids = list(free)
        seen = await self._positions.find_latest(ids)
        loaded = await self._packs.list_with_transporters(ids)
        earned = await TransportJob.sum_earned(ids, now - EARNED_OVER)
        return [
            Carrier(
                transporter_id=one.id,
                point=seen[one.id].point,
                free_places=one.capacity_packs - len(loaded[one.id]),
                free_since=one.free_since,
                earned_credits=earned.get(one.id, 0),
            )
            for one in free.values()
            if one.id in seen and seen[one.id].recorded_at >= now - self._oldest_position
        ]

    async def _open_jobs(self, jobs: Sequence[TransportJob]) -> list[OpenJob]:
        stations = await self._stations.list_by_ids([job.origin_id for job in jobs])
        declined: dict[str, set[str]] = defaultdict(set)
        missed: dict[str, set[str]] = defaultdict(set)
        for offer in await JobOffer.list_where({"job_id": {"$in": [job.id for job in jobs]}, "live": False}):
            if offer.state in UNWILLING:
                declined[offer.job_id].add(offer.transporter_id)
            elif offer.state is OfferState.EXPIRED:
                missed[offer.job_id].add(offer.transporter_id)
        return [
            OpenJob(
                job_id=job.id,
                origin=stations[job.origin_id].information.point,
                packs=job.packs,
                promised=job.promised_packs,
                rounds=job.rounds,
                declined=frozenset(declined[job.id]),
                missed=frozenset(missed[job.id]),
            )
            for job in jobs
            if job.origin_id in stations
        ]

    async def _offer(self, job: TransportJob, chosen: Sequence[Match]) -> int:
        """Offer a job to those chosen, unless it was taken or offered meanwhile; returns how many offers it made."""

        async def work(session: Session) -> int:
            if await TransportJob.begin_round(job.id, job.rounds, session) is None:
                return 0
            for one in chosen:
                await self._make(job, one, session)
            return len(chosen)

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:
            return 0

    async def _make(self, job: TransportJob, chosen: Match, session: Session) -> None:
        now = self._clock.now()
        offer = JobOffer(
            id=new_id(),
            job_id=job.id,
            transporter_id=chosen.transporter_id,
            origin_id=job.origin_id,
            target_id=job.target_id,
            packs=job.packs,
            trip_minutes=job.trip_minutes,
            reward_credits=job.reward_credits,
            exclusive=chosen.exclusive,
            pickup_minutes=chosen.pickup_minutes,
            fairness_minutes=chosen.fairness_minutes,
            made_at=now,
            expires_at=now + self._offer_life,
            sequence=await Transporter.count_offer(chosen.transporter_id, session),
        )
        await offer.insert(session=session)
        await publish(session, now, OfferMade.of(offer))
