"""Trips to and from shops: how many packs lack one, and how it is opened, and waits."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.parameters import LogisticsParameters
from navswap.features.logistics.domain.pay import reward_credits
from navswap.features.logistics.domain.trips import (
    Trip,
    open_storage_trips,
    open_trip,
    packs_without_trip,
)
from navswap.features.logistics.domain.values import JobState, Stop, StopKind, StorageTrip, TransportJob
from navswap.features.logistics.errors import HandoverNeededError
from navswap.features.logistics.events import JobOpened
from navswap.kit.ids import SequentialIds
from tests.domain.logistics.values import NOW, PACKS, PARAMETERS, a_job, a_moving_job, an_accepted_job

SETTINGS = LogisticsParameters()
STATION, SHOP = Stop(StopKind.STATION, "station"), Stop(StopKind.SHOP, "shop")
TOMORROW = NOW + timedelta(days=1)


def trip(packs: int) -> Trip:
    return Trip(STATION, SHOP, packs, "NS-48", 12.0, TOMORROW)


@pytest.mark.parametrize(
    ("job", "left"),
    [
        (a_job(), 2),
        (an_accepted_job(), 2),
        (a_moving_job(), 2),
        (a_moving_job(delivered=1), 3),
        (a_job(state=JobState.FAILED), 5),
        (a_moving_job(delivered=1, state=JobState.PARTIAL), 5),
        (a_moving_job(delivered=3, state=JobState.DELIVERED), 5),
        (a_job(state=JobState.CANCELLED), 2),
    ],
)
def test_a_trip_covers_what_it_may_still_bring_and_a_cancelled_one_is_not_replaced(
    job: TransportJob, left: int
) -> None:
    assert packs_without_trip(5, [job]) == left


def test_trips_that_bring_more_than_is_missing_leave_none_to_be_opened() -> None:
    assert packs_without_trip(2, [a_job()]) == packs_without_trip(0, []) == 0


def test_what_no_trip_brings_is_opened_in_loads_that_count_on() -> None:
    steps = open_storage_trips("request", trip(8), [a_job()], 3, NOW, SETTINGS, SequentialIds("id"))
    opened = [step.after for step in steps]
    assert [job.packs for job in opened] == [3, 2]
    assert [job.storage for job in opened] == [StorageTrip("request", 2), StorageTrip("request", 3)]
    assert {(job.origin, job.target, job.plan_id, job.due_at) for job in opened} == {
        (STATION, SHOP, None, TOMORROW)
    }
    assert [step.facts for step in steps] == [(JobOpened(job),) for job in opened]
    assert open_storage_trips("request", trip(3), [a_job()], 3, NOW, SETTINGS, SequentialIds("id")) == []


def test_a_trip_pays_what_any_job_of_its_load_and_drive_pays() -> None:
    job = open_trip("job", trip(3), NOW, SETTINGS).after
    assert job.reward_credits == reward_credits(3, 0, 12.0, SETTINGS.pay) == 1_500 + 12 * 150 + 3 * 300
    assert (job.storage, job.promised_packs) == (None, 0)


@pytest.mark.parametrize(
    ("wanted_until", "due_at"),
    [
        (None, NOW + PARAMETERS.open_for),
        (TOMORROW, TOMORROW),
        (NOW + timedelta(minutes=1), NOW + PARAMETERS.open_for),
    ],
)
def test_a_job_that_was_not_fetched_waits_again_for_as_long_as_it_is_wanted(
    wanted_until: datetime | None, due_at: datetime
) -> None:
    job = replace(an_accepted_job(), due_at=NOW, wanted_until=wanted_until)
    assert job_lifecycle.lapse(job, NOW, PARAMETERS).after.due_at == due_at


def test_only_at_a_shop_it_takes_the_partners_scan() -> None:
    job_lifecycle.require_no_shop(STATION)
    job_lifecycle.require_no_shop(Stop(StopKind.DEPOT, "depot"))
    with pytest.raises(HandoverNeededError):
        job_lifecycle.require_no_shop(SHOP)


def test_a_job_concerns_the_station_at_either_end() -> None:
    assert a_job().station_id == "target"
    assert a_job(origin_kind=StopKind.DEPOT).station_id == "target"
    assert a_job(target_kind=StopKind.SHOP).station_id == "origin"
    assert a_moving_job().picked_up == PACKS
