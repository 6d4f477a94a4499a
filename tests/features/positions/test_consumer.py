"""What the worker makes of positions: the log."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from navswap.events.dead_letters import DeadEvent
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
