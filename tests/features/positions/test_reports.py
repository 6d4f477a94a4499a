"""Positions reported to real stores."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from navswap.auth.roles import Role
from navswap.features.positions.domain.filter import Rejected, Rejection
from navswap.features.positions.errors import (
    NotYourPositionError,
    StreamUnavailableError,
    SubjectNotFoundError,
)
from navswap.features.positions.reading import Listing, newest
from navswap.features.positions.service import LATEST_UNAVAILABLE, MAX_BATCH, MAX_LISTED, PositionService
from navswap.features.positions.service.batches import PositionBatch
from navswap.features.positions.storage import GpsLog
from navswap.infra import telemetry
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Area, Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import PLACE, a_fix, a_walk
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.features.positions.stores import positions_of, tapped, without_kafka, without_redis

pytestmark = pytest.mark.streams

AROUND = Area(PLACE.longitude - 0.01, PLACE.latitude - 0.01, PLACE.longitude + 0.01, PLACE.latitude + 0.01)


def rejections(reason: Rejection) -> float:
    return float(telemetry.REJECTIONS.labels("gps", reason)._value.get())


async def listed(positions: PositionService, limit: int = MAX_LISTED) -> Listing:
    """Return who was last seen around the place, as a snapshot of the area does."""
    known = await positions.find_all()
    assert known is not None
    return newest([position for position in known if AROUND.contains(position.point)], limit)


async def test_a_batch_goes_to_kafka_in_one_message_with_its_correlation_id(runtime: Runtime) -> None:
    rider = new_id()
    async with tapped(runtime) as wire:
        with telemetry.correlated("ride-7"):
            points = a_walk((-10, 0), (-5, 20), (0, 40), subject_id=rider)
            report = await positions_of(runtime).report(a_principal(rider), points)
        [record] = await wire.next(1)
    assert (report.accepted, report.rejected) == (3, ())
    assert record.key == rider.encode()
    assert dict(record.headers)["x-correlation-id"] == b"ride-7"
    batch = PositionBatch.from_bytes(record.value or b"")
    assert list(batch.gps_points()) == points
    assert batch.role is Role.CONSUMER


async def test_rejections_are_told_by_index_and_counted(runtime: Runtime) -> None:
    rider = new_id()
    before = {reason: rejections(reason) for reason in Rejection}
    points = [
        a_fix(0, subject_id=rider),
        a_fix(-5, subject_id=rider, accuracy_metres=500),
        a_fix(-86500, subject_id=rider),
        a_fix(60, subject_id=rider),
        a_fix(0, subject_id=rider),
        a_fix(2, subject_id=rider, metres=9000),
        replace(a_fix(1, subject_id=rider), point=Point(0.0, 0.0)),
    ]
    report = await positions_of(runtime).report(a_principal(rider), points)
    assert report.accepted == 1
    assert [(one.index, one.reason) for one in report.rejected] == [
        (1, Rejection.INACCURATE),
        (2, Rejection.TOO_OLD),
        (3, Rejection.FUTURE),
        (4, Rejection.DUPLICATE),
        (5, Rejection.IMPLAUSIBLE_SPEED),
        (6, Rejection.NO_FIX),
    ]
    assert report.reasons == dict.fromkeys(Rejection, 1)
    assert {reason: rejections(reason) - before[reason] for reason in Rejection} == report.reasons


async def test_the_filter_remembers_between_batches(runtime: Runtime) -> None:
    rider = new_id()
    positions, principal = positions_of(runtime), a_principal(rider)
    await positions.report(principal, a_walk((-20, 0), (-15, 10), subject_id=rider))
    repeated = await positions.report(principal, a_walk((-15, 10), subject_id=rider))
    wild = await positions.report(principal, a_walk((-10, 70_000), subject_id=rider))
    good = await positions.report(principal, a_walk((-5, 20), subject_id=rider))
    assert repeated.rejected == (Rejected(0, Rejection.DUPLICATE),)
    assert wild.rejected == (Rejected(0, Rejection.IMPLAUSIBLE_SPEED),)
    assert good.accepted == 1


async def test_a_late_point_is_accepted_and_never_overwrites_a_newer_one(runtime: Runtime) -> None:
    rider = new_id()
    positions, principal = positions_of(runtime), a_principal(rider)
    await positions.report(principal, a_walk((0, 100), subject_id=rider))
    late = await positions.report(principal, a_walk((-600, 0), (-30, 50), subject_id=rider))
    assert late.accepted == 2
    latest = (await positions.find_latest([rider]))[rider]
    assert latest.recorded_at == runtime.clock.now()
    assert latest.point == a_fix(metres=100).point
    assert latest.role is Role.CONSUMER


async def test_reports_that_race_leave_the_newest_point(runtime: Runtime) -> None:
    rider = new_id()
    positions, principal = positions_of(runtime), a_principal(rider)
    points = a_walk(*((-float(seconds), 1.0) for seconds in range(40)), subject_id=rider)
    Random(3).shuffle(points)
    await asyncio.gather(*(positions.report(principal, [point]) for point in points))
    assert (await positions.find_latest([rider]))[rider].recorded_at == runtime.clock.now()


async def test_positions_in_an_area_are_listed_newest_first_and_at_most_so_many(
    runtime: Runtime, clock: ManualClock
) -> None:
    near, newer, far = new_id(), new_id(), new_id()
    positions = positions_of(runtime)
    clock.advance(timedelta(days=2))
    start = clock.now()
    await positions.report(a_principal(near), [a_fix(-9, metres=10, subject_id=near, start=start)])
    await positions.report(a_principal(newer), [a_fix(-8, metres=20, subject_id=newer, start=start)])
    await positions.report(a_principal(far), [a_fix(-7, metres=5000, subject_id=far, start=start)])
    listing = await listed(positions)
    assert [one.subject_id for one in listing.positions] == [newer, near]
    assert listing.is_complete
    cut = await listed(positions, limit=1)
    assert ([one.subject_id for one in cut.positions], cut.is_complete) == ([newer], False)
    clock.advance(timedelta(hours=25))
    assert await positions.find_latest([near]) == {}
    assert (await listed(positions)).positions == []


async def test_who_was_silent_for_a_day_is_dropped_from_redis(runtime: Runtime, clock: ManualClock) -> None:
    rider, other = new_id(), new_id()
    positions = positions_of(runtime)
    key = runtime.settings.redis_prefix + "positions:latest"
    await positions.report(a_principal(rider), [a_fix(subject_id=rider)])
    assert await runtime.redis.hexists(key, rider)
    clock.advance(timedelta(days=3))
    while await runtime.redis.hexists(key, rider):
        await positions.report(a_principal(other), [a_fix(subject_id=other, start=clock.now())])
        clock.advance(timedelta(seconds=1))


async def test_without_redis_points_are_taken_without_history_and_the_outage_is_counted(
    runtime: Runtime,
) -> None:
    rider = new_id()
    before = LATEST_UNAVAILABLE.labels("filter")._value.get()
    async with without_redis(runtime) as positions, tapped(runtime) as wire:
        for _ in range(2):
            report = await positions.report(a_principal(rider), a_walk((-5, 0), (0, 1), subject_id=rider))
            assert report.accepted == 2
        await wire.next(2)
        assert await positions.find_all() is None
    assert LATEST_UNAVAILABLE.labels("filter")._value.get() == before + 2


async def test_without_redis_the_gps_log_tells_the_latest_position(runtime: Runtime) -> None:
    rider, unknown = new_id(), new_id()
    points = a_walk((-30, 0), (-5, 70), (-20, 10), subject_id=rider)
    await GpsLog(runtime.mongo.database).append([(point, Role.STAFF) for point in points])
    async with without_redis(runtime) as positions:
        found = await positions.find_latest([rider, unknown])
    assert set(found) == {rider}
    assert (found[rider].recorded_at, found[rider].role) == (points[1].recorded_at, Role.STAFF)
    assert (await positions_of(runtime).find_latest([rider]))[rider].point == points[1].point


async def test_without_kafka_nothing_is_taken_and_the_same_batch_can_be_sent_again(runtime: Runtime) -> None:
    rider = new_id()
    points = a_walk((-5, 0), (0, 1), subject_id=rider)
    async with without_kafka(runtime) as positions:
        with pytest.raises(StreamUnavailableError, match="send the batch again"):
            await positions.report(a_principal(rider), points)
        assert await positions.find_latest([rider]) == {}
    assert (await positions_of(runtime).report(a_principal(rider), points)).accepted == 2


async def test_a_gateway_reports_for_others_in_one_batch(runtime: Runtime) -> None:
    rider, transporter = await a_user(Role.CONSUMER), await a_user(Role.TRANSPORTER)
    gateway = a_principal(new_id(), Role.ADMIN)
    points = [
        a_fix(-5, subject_id=rider.id),
        a_fix(-5, subject_id=transporter.id, metres=60),
        a_fix(0, subject_id=rider.id, metres=9),
        a_fix(0, subject_id=rider.id, metres=9),
    ]
    async with tapped(runtime) as wire:
        report = await positions_of(runtime).report(gateway, points)
        batches = [PositionBatch.from_bytes(record.value or b"") for record in await wire.next(2)]
    assert (report.accepted, report.rejected) == (3, (Rejected(3, Rejection.DUPLICATE),))
    assert {(batch.subject_id, batch.role, len(batch.points)) for batch in batches} == {
        (rider.id, Role.CONSUMER, 2),
        (transporter.id, Role.TRANSPORTER, 1),
    }


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
async def test_nobody_else_reports_for_others(runtime: Runtime, role: Role) -> None:
    other = await a_user()
    with pytest.raises(NotYourPositionError):
        await positions_of(runtime).report(a_principal(new_id(), role), [a_fix(subject_id=other.id)])


async def test_positions_of_nobody_are_refused(runtime: Runtime) -> None:
    with pytest.raises(SubjectNotFoundError):
        await positions_of(runtime).report(a_principal(new_id(), Role.ADMIN), [a_fix(subject_id="nobody")])


@pytest.mark.parametrize("size", [0, MAX_BATCH + 1])
async def test_a_batch_has_bounds(runtime: Runtime, size: int) -> None:
    rider = new_id()
    points = [a_fix(-number, subject_id=rider) for number in range(size)]
    with pytest.raises(InvalidInputError, match="1 to 500"):
        await positions_of(runtime).report(a_principal(rider), points)


async def test_the_gps_log_is_kept_as_long_as_the_settings_say(runtime: Runtime) -> None:
    log = GpsLog(runtime.mongo.database)
    for days in (7, runtime.settings.gps_retention_days):
        await log.prepare(days)
        [found] = await (await runtime.mongo.database.list_collections(filter={"name": "gps_logs"})).to_list()
        assert found["options"]["expireAfterSeconds"] == days * 86400
        assert found["options"]["timeseries"]["metaField"] == "subject"
