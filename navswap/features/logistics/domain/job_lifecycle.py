"""The life of a transport job: OPEN, then ACCEPTED by a transporter, IN_TRANSIT with packs on board, then an end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from navswap.features.logistics.domain.parameters import JobParameters
from navswap.features.logistics.domain.pay import earned_credits
from navswap.features.logistics.domain.values import (
    JobOffer,
    JobState,
    PlannedLoad,
    Stop,
    StopKind,
    StorageTrip,
    TransportJob,
)
from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.features.logistics.errors import (
    AlreadyOnJobError,
    HandoverNeededError,
    OfferExpiredError,
    PackNotOnBoardError,
    TooManyPacksError,
    TransportJobEndedError,
    TransportJobNotFoundError,
    TransportJobNotOfferedError,
    TransportJobTakenError,
)
from navswap.features.logistics.events import (
    JobAccepted,
    JobCancelled,
    JobChanged,
    JobDelivered,
    JobFailed,
    JobMoved,
    JobOffered,
    JobOpened,
    JobPartlyDelivered,
)
from navswap.kit.lifecycle import Transition, unchanged

FACT_OF_END: dict[JobState, type[JobChanged]] = {
    JobState.DELIVERED: JobDelivered,
    JobState.PARTIAL: JobPartlyDelivered,
    JobState.FAILED: JobFailed,
    JobState.CANCELLED: JobCancelled,
}
REASON_OF_LAPSE = {
    JobState.OPEN: "no transporter took it in time",
    JobState.ACCEPTED: "not fetched in time",
    JobState.IN_TRANSIT: "not delivered in time",
}


@dataclass(frozen=True, slots=True)
class Taker:
    """A transporter who wants a job: the newest offer of it to that transporter, and what its vehicle carries."""

    transporter_id: str
    offer: JobOffer | None
    vehicle: VehicleLoad


def open_job(
    job_id: str,
    plan_id: str | None,
    load: PlannedLoad,
    now: datetime,
    parameters: JobParameters,
    *,
    storage: StorageTrip | None = None,
    wanted_until: datetime | None = None,
) -> Transition[TransportJob]:
    """Open the job that carries a load, of a plan or for a shop; without `wanted_until` it waits as long as a plan is fresh."""
    job = TransportJob(
        id=job_id,
        plan_id=plan_id,
        origin_id=load.origin_id,
        target_id=load.target_id,
        packs=load.packs,
        promised_packs=load.promised_packs,
        trip_minutes=load.trip_minutes,
        reward_credits=load.reward_credits,
        opened_at=now,
        due_at=now + parameters.open_for if wanted_until is None else wanted_until,
        pack_model_id=load.pack_model_id,
        origin_kind=load.origin_kind,
        target_kind=load.target_kind,
        storage=storage,
        wanted_until=wanted_until,
    )
    return Transition(None, job, (JobOpened(job),))


def offer(job: TransportJob) -> Transition[TransportJob]:
    """Count a round of offers; raises TransportJobTakenError unless the job is open."""
    _require_open(job)
    offered = replace(job, rounds=job.rounds + 1, revision=job.revision + 1)
    return Transition(job, offered, (JobOffered(offered),))


def accept(
    job: TransportJob, taker: Taker, now: datetime, parameters: JobParameters
) -> Transition[TransportJob]:
    """Give an offered job to a transporter; accepting it again changes nothing.

    Raises TransportJobNotOfferedError, TransportJobTakenError, OfferExpiredError, AlreadyOnJobError,
    VehicleTooSmallError.
    """
    if job.is_under_way and job.transporter_id == taker.transporter_id:
        return unchanged(job)
    if taker.offer is None:
        raise TransportJobNotOfferedError("This job was not offered to you; take one that was.")
    _require_open(job)
    if not taker.offer.is_live or taker.offer.expires_at <= now:
        raise OfferExpiredError("This offer has ended; wait for the next one.")
    if taker.vehicle.job is not None:
        raise AlreadyOnJobError("You have a job under way; finish it before you take another.")
    taker.vehicle.require_room(job.packs)
    accepted = replace(
        job,
        state=JobState.ACCEPTED,
        transporter_id=taker.transporter_id,
        accepted_at=now,
        attempts=job.attempts + 1,
        due_at=work_until(now, taker.offer.inputs.pickup_minutes + job.trip_minutes, parameters),
        revision=job.revision + 1,
    )
    return Transition(job, accepted, (JobAccepted(accepted),))


def pick_up(
    job: TransportJob, transporter_id: str, serial_numbers: Sequence[str], now: datetime
) -> Transition[TransportJob]:
    """Take packs on board; those picked up before change nothing.

    Raises TransportJobNotFoundError, TransportJobEndedError, TooManyPacksError.
    """
    _require_own(job, transporter_id)
    new = tuple(serial for serial in serial_numbers if serial not in job.picked_up)
    if not new:
        return unchanged(job)
    _require_unfinished(job)
    if len(new) > job.packs_to_fetch:
        raise TooManyPacksError(f"This job is for {job.packs} packs; leave the others in their slots.")
    moved = replace(
        job,
        state=JobState.IN_TRANSIT,
        picked_up=(*job.picked_up, *new),
        picked_up_at=job.picked_up_at or now,
        revision=job.revision + 1,
    )
    return Transition(job, moved, (JobMoved(moved),))


def deliver(
    job: TransportJob, transporter_id: str, serial_numbers: Sequence[str], now: datetime
) -> Transition[TransportJob]:
    """Put packs off at the target; those delivered before change nothing.

    The job ends, and is paid, once nothing of it is on board. Raises TransportJobNotFoundError, TransportJobEndedError,
    PackNotOnBoardError.
    """
    _require_own(job, transporter_id)
    new = tuple(serial for serial in serial_numbers if serial not in job.delivered)
    if not new:
        return unchanged(job)
    _require_unfinished(job)
    on_board = set(job.on_board)
    for serial in new:
        if serial not in on_board:
            raise PackNotOnBoardError(f"Pack {serial} is not on board for this job.")
    moved = replace(job, delivered=(*job.delivered, *new))
    if moved.on_board:
        moved = replace(moved, revision=job.revision + 1)
        return Transition(job, moved, (JobMoved(moved),))
    state = JobState.DELIVERED if moved.packs_to_deliver == 0 else JobState.PARTIAL
    return _end(job, moved, state, None, now)


def fail(job: TransportJob, transporter_id: str, reason: str, now: datetime) -> Transition[TransportJob]:
    """End a job that its transporter cannot finish; what was delivered is paid, an ended one stays as it is.

    Raises TransportJobNotFoundError, TransportJobEndedError where all was delivered.
    """
    _require_own(job, transporter_id)
    return _stop(job, JobState.FAILED, reason, now)


def cancel(job: TransportJob, reason: str, now: datetime) -> Transition[TransportJob]:
    """End a job that shall not go on, in any state; what was delivered is paid, an ended one stays as it is.

    Raises TransportJobEndedError where all was delivered.
    """
    return _stop(job, JobState.CANCELLED, reason, now)


def lapse(job: TransportJob, now: datetime, parameters: JobParameters) -> Transition[TransportJob]:
    """Reopen or end a job that is past `due_at`; one that is not, or has ended, stays as it is.

    One that was taken but not fetched is open again, until `max_attempts` transporters have taken it.
    """
    if job.has_ended or now < job.due_at:
        return unchanged(job)
    if job.state is JobState.ACCEPTED and job.attempts < parameters.max_attempts:
        return _reopen(job, now, parameters)
    return _end(job, job, _incomplete(job, JobState.FAILED), REASON_OF_LAPSE[job.state], now)


def require_no_shop(stop: Stop) -> None:
    """Raise HandoverNeededError where packs are taken or brought at a shop: that takes the partner's scan."""
    if stop.kind is StopKind.SHOP:
        raise HandoverNeededError(
            "Packs change hands at this shop by the partner's scan; show your code (createHandoverCode)."
        )


