from typing import Any

import pytest
from aiokafka import ConsumerRecord
from pymongo.errors import AutoReconnect

from navswap.events.consumer import FactConsumer
from navswap.events.dead_letters import DeadEvent, DeadEventLostError, dead_letter_envelope, replay
from navswap.events.envelope import Envelope
from navswap.events.handled import HandledEvent
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.realtime.streams import Counted

pytestmark = pytest.mark.streams


def consumer_of(runtime: Runtime, *reactions: Any, group: str = "test") -> FactConsumer:
    return FactConsumer(
        runtime.settings,
        runtime.mongo,
        runtime.clock,
        group=group,
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


async def test_an_unreadable_message_is_dead_lettered(runtime: Runtime) -> None:
    await consumer_of(runtime).handle(record_of(b"not an envelope"))
    [dead] = await DeadEvent.find_all().to_list()
    assert dead.value == b"not an envelope"
    assert dead.group == "test"


async def test_a_reaction_that_keeps_failing_is_dead_lettered_with_its_reason(runtime: Runtime) -> None:
    tallies = runtime.mongo.database["test_tallies"]
    await tallies.delete_many({})
    await tallies.insert_one({"_id": "t"})

    async def meets_a_duplicate(_envelope: Envelope, session: Session) -> None:
        await tallies.insert_one({"_id": "t"}, session=session)

    envelope = Envelope.around(Counted(counter="c", value=1), runtime.clock.now(), new_id())
    for _ in range(2):
        await consumer_of(runtime, meets_a_duplicate).handle(record_of(envelope.to_bytes()))
    [dead] = await DeadEvent.find_all().to_list()
    assert (dead.group, dead.type, dead.event_id) == ("test", Counted.type, envelope.id)
    assert "duplicate key" in dead.reason
    assert Envelope.from_bytes(dead.value) == envelope
    assert await HandledEvent.find_all().count() == 0


async def test_an_outage_of_mongodb_is_no_reason_to_give_an_event_up(runtime: Runtime) -> None:
    async def meets_an_outage(_envelope: Envelope, _session: Session) -> None:
        raise AutoReconnect("no primary")

    envelope = Envelope.around(Counted(counter="c", value=1), runtime.clock.now(), new_id())
    with pytest.raises(AutoReconnect):
        await consumer_of(runtime, meets_an_outage).handle(record_of(envelope.to_bytes()))
    assert await DeadEvent.find_all().count() == 0


async def test_a_dead_event_is_replayed_by_its_own_group_once(runtime: Runtime) -> None:
    handled: list[str] = []
    is_mended = False

    def of(group: str) -> FactConsumer:
        async def react(_envelope: Envelope, _session: Session) -> None:
            if not is_mended:
                raise ZeroDivisionError
            handled.append(group)

        return consumer_of(runtime, react, group=group)

    mine, other = of("mine"), of("other")
    envelope = Envelope.around(Counted(counter="c", value=1), runtime.clock.now(), new_id())
    await dead_letter_envelope("mine", envelope, "a bug", runtime.clock.now())
    [dead] = await DeadEvent.find_all().to_list()

    with pytest.raises(ZeroDivisionError):
        await replay(dead, runtime.mongo, [other, mine])
    assert await DeadEvent.find_all().count() == 1, "what fails again stays"

    is_mended = True
    await replay(dead, runtime.mongo, [other, mine])
    await replay(dead, runtime.mongo, [other, mine])
    assert handled == ["mine"]
    assert await DeadEvent.find_all().count() == 0


async def test_a_dead_event_that_nothing_can_work_on_any_more_says_so(runtime: Runtime) -> None:
    class Forgotten(Counted):
        type = "test.forgotten"

    envelope = Envelope.around(Forgotten(counter="c", value=1), runtime.clock.now(), new_id())
    await dead_letter_envelope("test", envelope, "a bug", runtime.clock.now())
    [dead] = await DeadEvent.find_all().to_list()
    with pytest.raises(DeadEventLostError, match="no consumer group test"):
        await replay(dead, runtime.mongo, [])
    with pytest.raises(ValueError, match=r"test reacts to test\.forgotten no more"):
        await replay(dead, runtime.mongo, [consumer_of(runtime)])


async def test_an_event_of_no_concern_is_passed_over(runtime: Runtime) -> None:
    class Other(Counted):
        type = "test.other"

    envelope = Envelope.around(Other(counter="c", value=1), runtime.clock.now(), new_id())
    await consumer_of(runtime).handle(record_of(envelope.to_bytes()))
    assert await HandledEvent.find_all().count() == 0
    assert await DeadEvent.find_all().count() == 0
