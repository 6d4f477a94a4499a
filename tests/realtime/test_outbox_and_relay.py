import asyncio

import pytest
from pymongo.errors import PyMongoError

from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, list_stream
from navswap.events.relay import Relay, _ordered_batches
from navswap.infra.kafka import KafkaUnavailableError, Producer
from navswap.infra.mongo import Session
from navswap.infra.telemetry import correlated
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.realtime.streams import Counted, drained, read_counters
from tests.support.outbox import OUTBOX

pytestmark = pytest.mark.streams
BOUND_SECONDS = 180.0


async def count(runtime: Runtime, counter: str, *values: int) -> None:
    """Publish each value in a transaction of its own."""
    for value in values:

        async def work(session: Session, value: int = value) -> None:
            await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=counter, value=value))

        await runtime.mongo.in_transaction(work)


def relay_of(runtime: Runtime, producer: Producer | None = None) -> Relay:
    return Relay(runtime.settings, runtime.mongo.database, producer or runtime.producer, runtime.clock)


async def test_all_events_of_a_transaction_are_stored_in_the_order_of_their_publishing(
    runtime: Runtime,
) -> None:
    attempts = 0

    async def work(session: Session) -> None:
        nonlocal attempts
        attempts += 1
        for value in (1, 2):
            await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=f"c{attempts}", value=value))
        assert await OutboxEvent.collection().count_documents({}, session=session) == 0
        if attempts == 1:
            raise PyMongoError("again", error_labels={"TransientTransactionError"})

    await runtime.mongo.in_transaction(work)
    events = await OutboxEvent.find_all().sort("position").to_list()
    stored = [event.envelope["payload"] for event in events]
    assert [(payload["counter"], payload["value"]) for payload in stored] == [("c2", 1), ("c2", 2)]


async def test_an_event_commits_only_with_the_state_change_that_caused_it(runtime: Runtime) -> None:
    async def fails(session: Session) -> None:
        await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=new_id(), value=1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await runtime.mongo.in_transaction(fails)
    assert await OutboxEvent.find_all().count() == 0


async def test_an_event_without_a_transaction_is_a_mistake(runtime: Runtime) -> None:
    async with runtime.mongo.client.start_session() as session:
        with pytest.raises(RuntimeError, match="transaction"):
            await OUTBOX.publish(session, runtime.clock.now(), Counted(counter="c", value=1))


async def test_events_reach_kafka_in_order_per_aggregate(runtime: Runtime) -> None:
    one, other = new_id(), new_id()
    for value in range(1, 6):
        await count(runtime, one, value)
        await count(runtime, other, value)
    assert await drained(relay_of(runtime)) == 10
    seen = await read_counters(runtime, one, other, expected=10)
    assert seen == {one: [1, 2, 3, 4, 5], other: [1, 2, 3, 4, 5]}
    assert await OutboxEvent.find({"pending": True}).count() == 0


async def test_the_correlation_id_of_the_request_goes_with_the_event(runtime: Runtime) -> None:
    with correlated("request-7"):
        await count(runtime, new_id(), 1)
    stored = await OutboxEvent.find_all().to_list()
    assert stored[0].envelope["correlation_id"] == "request-7"


