"""The worker's archive: what is published is written once, and nothing is forgotten before it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.events.archive import ArchiveError
from navswap.events.archive.consumer import ArchiveConsumer
from navswap.events.archive.reader import read_events
from navswap.events.dead_letters import DeadEvent
from navswap.events.deliveries import Deliveries, Sweep, mark_archived
from navswap.events.envelope import Envelope
from navswap.events.outbox import Outbox, OutboxEvent, envelope_of
from navswap.events.relay import Relay
from navswap.events.topics import full_name
from navswap.features.positions.service.batches import PositionBatch
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import TimeOrderedIds, new_id
from navswap.runtime import Runtime, prepare_topics
from navswap.worker import archive_consumer, streams
from tests.realtime.streams import PATIENCE_SECONDS, Counted, drained
from tests.support.waiting import until

pytestmark = pytest.mark.streams


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
async def archiving(runtime: Runtime, folder: Path) -> Runtime:
    """A runtime with an archive, on topics that hold nothing."""
    return await on_empty_kafka(runtime, folder)


async def on_empty_kafka(runtime: Runtime, folder: Path) -> Runtime:
    changed = {"kafka_topic_prefix": f"t{new_id().lower()}.", "archive_url": str(folder)}
    settings = runtime.settings.model_copy(update=changed)
    await prepare_topics(settings)
    return replace(runtime, settings=settings)


def consumer_of(runtime: Runtime) -> ArchiveConsumer:
    consumer = archive_consumer(runtime)
    assert consumer is not None
    return consumer


async def publish(runtime: Runtime, *values: int, counter: str = "a") -> None:
    outbox = Outbox(TimeOrderedIds(runtime.clock))

    async def work(session: Session) -> None:
        facts = [Counted(counter=counter, value=value) for value in values]
        await outbox.publish(session, runtime.clock.now(), *facts)

    await runtime.mongo.in_transaction(work)


def archived(folder: Path, topic: str = "swapping") -> list[dict[str, Any]]:
    return read_events(folder, topic).collect().to_dicts()


def values(folder: Path) -> list[str]:
    return [row["payload"] for row in archived(folder)]


def obstruct(folder: Path) -> None:
    """Put a file where the folder of the archive would be."""
    folder.write_text("a file in the place of the folder")


def make_way(folder: Path) -> None:
    folder.unlink()


async def states() -> list[tuple[bool, list[str] | None, bool]]:
    """Return of each event whether it is pending, who awaits it, and whether it is done."""
    found = await OutboxEvent.collection().find().sort("position", 1).to_list()
    return [("pending" in event, event.get("awaited"), "published_at" in event) for event in found]


async def test_what_is_published_is_archived_and_then_the_outbox_may_forget(
    archiving: Runtime, folder: Path, clock: ManualClock
) -> None:
    archive = consumer_of(archiving)
    archive.finish()
    happened = clock.now()
    await publish(archiving, 1, 2)
    async with BackgroundJobs(*streams(archiving, [], archive)):
        assert await Deliveries(clock).drain(within_seconds=PATIENCE_SECONDS)
    assert values(folder) == ['{"counter":"a","value":1}', '{"counter":"a","value":2}']
    [first, _] = archived(folder)
    [stored, _] = await OutboxEvent.collection().find().sort("position", 1).to_list()
    assert first == {
        "event_id": stored["_id"],
        "type": "swapping.counter.counted",
        "key": "a",
        "occurred_at": happened,
        "known_at": happened,
        "schema_version": 1,
        "payload": '{"counter":"a","value":1}',
    }
    assert await states() == [(False, None, True)] * 2


async def test_positions_are_archived_by_when_they_were_received(archiving: Runtime, folder: Path) -> None:
    recorded, received = datetime(2026, 3, 2, 7, 58, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    batch = PositionBatch.of([GpsPoint("rider-1", Point(77.5, 12.9), recorded)], Role.CONSUMER, received)
    topic = full_name(archiving.settings, "positions")
    for _ in range(2):
        await archiving.producer.send(topic, "rider-1", batch.to_bytes())
    archive = consumer_of(archiving)
    archive.finish()

    async def is_there() -> bool:
        return bool(archived(folder, "positions"))

    async with BackgroundJobs(archive.run()):
        await until(is_there)
    [row] = archived(folder, "positions")
    assert (row["type"], row["key"]) == ("positions.batch", "rider-1")
    assert (row["occurred_at"], row["known_at"]) == (recorded, received)
    assert PositionBatch.from_bytes(row["payload"].encode()) == batch


async def test_while_the_archive_cannot_be_written_the_outbox_keeps_all_and_later_it_is_archived(
    archiving: Runtime, folder: Path, clock: ManualClock
) -> None:
    obstruct(folder)
    archive = consumer_of(archiving)
    archive.finish()
    await publish(archiving, 1)

    async def has_failed() -> bool:
        try:
            await archive.check()
        except ArchiveError as error:
            return "cannot be written" in error.message
        return False

    async def is_relayed() -> bool:
        return await states() == [(False, ["archive"], False)]

    async with BackgroundJobs(*streams(archiving, [], archive)):
        await until(has_failed)
        await until(is_relayed)  # the archive may read an event before the relay has marked it
        clock.advance(timedelta(hours=1))
        assert await Deliveries(clock).sweep(
            relayed_before=clock.now(), to_archive_before=clock.now() - timedelta(hours=6)
        ) == Sweep(awaited=1)
        assert await states() == [(False, ["archive"], False)]
        await publish(archiving, 2)
        make_way(folder)
        clock.advance(timedelta(minutes=2))
        assert await Deliveries(clock).drain(within_seconds=PATIENCE_SECONDS)
        await archive.check()
    assert values(folder) == ['{"counter":"a","value":1}', '{"counter":"a","value":2}']


async def test_a_worker_on_an_empty_kafka_archives_what_the_old_one_lost_as_known_when_it_was_recorded(
    archiving: Runtime, folder: Path, clock: ManualClock
) -> None:
    happened = clock.now()
    await publish(archiving, 1)
    relay = Relay(
        archiving.settings, archiving.mongo.database, archiving.producer, clock, reading_all=("archive",)
    )
    assert await drained(relay) == 1
    clock.advance(timedelta(hours=12))
    restarted = await on_empty_kafka(archiving, folder)
    archive = consumer_of(restarted)
    archive.finish()
    async with BackgroundJobs(*streams(restarted, [], archive)):
        assert await Deliveries(clock).drain(within_seconds=PATIENCE_SECONDS)
    [row] = archived(folder)
    assert (row["occurred_at"], row["known_at"]) == (happened, happened)


async def test_what_is_no_event_is_dead_lettered_and_the_next_one_archived(
    archiving: Runtime, folder: Path, clock: ManualClock
) -> None:
    await archiving.producer.send(full_name(archiving.settings, "swapping"), "a", b"no event")
    archive = consumer_of(archiving)
    archive.finish()
    await publish(archiving, 1)
    async with BackgroundJobs(*streams(archiving, [], archive)):
        assert await Deliveries(clock).drain(within_seconds=PATIENCE_SECONDS)
    assert values(folder) == ['{"counter":"a","value":1}']
    [dead] = await DeadEvent.find_all().to_list()
    assert (dead.group, dead.value) == ("archive", b"no event")


async def test_a_worker_that_is_cancelled_writes_what_waits(archiving: Runtime, folder: Path) -> None:
    archive = consumer_of(archiving)
    relay = Relay(archiving.settings, archiving.mongo.database, archiving.producer, archiving.clock)
    await publish(archiving, 1)
    await drained(relay)

    async def has_read() -> bool:
        return archive.waiting_rows == 1

    async with BackgroundJobs(archive.run()):
        await until(has_read)
        assert values(folder) == []
    assert values(folder) == ['{"counter":"a","value":1}']


async def an_event(runtime: Runtime, *groups: str) -> Envelope:
    """Publish an event that some groups await."""
    await publish(runtime, 1)
    await drained(
        Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock, reading_all=groups)
    )
    [stored] = await OutboxEvent.collection().find().to_list()
    return envelope_of(stored)


async def test_an_event_that_others_await_as_well_is_done_once_they_have_worked_on_it(
    archiving: Runtime, clock: ManualClock
) -> None:
    envelope = await an_event(archiving, "payers", "archive")
    await mark_archived([envelope.id], clock.now())
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(awaited=1)
    clock.advance(timedelta(seconds=1))
    assert await Deliveries(clock).sweep(
        relayed_before=clock.now(), to_archive_before=clock.now() - timedelta(hours=6)
    ) == Sweep(resent=1)


async def test_what_was_archived_before_the_relay_said_who_awaits_it_is_done(
    archiving: Runtime, clock: ManualClock
) -> None:
    await publish(archiving, 1)
    [stored] = await OutboxEvent.collection().find().to_list()
    await mark_archived([stored["_id"]], clock.now())
    await drained(
        Relay(
            archiving.settings, archiving.mongo.database, archiving.producer, clock, reading_all=["archive"]
        )
    )
    assert await states() == [(False, ["archive"], False)]
    assert await Deliveries(clock).sweep(relayed_before=clock.now()) == Sweep(done=1)
    [stored] = await OutboxEvent.collection().find().to_list()
    assert "archived" not in stored


async def test_where_the_archive_was_turned_off_nothing_waits_for_it(
    archiving: Runtime, clock: ManualClock
) -> None:
    await an_event(archiving, "archive")
    assert await Deliveries(clock, is_archiving=False).sweep(relayed_before=clock.now()) == Sweep(done=1)


def test_without_a_place_for_it_there_is_no_archive(runtime: Runtime) -> None:
    assert archive_consumer(runtime) is None
