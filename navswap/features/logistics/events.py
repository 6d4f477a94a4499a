"""What the logistics slice publishes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from navswap.features.logistics.domain.values import JobOffer, RebalancingPlan, TransportJob
from navswap.kit.facts import Fact


def job_stream(job_id: str) -> str:
    """Return the live stream of a transport job."""
    return f"job:{job_id}"


JOBS = "jobs"
"""The kind of live streams about the transport jobs of a place."""


def jobs_feed(place_id: str) -> str:
    """Return the live stream of all transport jobs from or to a place."""
    return f"{JOBS}:{place_id}"


def offers_stream(transporter_id: str) -> str:
    """Return the live stream of the offers to a transporter."""
    return f"offers:{transporter_id}"


@dataclass(frozen=True, slots=True)
class PlanMade(Fact):
    """A rebalancing plan was stored and its jobs opened."""

    type: ClassVar[str] = "logistics.plan.made"

    plan_id: str
    number: int
    made_at: datetime
    jobs: int
    packs: int
    unmet_packs: int
    unmet_promised_packs: int

    @classmethod
    def of(cls, plan: RebalancingPlan, number: int) -> Self:
        """Sum a plan up; with all its stations it may be half a megabyte."""
        return cls(
            plan_id=plan.id,
            number=number,
            made_at=plan.made_at,
            jobs=len(plan.loads),
            packs=sum(load.packs for load in plan.loads),
            unmet_packs=plan.unmet_packs,
            unmet_promised_packs=plan.unmet_promised_packs,
        )

    def key(self) -> str:
        """Order by plan."""
        return self.plan_id


@dataclass(frozen=True, slots=True)
class JobChanged(Fact):
    """A transport job changed; the payload is the whole job."""

    job: TransportJob

    def key(self) -> str:
        """Order by job."""
        return self.job.id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the job."""
        return {job_stream(self.job.id): self.job.revision}

    def feeds(self) -> tuple[str, ...]:
        """Feed the streams of the jobs at both of its ends."""
        return tuple(dict.fromkeys((jobs_feed(self.job.origin_id), jobs_feed(self.job.target_id))))


class JobOpened(JobChanged):
    """A job waits for a transporter: a new one, or one that was not fetched in time."""

    type: ClassVar[str] = "logistics.job.opened"


class JobOffered(JobChanged):
    """The open job was offered, to one transporter alone or to several."""

    type: ClassVar[str] = "logistics.job.offered"


class JobAccepted(JobChanged):
    """A transporter took the job."""

    type: ClassVar[str] = "logistics.job.accepted"


class JobMoved(JobChanged):
    """Packs of the job left the origin, or some of them reached the target."""

    type: ClassVar[str] = "logistics.job.moved"


class JobDelivered(JobChanged):
    """All packs reached the target; the reward was paid."""

    type: ClassVar[str] = "logistics.job.delivered"


class JobPartlyDelivered(JobChanged):
    """The job ended with some of its packs at the target; a part of the reward was paid."""

    type: ClassVar[str] = "logistics.job.partly_delivered"


class JobFailed(JobChanged):
    """The job ended with none of its packs at the target."""

    type: ClassVar[str] = "logistics.job.failed"


class JobCancelled(JobChanged):
    """An administrator ended the job with none of its packs at the target."""

    type: ClassVar[str] = "logistics.job.cancelled"


@dataclass(frozen=True, slots=True)
class OfferChanged(Fact):
    """An offer changed; the payload is the whole offer."""

    offer: JobOffer

    def key(self) -> str:
        """Order by transporter, as the stream is."""
        return self.offer.transporter_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the transporter's offers."""
        return {offers_stream(self.offer.transporter_id): self.offer.sequence}


class OfferMade(OfferChanged):
    """A job was offered."""

    type: ClassVar[str] = "logistics.offer.made"


class OfferAccepted(OfferChanged):
    """The offer was taken."""

    type: ClassVar[str] = "logistics.offer.accepted"


class OfferDeclined(OfferChanged):
    """The transporter does not want the job."""

    type: ClassVar[str] = "logistics.offer.declined"


class OfferExpired(OfferChanged):
    """The transporter did not answer in time."""

    type: ClassVar[str] = "logistics.offer.expired"


class OfferWithdrawn(OfferChanged):
    """Another transporter took the job, it ended, or the transporter took another one or went offline."""

    type: ClassVar[str] = "logistics.offer.withdrawn"
