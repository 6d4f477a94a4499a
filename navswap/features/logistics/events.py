"""What the logistics slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.logistics.documents import JobOffer, JobState, OfferState, RebalancingPlan, TransportJob


def job_stream(job_id: str) -> str:
    """Return the live stream of a transport job."""
    return f"job:{job_id}"


def offers_stream(transporter_id: str) -> str:
    """Return the live stream of the offers to a transporter."""
    return f"offers:{transporter_id}"


class PlanMade(DomainEvent):
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
        """Tell a plan as it was just written."""
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


class JobChanged(DomainEvent):
    """A transport job changed; the payload is the whole job."""

    job_id: str
    plan_id: str
    origin_id: str
    target_id: str
    packs: int
    promised_packs: int
    trip_minutes: float
    reward_credits: int
    state: JobState
    transporter_id: str | None
    opened_at: datetime
    deadline: datetime
    attempts: int
    picked_up: list[str]
    delivered: list[str]
    accepted_at: datetime | None
    picked_up_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    paid_credits: int
    revision: int

    @classmethod
    def of(cls, job: TransportJob) -> Self:
        """Tell a job as it was just written."""
        return cls(
            job_id=job.id,
            **{name: getattr(job, name) for name in cls.model_fields if name in TransportJob.model_fields},
        )

    def key(self) -> str:
        """Order by job."""
        return self.job_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the job."""
        return {job_stream(self.job_id): self.revision}


class JobOpened(JobChanged):
    """A job waits for a taker: a new one, or one that was not fetched in time."""

    type: ClassVar[str] = "logistics.job.opened"


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


EVENT_OF_JOB: dict[JobState, type[JobChanged]] = {
    JobState.OPEN: JobOpened,
    JobState.ACCEPTED: JobAccepted,
    JobState.IN_TRANSIT: JobMoved,
    JobState.DELIVERED: JobDelivered,
    JobState.PARTIAL: JobPartlyDelivered,
    JobState.FAILED: JobFailed,
}


class OfferChanged(DomainEvent):
    """An offer changed; the payload is the whole offer."""

    offer_id: str
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
    state: OfferState
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    sequence: int

    @classmethod
    def of(cls, offer: JobOffer) -> Self:
        """Tell an offer as it was just written."""
        return cls(
            offer_id=offer.id,
            **{name: getattr(offer, name) for name in cls.model_fields if name in JobOffer.model_fields},
        )

    def key(self) -> str:
        """Order by transporter, as the stream is."""
        return self.transporter_id

    def streams(self) -> dict[str, int]:
        """Feed the stream of the transporter's offers."""
        return {offers_stream(self.transporter_id): self.sequence}


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
    """Somebody else took the job, it ended, or the transporter took another one or went offline."""

    type: ClassVar[str] = "logistics.offer.withdrawn"


EVENT_OF_OFFER: dict[OfferState, type[OfferChanged]] = {
    OfferState.OFFERED: OfferMade,
    OfferState.ACCEPTED: OfferAccepted,
    OfferState.DECLINED: OfferDeclined,
    OfferState.EXPIRED: OfferExpired,
    OfferState.WITHDRAWN: OfferWithdrawn,
}
