"""Events that Kafka can never take: kept with their reason, while the outbox goes on."""

from dataclasses import dataclass

import pytest
from aiokafka.admin import NewTopic

from navswap.events.dead_letters import RELAY_GROUP, DeadEvent, drop, replay
from navswap.events.outbox import OutboxEvent, find_backlog
from navswap.events.relay import Relay
from navswap.infra.kafka import KafkaRejectedError, Producer, open_admin
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.realtime.streams import Counted, drained, read_counters
from tests.support.outbox import OUTBOX
from tests.support.real_kafka import KafkaProcess

pytestmark = pytest.mark.streams

MEBIBYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class Heavy(Counted):
    """A fact that no broker takes."""

    ballast: str = "x" * MEBIBYTE


class Misdirected(Counted):
    """A fact for a topic that no broker can hold."""

    type = "no topic/at all.counted"


async def publish_one(runtime: Runtime, event: Counted) -> None:
    async def work(session: Session) -> None:
        await OUTBOX.publish(session, runtime.clock.now(), event)

    await runtime.mongo.in_transaction(work)


def relay_of(runtime: Runtime) -> Relay:
    return Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)


@pytest.mark.parametrize(
    ("hopeless", "reason"), [(Heavy, "larger than"), (Misdirected, "no name of a topic")]
)
async def test_an_event_that_kafka_can_never_take_does_not_hold_up_the_outbox(
    runtime: Runtime, hopeless: type[Counted], reason: str
) -> None:
    counter = new_id()
    await publish_one(runtime, Counted(counter=counter, value=1))
    await publish_one(runtime, hopeless(counter=counter, value=2))
    await publish_one(runtime, Counted(counter=counter, value=3))
    assert await drained(relay_of(runtime)) == 3
    assert await read_counters(runtime, counter, expected=2) == {counter: [1, 3]}
    [dead] = await DeadEvent.find_all().to_list()
    assert (dead.group, dead.type) == (RELAY_GROUP, hopeless.type)
    assert reason in dead.reason
    assert (await find_backlog(runtime.clock.now())).pending == 0


@pytest.mark.parametrize(
    "damage", [{"$unset": {"envelope.key": ""}}, {"$set": {"envelope": "?"}}, {"$unset": {"streams": ""}}]
)
async def test_a_document_of_the_outbox_that_is_no_event_does_not_hold_it_up(
    runtime: Runtime, damage: dict[str, dict[str, object]]
) -> None:
    counter = new_id()
    await publish_one(runtime, Counted(counter=counter, value=1))
    await OutboxEvent.collection().update_many({}, damage)
    await publish_one(runtime, Counted(counter=counter, value=2))
    assert await drained(relay_of(runtime)) == 2
    assert await read_counters(runtime, counter, expected=1) == {counter: [2]}
    [dead] = await DeadEvent.find_all().to_list()
    assert dead.reason.startswith("This is no event: ")


async def test_a_relay_that_was_interrupted_keeps_a_dead_letter_once(runtime: Runtime) -> None:
    await publish_one(runtime, Heavy(counter="c", value=1))
    await drained(relay_of(runtime))
    await OutboxEvent.collection().update_many({}, {"$set": {"pending": True}})
    await drained(relay_of(runtime))
    assert await DeadEvent.find_all().count() == 1


async def test_a_replayed_event_of_the_relay_is_pending_again_and_goes_out(runtime: Runtime) -> None:
    counter = new_id()
    await publish_one(runtime, Misdirected(counter=counter, value=1))
    await drained(relay_of(runtime))
    [dead] = await DeadEvent.find_all().to_list()
    await OutboxEvent.collection().update_many({}, {"$set": {"envelope.topic": Counted.topic()}})

    await replay(dead, runtime.mongo, [])
    assert await DeadEvent.find_all().count() == 0
    assert (await find_backlog(runtime.clock.now())).pending == 1
    assert await drained(relay_of(runtime)) == 1
    assert await read_counters(runtime, counter, expected=1) == {counter: [1]}


async def test_a_dropped_event_of_the_relay_is_forgotten_like_a_published_one(runtime: Runtime) -> None:
    await publish_one(runtime, Heavy(counter="c", value=1))
    await drained(relay_of(runtime))
    [dead] = await DeadEvent.find_all().to_list()
    await drop(dead, runtime.mongo, runtime.clock.now())
    assert await DeadEvent.find_all().count() == 0
    [left] = await OutboxEvent.find_all().to_list()
    assert left.published_at == runtime.clock.now()


async def test_a_message_that_is_sent_alone_and_can_never_be_taken_is_an_error(runtime: Runtime) -> None:
    with pytest.raises(KafkaRejectedError):
        await runtime.producer.send(f"{runtime.settings.kafka_topic_prefix}swapping", "k", b"x" * MEBIBYTE)


@pytest.mark.needs_java
async def test_what_a_real_broker_refuses_holds_up_nothing_of_the_same_partition(
    real_kafka_settings: Settings, real_kafka: KafkaProcess
) -> None:
    assert real_kafka.bootstrap == real_kafka_settings.kafka_bootstrap
    topic = f"small-{new_id()}"
    async with open_admin(real_kafka_settings) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "2000"})])
    producer = Producer(real_kafka_settings)
    await producer.start()
    try:
        for _ in range(2):
            await producer.wait_until_connected()
            rejected = await producer.send_many(
                [(topic, "a", b"x", ()), (topic, "b", b"x" * 20_000, ()), (topic, "c", b"x", ())]
            )
            assert list(rejected) == [1]
            assert "MessageSizeTooLarge" in rejected[1]
        await producer.wait_until_connected()
        assert await producer.send_many([(topic, "d", b"x", ())]) == {}
    finally:
        await producer.stop()
