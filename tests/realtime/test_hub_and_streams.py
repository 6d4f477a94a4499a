import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from navswap.events.cursors import BadStreamCursorError, decode_cursor, encode_cursor
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub, MissedUpdatesError
from navswap.events.relay import Relay
from navswap.events.stream import Loaded, Message, ResyncMessage, SnapshotMessage, UpdateMessage, follow
from navswap.events.topics import full_names
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from tests.realtime.streams import PATIENCE_SECONDS, Counted, drained
from tests.support.broker import own_broker
from tests.support.outbox import OUTBOX

pytestmark = pytest.mark.streams
STREAM = "counter:c"
STREAMS = frozenset({STREAM})


def told(value: int, clock: ManualClock, counter: str = "c") -> Envelope:
    return Envelope.around(Counted(counter=counter, value=value), clock.now(), new_id())


@pytest.fixture
def hub(settings: Settings, clock: ManualClock) -> Hub:
    small = settings.model_copy(update={"hub_history": 4, "subscriber_queue": 8})
    return Hub(small, clock, ["swapping"])


class Counter:
    """A counter whose state is its sequence."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    async def load(self) -> Loaded[int]:
        return Loaded(self.value, {STREAM: self.value})

    def step(self, hub: Hub, clock: ManualClock) -> None:
        self.value += 1
        hub.deliver(told(self.value, clock))


async def take(messages: AsyncIterator[Message[int]], number: int) -> list[Message[int]]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await anext(messages) for _ in range(number)]


async def test_a_stream_begins_with_a_snapshot_and_goes_on_with_updates(hub: Hub, clock: ManualClock) -> None:
    counter = Counter(5)
    messages = follow(hub, STREAMS, counter.load, after=None)
    [first] = await take(messages, 1)
    assert isinstance(first, SnapshotMessage)
    assert first.state == 5
    counter.step(hub, clock)
    counter.step(hub, clock)
    updates = await take(messages, 2)
    assert [one.sequence for one in updates if isinstance(one, UpdateMessage)] == [6, 7]


async def test_an_update_that_the_snapshot_holds_already_is_not_told_again(
    hub: Hub, clock: ManualClock
) -> None:
    counter = Counter()

    async def load_late() -> Loaded[int]:
        counter.step(hub, clock)  # committed and delivered while the snapshot was being read
        return await counter.load()

    messages = follow(hub, STREAMS, load_late, after=None)
    await take(messages, 1)
    counter.step(hub, clock)
    [update] = await take(messages, 1)
    assert isinstance(update, UpdateMessage)
    assert update.sequence == 2


async def test_a_cursor_resumes_with_the_gap(hub: Hub, clock: ManualClock) -> None:
    counter = Counter()
    for _ in range(4):
        counter.step(hub, clock)
    messages = follow(hub, STREAMS, counter.load, after=encode_cursor({STREAM: 2}))
    gap = await take(messages, 2)
    assert [one.sequence for one in gap if isinstance(one, UpdateMessage)] == [3, 4]


@pytest.mark.usefixtures("runtime")
async def test_a_gap_that_is_gone_is_a_resync_and_a_snapshot(hub: Hub, clock: ManualClock) -> None:
    counter = Counter()
    for _ in range(9):
        counter.step(hub, clock)
    messages = follow(hub, STREAMS, counter.load, after=encode_cursor({STREAM: 2}))
    resync, snapshot = await take(messages, 2)
    assert isinstance(resync, ResyncMessage)
    assert isinstance(snapshot, SnapshotMessage)
    assert snapshot.state == 9


@pytest.mark.usefixtures("runtime")
async def test_a_cursor_from_the_future_is_a_resync(hub: Hub) -> None:
    messages = follow(hub, STREAMS, Counter(3).load, after=encode_cursor({STREAM: 8}))
    [resync] = await take(messages, 1)
    assert isinstance(resync, ResyncMessage)


async def test_a_missing_update_is_noticed(hub: Hub, clock: ManualClock) -> None:
    counter = Counter()
    messages = follow(hub, STREAMS, counter.load, after=None)
    await take(messages, 1)
    counter.value = 2
    hub.deliver(told(2, clock))
    resync, snapshot = await take(messages, 2)
    assert isinstance(resync, ResyncMessage)
    assert isinstance(snapshot, SnapshotMessage)
    assert snapshot.state == 2


async def test_a_slow_reader_is_told_that_it_missed_updates(hub: Hub, clock: ManualClock) -> None:
    counter = Counter()
    messages = follow(hub, STREAMS, counter.load, after=None)
    await take(messages, 1)
    for _ in range(20):
        counter.step(hub, clock)
    resync, snapshot = await take(messages, 2)
    assert isinstance(resync, ResyncMessage)
    assert isinstance(snapshot, SnapshotMessage)
    assert snapshot.state == 20


async def test_a_repeated_event_is_delivered_once(hub: Hub, clock: ManualClock) -> None:
    with hub.subscribe(STREAMS) as subscription:
        once = told(1, clock)
        hub.deliver(once)
        hub.deliver(once)
        hub.deliver(told(2, clock))
        assert [(await subscription.next()).streams[STREAM] for _ in range(2)] == [1, 2]


async def test_nothing_is_delivered_after_unsubscribing(hub: Hub, clock: ManualClock) -> None:
    with hub.subscribe(STREAMS) as subscription:
        pass
    hub.deliver(told(1, clock))
    subscription.interrupt("test")
    with pytest.raises(MissedUpdatesError):
        await subscription.next()


@pytest.mark.parametrize("cursor", ["", "!", "bm8", "W10", "eyJhIjotMX0", "eyJhIjoiYiJ9", "x" * 30_000])
def test_a_cursor_that_we_did_not_hand_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadStreamCursorError):
        decode_cursor(cursor)


async def test_a_cursor_of_another_stream_is_refused(hub: Hub) -> None:
    messages = follow(hub, STREAMS, Counter().load, after=encode_cursor({"counter:other": 1}))
    with pytest.raises(BadStreamCursorError):
        await anext(messages)


@given(st.dictionaries(st.text(max_size=20), st.integers(0, 2**40), max_size=10))
def test_a_cursor_reads_back_as_it_was_written(position: dict[str, int]) -> None:
    assert decode_cursor(encode_cursor(position)) == position


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(before=st.integers(0, 6), reads=st.lists(st.integers(0, 12), min_size=1, max_size=6))
async def test_snapshot_and_updates_make_the_fresh_snapshot(
    settings: Settings, clock: ManualClock, before: int, reads: list[int]
) -> None:
    hub = Hub(settings.model_copy(update={"hub_history": 4, "subscriber_queue": 8}), clock, [])
    counter = Counter(before)
    messages = follow(hub, STREAMS, counter.load, after=None)
    state = -1
    for steps in reads:
        for _ in range(steps):
            counter.step(hub, clock)
        while state != counter.value:
            [message] = await take(messages, 1)
            if isinstance(message, SnapshotMessage):
                state = message.state
            elif isinstance(message, UpdateMessage):
                assert message.sequence == state + 1
                state = message.envelope.payload["value"]
            else:
                state = -1
    assert state == counter.value


async def test_a_broker_that_lost_its_logs_ends_in_a_resync(settings: Settings, clock: ManualClock) -> None:
    async with own_broker() as broker:
        own = settings.model_copy(update={"kafka_bootstrap": broker.bootstrap})
        hub = Hub(own, clock, ["swapping"])
        [topic] = full_names(own, ["swapping"])
        async with (
            AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer,
            BackgroundJobs(hub.run()),
        ):
            await asyncio.wait_for(hub.wait_until_connected(), PATIENCE_SECONDS)
            with hub.subscribe([STREAM]) as subscription:
                for value in (1, 2):
                    await producer.send_and_wait(topic, told(value, clock).to_bytes(), key=b"c")
                    assert await asyncio.wait_for(subscription.next(), PATIENCE_SECONDS)
                await broker.restart_empty()
                with pytest.raises(MissedUpdatesError, match="hub_reconnected"):
                    await asyncio.wait_for(subscription.next(), PATIENCE_SECONDS)
                await producer.send_and_wait(topic, told(3, clock).to_bytes(), key=b"c")
                assert (await asyncio.wait_for(subscription.next(), PATIENCE_SECONDS)).payload["value"] == 3


async def test_an_event_travels_from_the_outbox_through_kafka_to_a_subscriber(runtime: Runtime) -> None:
    counter = new_id()
    stream = f"counter:{counter}"
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)

    async def work(session: Session) -> None:
        await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=counter, value=1))

    async with BackgroundJobs(runtime.hub.run()):
        await asyncio.wait_for(runtime.hub.wait_until_connected(), PATIENCE_SECONDS)
        with runtime.hub.subscribe([stream]) as subscription:
            await runtime.mongo.in_transaction(work)
            await drained(relay)
            envelope = await asyncio.wait_for(subscription.next(), PATIENCE_SECONDS)
    assert envelope.streams == {stream: 1}
    assert envelope.payload == {"counter": counter, "value": 1}