async def test_with_kafka_down_events_wait_and_arrive_afterwards_in_order(runtime: Runtime) -> None:
    counter = new_id()
    nowhere = Producer(runtime.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"}))
    await nowhere.start()
    try:
        await count(runtime, counter, 1, 2)
        with pytest.raises(KafkaUnavailableError):
            await drained(relay_of(runtime, nowhere))
        await count(runtime, counter, 3)
        assert await OutboxEvent.find({"pending": True}).count() == 3
    finally:
        await nowhere.stop()
    assert await drained(relay_of(runtime)) == 3
    assert await read_counters(runtime, counter, expected=3) == {counter: [1, 2, 3]}


async def test_of_two_relays_one_works_until_it_gives_its_lease_up(runtime: Runtime) -> None:
    first, second = relay_of(runtime), relay_of(runtime)
    assert await first.acquire_leadership()
    assert not await second.acquire_leadership()
    assert await first.acquire_leadership()
    await first.release()
    assert await second.acquire_leadership()
    assert not await first.acquire_leadership()


async def test_an_idle_relay_is_woken_by_what_is_stored(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("navswap.events.relay.LOOKS", 1)  # idle after one look
    monkeypatch.setattr(
        "navswap.events.relay.WATCH_SECONDS", 300.0
    )  # and no other look before the test is over
    counter = new_id()
    relaying = asyncio.create_task(relay_of(runtime).run())
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            await _is_watching(runtime)
            await count(runtime, counter, 1)
            assert await read_counters(runtime, counter, expected=1) == {counter: [1]}
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_a_relay_goes_over_from_looks_to_notices_and_back_and_leaves_nothing_out(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("navswap.events.relay.LOOKS", 1)
    monkeypatch.setattr("navswap.events.relay.MUCH", 3)  # so many notices make it look again
    monkeypatch.setattr("navswap.events.relay.WATCH_SECONDS", 300.0)
    counter = new_id()
    relaying = asyncio.create_task(relay_of(runtime).run())
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            for value in range(1, 13):
                if value % 4 == 1:  # behind four events it has looked by itself, and waits once more
                    await _is_watching(runtime)
                await count(runtime, counter, value)
                assert await read_counters(runtime, counter, expected=value) == {
                    counter: list(range(1, value + 1))
                }
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def _is_watching(runtime: Runtime) -> None:
    """Return once somebody waits for what is stored in the outbox of the test."""
    outbox = f"{runtime.mongo.database.name}.{OutboxEvent.get_collection_name()}"
    while True:
        running = await runtime.mongo.client.admin.command({"currentOp": 1, "ns": outbox, "op": "getmore"})
        if running["inprog"]:
            return


async def test_concurrent_writers_of_one_aggregate_are_put_in_the_order_of_their_commits(
    runtime: Runtime,
) -> None:
    counter = new_id()
    counters = runtime.mongo.database["test_counters"]
    await counters.insert_one({"_id": counter, "value": 0})

    async def increment(session: Session) -> None:
        found = await counters.find_one_and_update(
            {"_id": counter}, {"$inc": {"value": 1}}, session=session, return_document=True
        )
        assert found is not None
        await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=counter, value=found["value"]))

    await asyncio.gather(*(runtime.mongo.in_transaction(increment) for _ in range(40)))
    await drained(relay_of(runtime))
    assert await read_counters(runtime, counter, expected=40) == {counter: list(range(1, 41))}


async def test_a_stream_is_replayed_from_the_outbox_or_not_at_all(runtime: Runtime) -> None:
    counter = new_id()
    await count(runtime, counter, 1, 2, 3, 4)
    stream = f"counter:{counter}"
    replay = await list_stream(stream, after=2)
    assert replay is not None
    assert [envelope.payload["value"] for envelope in replay] == [3, 4]
    await OutboxEvent.find({"envelope.payload.value": 3}).delete()
    assert await list_stream(stream, after=2) is None
    assert await list_stream(stream, after=4) == []


def test_events_of_one_stream_under_several_keys_are_sent_one_after_the_other(clock: ManualClock) -> None:
    def published(key: str, **streams: int) -> Envelope:
        envelope = Envelope.around(Counted(counter=key, value=1), clock.now(), new_id())
        return envelope.model_copy(update={"streams": streams})

    left = published("old", entry=2, old=5)
    joined = published("new", new=8)
    arrived = published("new", entry=3, new=9)
    elsewhere = published("other", other=1)
    assert _ordered_batches([left, joined, arrived, elsewhere]) == [[left, joined, elsewhere], [arrived]]