def freed_transporter(step: Transition[TransportJob]) -> str | None:
    """Return the transporter who waits for a next job after this step, None where none does."""
    before = step.before
    if before is None or not before.is_under_way or step.after.is_under_way:
        return None
    return before.transporter_id


def work_until(now: datetime, drive_minutes: float, parameters: JobParameters) -> datetime:
    """Return until when a job that is taken now must be delivered, by the drive to its origin and target."""
    return now + parameters.handling + timedelta(minutes=parameters.drive_allowance * drive_minutes)


def _reopen(job: TransportJob, now: datetime, parameters: JobParameters) -> Transition[TransportJob]:
    reopened = replace(
        job,
        state=JobState.OPEN,
        transporter_id=None,
        accepted_at=None,
        opened_at=now,
        due_at=max(now + parameters.open_for, job.wanted_until or now),
        revision=job.revision + 1,
    )
    return Transition(job, reopened, (JobOpened(reopened),))


def _stop(job: TransportJob, state: JobState, reason: str, now: datetime) -> Transition[TransportJob]:
    if job.state is JobState.DELIVERED:
        raise TransportJobEndedError("This job was delivered already.")
    return unchanged(job) if job.has_ended else _end(job, job, _incomplete(job, state), reason, now)


def _incomplete(job: TransportJob, state: JobState) -> JobState:
    """Return how a job ends that is not finished: what was delivered before counts."""
    return JobState.PARTIAL if job.delivered else state


def _end(
    job: TransportJob, last: TransportJob, state: JobState, reason: str | None, now: datetime
) -> Transition[TransportJob]:
    ended = replace(
        last,
        state=state,
        ended_at=now,
        end_reason=reason,
        paid_credits=earned_credits(job.reward_credits, job.packs, len(last.delivered)),
        revision=job.revision + 1,
    )
    return Transition(job, ended, (FACT_OF_END[state](ended),))


def _require_own(job: TransportJob, transporter_id: str) -> None:
    if job.transporter_id != transporter_id:
        raise TransportJobNotFoundError("There is no such job of yours; take it first.")


def _require_open(job: TransportJob) -> None:
    if job.state is not JobState.OPEN:
        raise TransportJobTakenError(
            "Another transporter was quicker, or the job is over; wait for the next offer."
        )


def _require_unfinished(job: TransportJob) -> None:
    if job.has_ended:
        raise TransportJobEndedError("This job has ended; return packs that are still with you to a station.")
