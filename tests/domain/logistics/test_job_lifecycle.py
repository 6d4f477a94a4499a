"""The life of a transport job: what each step gives from each state, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.logistics.domain import job_lifecycle as lifecycle
from navswap.features.logistics.domain.parameters import JobParameters
from navswap.features.logistics.domain.values import ENDED, JobState, PlannedLoad, TransportJob
from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.features.logistics.errors import (
    AlreadyOnJobError,
    OfferExpiredError,
    PackNotOnBoardError,
    TooManyPacksError,
    TransportJobEndedError,
    TransportJobNotFoundError,
    TransportJobNotOfferedError,
    TransportJobTakenError,
    TransportJobUnderWayError,
    VehicleTooSmallError,
)
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.errors import NavSwapError
from navswap.kit.lifecycle import Transition
from tests.domain.logistics.values import (
    DRIVER,
    LATER,
    NOW,
    PACKS,
    PARAMETERS,
    RIVAL,
    a_job,
    a_moving_job,
    a_taker,
    a_vehicle,
    an_accepted_job,
    an_offer,
)

Step = Callable[[TransportJob], Transition[TransportJob]]


def accept(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.accept(job, a_taker(), NOW, PARAMETERS)


def pick_up(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.pick_up(job, DRIVER, PACKS[:2], LATER)


def deliver(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.deliver(job, DRIVER, PACKS, LATER)


def fail(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.fail(job, DRIVER, "flat tyre", LATER)


def cancel(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.cancel(job, "road closed", LATER)


def lapse(job: TransportJob) -> Transition[TransportJob]:
    return lifecycle.lapse(job, job.due_at, PARAMETERS)


OPEN, ACCEPTED, MOVING = a_job(), an_accepted_job(), a_moving_job()
PARTLY = a_moving_job(delivered=1)
LAST_TRY = an_accepted_job(attempts=PARAMETERS.max_attempts)
DELIVERED = a_moving_job(delivered=3, state=JobState.DELIVERED, ended_at=NOW)
FAILED = an_accepted_job(state=JobState.FAILED, ended_at=NOW)
CANCELLED = an_accepted_job(state=JobState.CANCELLED, ended_at=NOW)


@pytest.mark.parametrize(
    ("step", "job", "state", "fact", "paid"),
    [
        (lifecycle.offer, OPEN, JobState.OPEN, "logistics.job.offered", 0),
        (accept, OPEN, JobState.ACCEPTED, "logistics.job.accepted", 0),
        (pick_up, ACCEPTED, JobState.IN_TRANSIT, "logistics.job.moved", 0),
        (pick_up, a_moving_job(picked_up=1), JobState.IN_TRANSIT, "logistics.job.moved", 0),
        (deliver, MOVING, JobState.DELIVERED, "logistics.job.delivered", 3_000),
        (deliver, PARTLY, JobState.DELIVERED, "logistics.job.delivered", 3_000),
        (fail, ACCEPTED, JobState.FAILED, "logistics.job.failed", 0),
        (fail, MOVING, JobState.FAILED, "logistics.job.failed", 0),
        (fail, PARTLY, JobState.PARTIAL, "logistics.job.partly_delivered", 1_000),
        (cancel, OPEN, JobState.CANCELLED, "logistics.job.cancelled", 0),
        (cancel, ACCEPTED, JobState.CANCELLED, "logistics.job.cancelled", 0),
        (cancel, MOVING, JobState.CANCELLED, "logistics.job.cancelled", 0),
        (cancel, PARTLY, JobState.PARTIAL, "logistics.job.partly_delivered", 1_000),
        (lapse, OPEN, JobState.FAILED, "logistics.job.failed", 0),
        (lapse, ACCEPTED, JobState.OPEN, "logistics.job.opened", 0),
        (lapse, LAST_TRY, JobState.FAILED, "logistics.job.failed", 0),
        (lapse, MOVING, JobState.FAILED, "logistics.job.failed", 0),
        (lapse, PARTLY, JobState.PARTIAL, "logistics.job.partly_delivered", 1_000),
    ],
)
def test_a_step_gives_the_next_state_and_one_fact_with_the_whole_job(
    step: Step, job: TransportJob, state: JobState, fact: str, paid: int
) -> None:
    taken = step(job)
    assert (taken.after.state, taken.after.paid_credits) == (state, paid)
    assert taken.after.revision == job.revision + 1
    [published] = taken.facts
    assert (published.type, published.key()) == (fact, job.id)
    assert published.streams() == {"job:job": job.revision + 1}
    assert (taken.after.ended_at is not None) == (state in ENDED)


@pytest.mark.parametrize(
    ("step", "job"),
    [
        (accept, ACCEPTED),
        (accept, MOVING),
        (pick_up, a_moving_job(picked_up=2)),
        (pick_up, DELIVERED),
        (deliver, DELIVERED),
        (fail, FAILED),
        (fail, CANCELLED),
        (cancel, FAILED),
        (cancel, CANCELLED),
        (lapse, DELIVERED),
        (lapse, FAILED),
    ],
)
def test_a_repeated_step_changes_nothing(step: Step, job: TransportJob) -> None:
    taken = step(job)
    assert (taken.is_change, taken.facts) == (False, ())


@pytest.mark.parametrize(
    ("step", "job", "refusal"),
    [
        (lifecycle.offer, ACCEPTED, TransportJobTakenError),
        (lifecycle.offer, FAILED, TransportJobTakenError),
        (accept, an_accepted_job(transporter_id=RIVAL), TransportJobTakenError),
        (accept, DELIVERED, TransportJobTakenError),
        (accept, FAILED, TransportJobTakenError),
        (pick_up, OPEN, TransportJobNotFoundError),
        (pick_up, an_accepted_job(transporter_id=RIVAL), TransportJobNotFoundError),
        (pick_up, FAILED, TransportJobEndedError),
        (pick_up, an_accepted_job(packs=1), TooManyPacksError),
        (deliver, OPEN, TransportJobNotFoundError),
        (deliver, ACCEPTED, PackNotOnBoardError),
        (deliver, a_moving_job(picked_up=2), PackNotOnBoardError),
        (deliver, CANCELLED, TransportJobEndedError),
        (fail, OPEN, TransportJobNotFoundError),
        (fail, an_accepted_job(transporter_id=RIVAL), TransportJobNotFoundError),
        (fail, DELIVERED, TransportJobEndedError),
        (cancel, DELIVERED, TransportJobEndedError),
    ],
)
def test_a_step_that_does_not_fit_is_refused(
    step: Step, job: TransportJob, refusal: type[NavSwapError]
) -> None:
    with pytest.raises(refusal):
        step(job)


@pytest.mark.parametrize(
    ("taker", "refusal"),
    [
        (replace(a_taker(), offer=None), TransportJobNotOfferedError),
        (a_taker(an_offer(expires_at=NOW)), OfferExpiredError),
        (a_taker(vehicle=a_vehicle(12, 0, an_accepted_job(id="another"))), AlreadyOnJobError),
        (a_taker(vehicle=a_vehicle(2, 0)), VehicleTooSmallError),
        (a_taker(vehicle=a_vehicle(12, 10)), VehicleTooSmallError),
    ],
)
def test_who_may_not_take_a_job_is_told_why(taker: lifecycle.Taker, refusal: type[NavSwapError]) -> None:
    with pytest.raises(refusal):
        lifecycle.accept(OPEN, taker, NOW, PARAMETERS)


def test_an_accepted_job_is_due_by_its_drives() -> None:
    accepted = accept(OPEN).after
    assert (accepted.transporter_id, accepted.accepted_at, accepted.attempts) == (DRIVER, NOW, 1)
    assert accepted.due_at == NOW + timedelta(minutes=20 + 1.5 * (6 + 10))


def test_a_job_that_was_not_fetched_waits_again_as_long_as_a_new_one() -> None:
    reopened = lapse(ACCEPTED).after
    assert (reopened.transporter_id, reopened.accepted_at, reopened.attempts) == (None, None, 1)
    assert (reopened.opened_at, reopened.due_at) == (ACCEPTED.due_at, ACCEPTED.due_at + timedelta(minutes=30))


def test_a_job_does_not_lapse_before_it_is_due() -> None:
    assert not lifecycle.lapse(MOVING, MOVING.due_at - timedelta(milliseconds=1), PARAMETERS).is_change


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (OPEN, "no transporter took it in time"),
        (LAST_TRY, "not fetched in time"),
        (MOVING, "not delivered in time"),
    ],
)
def test_a_lapsed_job_says_why_it_ended(job: TransportJob, reason: str) -> None:
    assert lapse(job).after.end_reason == reason


def test_fewer_packs_than_planned_end_as_a_partial_delivery() -> None:
    ended = lifecycle.deliver(a_moving_job(picked_up=2), DRIVER, PACKS[:2], LATER).after
    assert (ended.state, ended.delivered, ended.paid_credits) == (JobState.PARTIAL, PACKS[:2], 2_000)


def test_a_delivery_of_some_keeps_the_others_on_board() -> None:
    moved = lifecycle.deliver(MOVING, DRIVER, [PACKS[1]], LATER).after
    assert (moved.state, moved.on_board) == (JobState.IN_TRANSIT, (PACKS[0], PACKS[2]))
    assert (moved.packs_to_fetch, moved.packs_to_deliver) == (0, 2)


def test_the_time_of_the_first_pack_stays() -> None:
    first = lifecycle.pick_up(ACCEPTED, DRIVER, PACKS[:1], NOW).after
    assert lifecycle.pick_up(first, DRIVER, PACKS, LATER).after.picked_up_at == NOW


@pytest.mark.parametrize(
    ("step", "freed"),
    [
        (accept(OPEN), None),
        (pick_up(ACCEPTED), None),
        (deliver(MOVING), DRIVER),
        (fail(ACCEPTED), DRIVER),
        (lapse(ACCEPTED), DRIVER),
        (lapse(OPEN), None),
        (fail(FAILED), None),
    ],
)
def test_a_transporter_is_free_once_its_job_is_no_longer_under_way(
    step: Transition[TransportJob], freed: str | None
) -> None:
    assert lifecycle.freed_transporter(step) == freed


def test_a_load_of_a_plan_opens_a_job_of_its_pack_model() -> None:
    load = PlannedLoad("origin", "target", 3, 1, 10.0, 3_000, "NS-72", "job")
    opened = lifecycle.open_job("job", "plan", load, NOW, JobParameters(open_for=timedelta(minutes=9)))
    assert opened.after == a_job(
        promised_packs=1, pack_model_id="NS-72", due_at=NOW + timedelta(minutes=9), revision=1
    )
    assert [fact.type for fact in opened.facts] == ["logistics.job.opened"]
    assert a_job().pack_model_id == STANDARD_PACK.id


@pytest.mark.parametrize(
    ("vehicle", "room"),
    [
        (a_vehicle(12, 0), 12),
        (a_vehicle(12, 5), 7),
        (a_vehicle(12, 1, a_moving_job(picked_up=1)), 9),
        (a_vehicle(4, 0, an_accepted_job(packs=6)), 0),
    ],
)
def test_a_vehicle_keeps_room_for_the_packs_of_its_job(vehicle: VehicleLoad, room: int) -> None:
    assert vehicle.room_packs == room
    vehicle.require_room(room)
    with pytest.raises(VehicleTooSmallError):
        vehicle.require_room(room + 1)


def test_packs_of_a_job_under_way_are_not_spare() -> None:
    vehicle = a_vehicle(12, 4, a_moving_job(delivered=1))
    vehicle.require_spare(["P-1", "P-9"])
    with pytest.raises(TransportJobUnderWayError):
        vehicle.require_spare(["P-9", "P-2"])


@given(st.lists(st.sets(st.sampled_from(PACKS), min_size=1), max_size=8), st.data())
def test_whatever_is_scanned_in_whatever_order_a_job_ends_once_and_pays_its_part(
    scans: list[set[str]], data: st.DataObject
) -> None:
    job, ends = ACCEPTED, 0
    for scan in scans:
        act = data.draw(st.sampled_from([lifecycle.pick_up, lifecycle.deliver]))
        try:
            step = act(job, DRIVER, sorted(scan), LATER)
        except (PackNotOnBoardError, TransportJobEndedError):
            continue
        ends += step.is_change and step.after.has_ended
        job = step.after
        assert set(job.delivered) <= set(job.picked_up) <= set(PACKS)
        assert job.has_ended == (bool(job.picked_up) and not job.on_board)
    assert ends == job.has_ended
    assert job.paid_credits == (1_000 * len(job.delivered) if job.has_ended else 0)
