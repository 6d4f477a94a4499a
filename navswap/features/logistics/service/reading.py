"""Reading jobs, offers, plans and histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.events.stream import Loaded, load_feeds
from navswap.features.logistics.domain.values import JobOffer, JobState, RebalancingPlan, TransportJob
from navswap.features.logistics.errors import TransportJobNotFoundError
from navswap.features.logistics.events import JOBS, job_stream, offers_stream
from navswap.features.logistics.storage.jobs import (
    HistoryTotals,
    JobFilter,
    JobTotals,
    TransportJobs,
    UnfinishedJobs,
)
from navswap.features.logistics.storage.offers import JobOffers, OfferCounts, Transporters
from navswap.features.logistics.storage.plans import RebalancingPlans


@dataclass(frozen=True, slots=True)
class TransporterCounts:
    """Who takes offers; who has a job under way, online or not; and who is online without a job."""

    online: int
    busy: int
    idle: int


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """A plan, and what became of its jobs so far, by their state."""

    plan: RebalancingPlan
    jobs: Mapping[JobState, JobTotals]


class TransportReader:
    """Shows what jobs, offers and plans there are; changes nothing."""

    async def list_jobs(self, wanted: JobFilter, before: str | None, limit: int) -> Sequence[TransportJob]:
        """Return jobs, newest first, older than the one with id `before`."""
        return await TransportJobs.list_page(wanted, before, limit)

    async def find_jobs(self, ids: Sequence[str]) -> dict[str, TransportJob]:
        """Return jobs by id; unknown ids are left out."""
        return await TransportJobs.find_by_ids(ids)

    async def list_offered(self, job_ids: Sequence[str], transporter_id: str) -> set[str]:
        """Return which of some jobs a transporter has a live offer of."""
        return await JobOffers.list_offered(job_ids, transporter_id)

    async def list_offers_of(self, job_ids: Sequence[str]) -> dict[str, list[JobOffer]]:
        """Return all offers of each job, oldest first."""
        return await JobOffers.list_of_jobs(job_ids)

    async def list_plans(self, before: str | None, limit: int) -> Sequence[RebalancingPlan]:
        """Return plans, newest first, older than the one with id `before`; dry runs too."""
        return await RebalancingPlans.list_page(before, limit)

    async def find_plans(self, ids: Sequence[str]) -> dict[str, RebalancingPlan]:
        """Return plans by id; unknown ids are left out."""
        return await RebalancingPlans.find_by_ids(ids)

    async def count_unfinished(self, now: datetime) -> UnfinishedJobs:
        """Return how many jobs are not over."""
        return await TransportJobs.count_unfinished(now)

    async def list_overdue(self, now: datetime, limit: int) -> Sequence[TransportJob]:
        """Return the jobs past `due_at` that are not over, the latest first."""
        return await TransportJobs.list_overdue(now, limit)

    async def sum_ended(self, since: datetime) -> Mapping[JobState, JobTotals]:
        """Return what became of the jobs that ended since a time, by their state."""
        return await TransportJobs.sum_ended(since)

    async def count_offers(self, since: datetime) -> OfferCounts:
        """Return the offers that wait for an answer, and how those ended that ended since a time."""
        return await JobOffers.count(since)

    async def count_transporters(self) -> TransporterCounts:
        """Return how many transporters take offers, and how many drive for a job."""
        online = {transporter.id for transporter in await Transporters.list_online()}
        busy = await TransportJobs.list_busy()
        return TransporterCounts(online=len(online), busy=len(busy), idle=len(online - busy))

    async def find_progress(self) -> PlanProgress | None:
        """Return the newest plan that was carried out, and what became of its jobs so far; None before the first."""
        plan = await RebalancingPlans.find_newest()
        return None if plan is None else PlanProgress(plan, await TransportJobs.sum_of_plan(plan.id))

    async def sum_history(self, transporter_id: str) -> HistoryTotals:
        """Return the sums over all ended jobs of a transporter."""
        return await TransportJobs.sum_history(transporter_id)

    async def find_offers(self, ids: Sequence[str]) -> dict[str, JobOffer]:
        """Return offers by id; unknown ids are left out."""
        return await JobOffers.find_by_ids(ids)

    async def load_live_offers(self, transporter_id: str) -> Loaded[list[JobOffer]]:
        """Return the live offers to a transporter and their position in the stream.

        The transporter is read first: an offer that changes between the two reads is sent again as an update.
        """
        transporter = await Transporters.find(transporter_id)
        sequence = 0 if transporter is None else transporter.offer_sequence
        offers = await JobOffers.list_live_of_transporter(transporter_id)
        return Loaded(offers, {offers_stream(transporter_id): sequence})

    async def load_unfinished(self, station_ids: Sequence[str] | None) -> Loaded[list[TransportJob]]:
        """Return the jobs of stations, None for all jobs, that are not over with the positions of their feeds."""
        return await load_feeds(JOBS, station_ids, TransportJobs.list_unfinished_at)

    async def load_live_job(self, job_id: str) -> Loaded[TransportJob]:
        """Return a job and its position in its stream; raises TransportJobNotFoundError."""
        job = await TransportJobs.find(job_id)
        if job is None:
            raise TransportJobNotFoundError("There is no such job.")
        return Loaded(job, {job_stream(job.id): job.revision})
