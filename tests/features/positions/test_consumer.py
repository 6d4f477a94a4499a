"""What the worker makes of positions: the log."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from pymongo.errors import OperationFailure

from navswap.auth.roles import Role
from navswap.events.dead_letters import DeadEvent
from navswap.features.positions.service.consumer import _DeduplicatingLog
from navswap.features.positions.storage import GpsLog
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import START, a_fix, a_walk
from tests.factories.positions import a_message
from tests.features.positions.stores import (
    Record,
    position_consumer,
    record_of,
)

pytestmark = pytest.mark.streams


def messages(*walks: Sequence[GpsPoint]) -> list[Record]:
    return [record_of(a_message(walk)) for walk in walks]


async def logged(runtime: Runtime, subject_id: str) -> list[GpsPoint]:
    points = await GpsLog(runtime.mongo.database).list_since({subject_id: START - timedelta(days=1)})
    return points[subject_id]


@pytest.mark.parametrize(
    "poison",
    [
        b"",
        b"null",
        b"{",
        b'{"subject_id":"a","role":"CONSUMER","received_at":1,"points":[]}',
        b'{"subject_id":"a","role":"KING","received_at":1,"points":[[1,2,3,null,null,null]]}',
        b'{"subject_id":"a","role":"CONSUMER","received_at":1,"points":[[1,999,3,null,null,null]]}',
        b'{"subject_id":"a","role":"CONSUMER","received_at":1,"points":[[1,2,3,-5,null,null]]}',
    ],
)
async def test_a_message_that_cannot_be_read_is_dead_lettered_and_the_rest_goes_on(
    runtime: Runtime, poison: bytes
) -> None:
    rider = new_id()
    good = a_message([a_fix(subject_id=rider)])
    await position_consumer(runtime).handle([record_of(poison), record_of(good)])
    assert [dead.value for dead in await DeadEvent.find_all().to_list()] == [poison]
    assert len(await logged(runtime, rider)) == 1


async def test_what_is_read_twice_is_logged_once(runtime: Runtime) -> None:
    rider = new_id()
    batches = messages(a_walk((0, 0), (10, 5), subject_id=rider), a_walk((15, 9), subject_id=rider))
    for worker in (first := position_consumer(runtime), first, position_consumer(runtime)):
        await worker.handle(batches)
        await worker.handle(batches[:1])
    assert len(await logged(runtime, rider)) == 3


async def test_a_point_of_a_write_that_failed_is_looked_for_before_it_is_logged_again(
    runtime: Runtime,
) -> None:
    rider, database = new_id(), runtime.mongo.database
    gps_log = GpsLog(database)
    log = _DeduplicatingLog(gps_log)
    first, second = [[(point, Role.CONSUMER)] for point in a_walk((0, 0), (10, 5), subject_id=rider)]
    assert await log.append(first) == first
    await database.drop_collection(GpsLog.NAME)
    await database.create_collection(GpsLog.NAME, viewOn="nothing")  # which can be read, but not written
    try:
        with pytest.raises(OperationFailure):
            await log.append(second)
    finally:
        await database.drop_collection(GpsLog.NAME)
        await gps_log.prepare(runtime.settings.gps_retention_days)
    await gps_log.append(second)  # as a write does that fails after the server has carried it out
    assert await log.append(second) == []
    assert await logged(runtime, rider) == [point for point, _ in second]
