"""Offers: open jobs and transporters are matched in batches; an offer that is not answered in time expires."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.matching import Match, match
from navswap.features.logistics.domain.parameters import MatchingParameters
from navswap.features.logistics.domain.values import OfferState, TransportJob
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.matching_inputs import MatchingInputs
from navswap.features.logistics.service.offers import OfferWriter
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import JobOffers
from navswap.features.traffic.service import TravelTimes
from navswap.infra.batches import work_through
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

LEASE = timedelta(seconds=30)
EXPIRE_BATCH = 200


class MatchingService:
    """Makes offers and ends those whose time is over."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: JobWriter,
        offers: OfferWriter,
        inputs: MatchingInputs,
        travel: TravelTimes,
        parameters: MatchingParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._offers = offers
        self._inputs = inputs
        self._travel = travel
        self._parameters = parameters
        self._lease = Lease("job-matching", LEASE)

    async def match_due(self) -> int:
        """Match unless another process is at it; for the schedule."""
        return await self.match_open() if await self._lease.take() else 0

    async def match_open(self) -> int:
        """Offer every open job that has no live offer; returns how many offers were made."""
        now = self._clock.now()
        waiting = await TransportJobs.list_open(now)
        live = (
            await JobOffers.list_live()
        )  # after the jobs: one that is offered in between has another revision
        offered = {offer.job_id for offer in live}
        jobs = {job.id: job for job in waiting if job.id not in offered}
        if not jobs:
            return 0
        carriers = await self._inputs.list_carriers({offer.transporter_id for offer in live})
        if not carriers:
            return 0
        open_jobs = await self._inputs.list_open_jobs(list(jobs.values()))
        roads = await self._travel.look()
        matches = await asyncio.to_thread(match, open_jobs, carriers, now, self._parameters, roads)
        of_job: dict[str, list[Match]] = defaultdict(list)
        for found in matches:
            of_job[found.job_id].append(found)
        return sum([await self._offer(jobs[job_id], chosen) for job_id, chosen in of_job.items()])

    async def expire_due(self) -> int:
        """End the offers that were not answered in time; returns how many. Safe to run in several processes."""
        due = await JobOffers.list_expired(self._clock.now(), EXPIRE_BATCH)
        return await work_through(due, self._expire)

    async def _expire(self, offer_id: str) -> bool:
        async def work(session: Session) -> bool:
            offer = await JobOffers.find(offer_id, session)
            expired = [] if offer is None else [(offer, OfferState.EXPIRED)]
            return bool(await self._offers.end(expired, session))

        return await self._mongo.in_transaction(work)

    async def _offer(self, job: TransportJob, chosen: Sequence[Match]) -> int:
        """Offer a job to those chosen, unless it has changed since it was read; returns how many offers it made."""

        async def work(session: Session) -> int:
            present = await self._writer.get(job.id, session)
            if present.revision != job.revision:  # accepted, or offered by another process
                return 0
            await self._writer.apply(job_lifecycle.offer(present), session)
            await self._offers.make(present, chosen, session)
            return len(chosen)

        return await self._mongo.in_transaction(work)
