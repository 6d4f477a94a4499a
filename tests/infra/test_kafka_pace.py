import asyncio

import pytest
from aiokafka import AIOKafkaConsumer

from navswap.infra import kafka_pace
from navswap.infra.arrivals import Arrivals
from navswap.infra.kafka import Producer, open_consumer
from navswap.infra.kafka_pace import LATER, Pace
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.support.waiting import until

pytestmark = pytest.mark.streams

VERY_LONG = 3_600.0


@pytest.fixture
def embedded(runtime: Runtime) -> Settings:
    """Let each consumer be paced, as beside the embedded broker."""
    return runtime.settings.model_copy(update={"kafka_fetch_wait_milliseconds": 25})


async def read_one(consumer: AIOKafkaConsumer) -> bytes:
    while not (batches := await consumer.getmany(timeout_ms=1_000)):
        pass
    ((record, *_), *_) = batches.values()
    return record.value or b""


async def nap(consumer: AIOKafkaConsumer) -> None:
    """Read until the consumer has read all, is idle, and asks for nothing."""

    async def is_napping() -> bool:
        await consumer.getmany(timeout_ms=10)
        return bool(consumer.paused()) and consumer.paused() == consumer.assignment()

    await until(is_napping)


async def test_a_napping_consumer_is_woken_by_what_its_process_sends(
    embedded: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_pace, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(kafka_pace, "NAP_SECONDS", VERY_LONG)
    topic, producer = f"{embedded.kafka_topic_prefix}{new_id()}", runtime.producer
    await producer.send(topic, "k", b"before")
    async with open_consumer(
        embedded, topic, group=None, from_start=True, pace=Pace(arrivals=producer.arrivals)
    ) as consumer:
        assert await read_one(consumer) == b"before"
        for value in (b"first", b"second"):
            await nap(consumer)
            await producer.send(topic, "k", value)
            assert await read_one(consumer) == value


async def test_a_napping_consumer_finds_by_itself_what_another_process_sends(
    embedded: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_pace, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(kafka_pace, "NAP_SECONDS", 0.2)
    topic = f"{embedded.kafka_topic_prefix}{new_id()}"
    other = Producer(embedded)
    await other.start()
    try:
        await other.wait_until_connected()
        await other.send(topic, "k", b"before")
        async with open_consumer(
            embedded, topic, group=None, from_start=True, pace=Pace(arrivals=runtime.producer.arrivals)
        ) as consumer:
            assert await read_one(consumer) == b"before"
            await nap(consumer)
            await other.send(topic, "k", b"after")
            assert await read_one(consumer) == b"after"
    finally:
        await other.stop()


@pytest.mark.parametrize("pace", [LATER, Pace()])
async def test_a_consumer_that_is_not_woken_never_stops_to_ask(
    embedded: Settings, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, pace: Pace
) -> None:
    monkeypatch.setattr(kafka_pace, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(kafka_pace, "NAP_SECONDS", VERY_LONG)
    topic = f"{embedded.kafka_topic_prefix}{new_id()}"
    await runtime.producer.send(topic, "k", b"before")
    async with open_consumer(embedded, topic, group=None, from_start=True, pace=pace) as consumer:
        assert await read_one(consumer) == b"before"

        async def is_idle() -> bool:
            return bool(consumer._fetcher._fetch_max_wait_ms == pace.idle_fetch_wait_milliseconds)

        await until(is_idle)
        assert not consumer.paused()
        await runtime.producer.send(topic, "k", b"after")
        assert await read_one(consumer) == b"after"


async def test_who_follows_a_topic_is_woken_by_that_topic_alone() -> None:
    arrivals = Arrivals()
    with arrivals.follow(["packs", "stations"]) as arrived, arrivals.follow(["swapping"]) as other:
        arrivals.announce(["stations", "unknown"])
        await asyncio.wait_for(arrived.wait(), 1)
        assert not other.is_set()
        arrived.clear()
        arrivals.announce(["swapping"])
        assert other.is_set()
        assert not arrived.is_set()
    arrivals.announce(["packs", "swapping"])
    assert not arrived.is_set()
