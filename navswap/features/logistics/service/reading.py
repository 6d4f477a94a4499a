"""Reading jobs, offers, plans and histories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from navswap.events.stream import Loaded
from navswap.features.logistics.documents import (
    EndedJobs,
    JobOffer,
    JobState,
    OfferState,
    RebalancingPlan,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.errors import JobNotFoundError
from navswap.features.logistics.events import job_stream, offers_stream


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; everything given must hold. A station is the origin or the target."""

    states: tuple[JobState, ...] = ()
    station_id: str | None = None
    transporter_id: str | None = None
    plan_id: str | None = None
    ended: bool | None = None


@dataclass(frozen=True, slots=True)
class HistoryTotals:
    """What a transporter has done in all jobs that ended."""

    jobs: int
    packs: int
    credits_earned: int


@dataclass(frozen=True, slots=True)
class UnfinishedJobs:
    """The jobs that are not over, by state; `overdue` of them are past their deadline."""

    by_state: Mapping[JobState, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """Offers that wait for an answer, and the ended ones by how they ended."""

    live: int
    ended: Mapping[OfferState, int]


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
    jobs: Mapping[JobState, EndedJobs]


class TransportReader:
    """Shows what jobs, offers and plans there are; changes nothing."""

    async def list_jobs(self, wanted: JobFilter, before: str | None, limit: int) -> list[TransportJob]:
        """Return jobs, newest first, older than the one with id `before`."""
        condition: dict[str, object] = {
            name: value
            for name, value in (
                ("transporter_id", wanted.transporter_id),
                ("plan_id", wanted.plan_id),
                ("ended", wanted.ended),
            )
            if value is not None
        }
        if wanted.states:
            condition["state"] = {"$in": list(wanted.states)}
        if wanted.station_id is not None:
            condition["$or"] = [{"origin_id": wanted.station_id}, {"target_id": wanted.station_id}]
        return await TransportJob.list_page(condition, before, limit)

    async def list_jobs_by_ids(self, ids: list[str]) -> dict[str, TransportJob]:
        """Return jobs by id; unknown ids are left out."""
        return {job.id: job async for job in TransportJob.find({"_id": {"$in": ids}})}

    async def list_offered(self, job_ids: list[str], transporter_id: str) -> set[str]:
        """Return which of some jobs a transporter has a live offer of."""
        wanted = {"job_id": {"$in": job_ids}, "transporter_id": transporter_id, "live": True}
        return {offer.job_id for offer in await JobOffer.list_where(wanted)}

    async def list_offers_of(self, job_ids: list[str]) -> dict[str, list[JobOffer]]:
        """Return all offers of each job, oldest first."""
        offers: dict[str, list[JobOffer]] = {job_id: [] for job_id in job_ids}
        for offer in await JobOffer.list_where({"job_id": {"$in": job_ids}}):
            offers[offer.job_id].append(offer)
        return offers

    async def list_plans(self, before: str | None, limit: int) -> list[RebalancingPlan]:
        """Return plans, newest first, older than the one with id `before`; dry runs too."""
        return await RebalancingPlan.list_page(before, limit)

    async def list_plans_by_ids(self, ids: list[str]) -> dict[str, RebalancingPlan]:
        """Return plans by id; unknown ids are left out."""
        return {plan.id: plan async for plan in RebalancingPlan.find({"_id": {"$in": ids}})}

    async def count_unfinished(self, now: datetime) -> UnfinishedJobs:
        """Return how many jobs are not over."""
        return UnfinishedJobs(*await TransportJob.count_unfinished(now))

    async def list_overdue(self, now: datetime, limit: int) -> list[TransportJob]:
        """Return the jobs past their deadline that are not over, the latest first."""
        return await TransportJob.list_overdue(now, limit)

    async def sum_ended(self, since: datetime) -> Mapping[JobState, EndedJobs]:
        """Return what became of the jobs that ended since a moment, by their state."""
        return await TransportJob.sum_ended(since)

    async def count_offers(self, since: datetime) -> OfferCounts:
        """Return the offers that wait for an answer, and how those ended that ended since a moment."""
        return OfferCounts(await JobOffer.count_live(), await JobOffer.count_ended(since))

    async def count_transporters(self) -> TransporterCounts:
        """Return how many transporters take offers, and how many drive for a job."""
        online = {one.id for one in await Transporter.list_online()}
        busy = await TransportJob.list_busy()
        return TransporterCounts(online=len(online), busy=len(busy), idle=len(online - busy))

    async def find_progress(self) -> PlanProgress | None:
        """Return the newest plan that was carried out, and what became of its jobs so far; None before the first."""
        plan = await RebalancingPlan.find_newest()
        return None if plan is None else PlanProgress(plan, await TransportJob.sum_of_plan(plan.id))

    async def totals(self, transporter_id: str) -> HistoryTotals:
        """Return the sums over all ended jobs of a transporter."""
        return HistoryTotals(*await TransportJob.sum_history(transporter_id))

    async def load_live_offers(self, transporter_id: str) -> Loaded[list[JobOffer]]:
        """Return the live offers to a transporter and their place in the stream.

        The transporter is read first: an offer that changes between the two reads is told again as an update.
        """
        transporter = await Transporter.read(transporter_id)
        sequence = 0 if transporter is None else transporter.offer_sequence
        offers = await JobOffer.list_where({"transporter_id": transporter_id, "live": True})
        return Loaded(offers, {offers_stream(transporter_id): sequence})

    async def load_live_job(self, job_id: str) -> Loaded[TransportJob]:
        """Return a job and its place in its stream; raises JobNotFoundError."""
        job = await TransportJob.read(job_id)
        if job is None:
            raise JobNotFoundError("There is no such job.")
        return Loaded(job, {job_stream(job.id): job.revision})
