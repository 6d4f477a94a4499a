from typing import Any

import pytest
from aiokafka import ConsumerRecord

from navswap.events.consumer import DeadEvent, FactConsumer, HandledEvent
from navswap.events.envelope import Envelope
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.realtime.streams import Counted

pytestmark = pytest.mark.streams


def consumer_of(runtime: Runtime, *reactions: Any) -> FactConsumer:
    return FactConsumer(
        runtime.settings,
        runtime.mongo,
        runtime.clock,
        group="test",
        topics=("swapping",),
        reactions={Counted.type: list(reactions)},
    )


def record_of(value: bytes) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("t", 0, 0, 0, 0, None, value, None, 0, len(value), ())


async def test_a_repeated_event_works_once(runtime: Runtime) -> None:
    tallies = runtime.mongo.database["test_tallies"]
    await tallies.delete_many({})
    await tallies.insert_one({"_id": "t", "count": 0})

    async def tally(_envelope: Envelope, session: Session) -> None:
        await tallies.update_one({"_id": "t"}, {"$inc": {"count": 1}}, session=session)

    envelope = Envelope.around(Counted(counter="c", value=1), runtime.clock.now(), new_id())
    consumer = consumer_of(runtime, tally)
    assert await consumer.handle_once(envelope) == "done"
    assert await consumer.handle_once(envelope) == "repeated"
    assert await tallies.find_one({"_id": "t"}) == {"_id": "t", "count": 1}


async def test_a_reaction_that_fails_leaves_no_mark_and_can_be_tried_again(runtime: Runtime) -> None:
    attempts: list[int] = []

    async def fail_once(envelope: Envelope, _session: Session) -> None:
        attempts.append(envelope.payload["value"])
        if len(attempts) == 1:
            raise ZeroDivisionError

    envelope = Envelope.around(Counted(counter="c", value=7), runtime.clock.now(), new_id())
    consumer = consumer_of(runtime, fail_once)
    with pytest.raises(ZeroDivisionError):
        await consumer.handle_once(envelope)
    assert await HandledEvent.find_all().count() == 0
    assert await consumer.handle_once(envelope) == "done"
    assert attempts == [7, 7]


async def test_a_message_that_nobody_can_read_is_parked(runtime: Runtime) -> None:
    await consumer_of(runtime).handle(record_of(b"not an envelope"))
    [parked] = await DeadEvent.find_all().to_list()
    assert parked.value == b"not an envelope"
    assert parked.group == "test"


async def test_an_event_of_no_concern_is_passed_over(runtime: Runtime) -> None:
    class Other(Counted):
        type = "test.other"

    envelope = Envelope.around(Other(counter="c", value=1), runtime.clock.now(), new_id())
    await consumer_of(runtime).handle(record_of(envelope.to_bytes()))
    assert await HandledEvent.find_all().count() == 0
    assert await DeadEvent.find_all().count() == 0
