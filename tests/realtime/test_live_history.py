"""What a process forecasts on: each fact once, whether from the archive, the outbox or Kafka."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from navswap.events.archive.records import ArchiveRecord
from navswap.events.archive.writer import ArchiveWriter
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, _as_document
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.ml.history import History, Payload, Row, TableSpec
from navswap.ml.history.history import SETTLED_MS
from navswap.ml.live import FACTS_A_PASS, LiveHistory
from navswap.runtime import Runtime
from tests.realtime.streams import PATIENCE_SECONDS, Counted, drained
from tests.realtime.test_outbox_and_relay import relay_of
from tests.support.outbox import OUTBOX
from tests.support.waiting import until

pytestmark = pytest.mark.streams


def _rows(payload: Payload) -> list[Row]:
    return [Row((payload["counter"],), (float(payload["value"]),))]


SPEC = TableSpec("counted", ("counter",), ("value",), {Counted.type: _rows})


def empty() -> History:
    return History([SPEC], "Asia/Kolkata")


async def publish(runtime: Runtime, counter: str, value: int) -> None:
    async def work(session: Session) -> None:
        await OUTBOX.publish(session, runtime.clock.now(), Counted(counter=counter, value=value))

    await runtime.mongo.in_transaction(work)


def values(live: LiveHistory, counter: str) -> list[float]:
    table = live.history.tables["counted"]
    (entity,) = live.history.entities("counter").find([counter])
    chosen = table.entities("counter") == entity
    return sorted(table.column("value")[chosen].tolist()) if entity >= 0 else []


async def archived(folder: Path) -> int:
    """Write all that the outbox holds to an archive; return how many."""
    writer = ArchiveWriter(str(folder))
    found = [
        Envelope.model_validate(event.envelope | {"streams": {}}) async for event in OutboxEvent.find_all()
    ]
    writer.append([ArchiveRecord.of_envelope(each, epoch_milliseconds(each.occurred_at)) for each in found])
    writer.flush()
    return len(found)


def torn(folder: Path) -> tuple[Path, bytes]:
    """Cut the one file of an archive short; return it and what it held."""
    [part] = folder.rglob("*.parquet")
    whole = part.read_bytes()
    part.write_bytes(whole[:100])
    return part, whole


async def test_what_archive_and_outbox_both_hold_is_counted_once(runtime: Runtime, tmp_path: Path) -> None:
    for value in (1, 2, 3):
        await publish(runtime, "both", value)
    assert await archived(tmp_path) == 3
    await publish(runtime, "both", 4)
    settings = runtime.settings.model_copy(update={"archive_url": str(tmp_path)})
    live = LiveHistory(settings, runtime.clock, empty)
    assert not await live.read_past()
    assert live.ready.is_set()
    assert values(live, "both") == [1, 2, 3, 4]


async def test_each_table_reaches_back_as_far_as_it_is_kept(runtime: Runtime, tmp_path: Path) -> None:
    def kept_for(days: int) -> Callable[[], History]:
        return lambda: History([replace(SPEC, kept=timedelta(days=days))], "UTC")

    await publish(runtime, "old", 1)
    assert await archived(tmp_path) == 1
    await OutboxEvent.collection().delete_many({})  # it keeps what it relayed for a day or so
    long_ago = runtime.clock.now()
    settings = runtime.settings.model_copy(update={"archive_url": str(tmp_path)})
    later = ManualClock(long_ago + timedelta(days=40))
    long, short = (LiveHistory(settings, later, kept_for(days)) for days in (60, 29))
    for live in (long, short):
        await live.read_past()
    assert (values(long, "old"), values(short, "old")) == ([1], [])
    later.advance(timedelta(days=400))  # past the moment of recording, which is no matter of this clock
    await long.forget_old()
    assert values(long, "old") == []


async def test_without_an_archive_the_outbox_is_the_past(runtime: Runtime) -> None:
    await publish(runtime, "alone", 7)
    live = LiveHistory(runtime.settings.model_copy(update={"archive_url": ""}), runtime.clock, empty)
    await live.read_past()
    assert values(live, "alone") == [7]


async def test_an_archive_that_cannot_be_read_now_is_read_later(runtime: Runtime, tmp_path: Path) -> None:
    for value in (1, 2):
        await publish(runtime, "torn", value)
    await archived(tmp_path)
    part, whole = torn(tmp_path)
    live = LiveHistory(
        runtime.settings.model_copy(update={"archive_url": str(tmp_path)}), runtime.clock, empty
    )
    await live.read_past()
    assert values(live, "torn") == [1, 2]
    part.write_bytes(whole)
    await live.read_past()
    assert values(live, "torn") == [1, 2]


async def test_the_past_is_read_again_only_when_it_has_grown_or_could_not_be_read(
    runtime: Runtime, tmp_path: Path
) -> None:
    await publish(runtime, "grown", 1)
    live = LiveHistory(runtime.settings.model_copy(update={"past_url": str(tmp_path)}), runtime.clock, empty)
    await live.read_past()
    assert not await live.has_more_past()
    await archived(tmp_path)
    assert await live.has_more_past()
    part, whole = torn(tmp_path)
    await live.read_past()
    assert await live.has_more_past()
    part.write_bytes(whole)
    await live.read_past()
    assert not await live.has_more_past()


async def test_what_kafka_carries_while_the_past_is_read_comes_after_it_and_once(runtime: Runtime) -> None:
    envelope = Envelope.around(Counted(counter="late", value=1), runtime.clock.now(), OUTBOX._ids.new())
    await OutboxEvent.collection().insert_one(_as_document(envelope))
    live = LiveHistory(runtime.settings, runtime.clock, empty)
    live._waiting = []
    live.take(envelope.to_bytes())
    another = Envelope.around(Counted(counter="late", value=2), runtime.clock.now(), OUTBOX._ids.new())
    live.take(another.to_bytes())
    assert values(live, "late") == []
    await live.read_past()
    live.take(
        Envelope.around(Counted(counter="late", value=3), runtime.clock.now(), OUTBOX._ids.new()).to_bytes()
    )
    assert values(live, "late") == [1, 2, 3]


async def test_what_is_said_over_and_over_does_not_fill_a_history(runtime: Runtime) -> None:
    live = LiveHistory(
        runtime.settings, runtime.clock, lambda: History([replace(SPEC, drops_repeats=True)], "UTC")
    )
    live._waiting = None
    began = runtime.clock.now() + timedelta(days=3_650)  # after the moments in the ids
    said = Counted(counter="same", value=1)
    for second in range(2 * FACTS_A_PASS):
        envelope = Envelope.around(said, began + timedelta(seconds=second), OUTBOX._ids.new())
        live.take(envelope.to_bytes())
    assert live.history.sizes()["counted"] <= 2 + SETTLED_MS // 1_000
    assert live.history.newest_ms == epoch_milliseconds(began) + (2 * FACTS_A_PASS - 1) * 1_000


async def test_unreadable_messages_and_other_types_change_nothing(runtime: Runtime) -> None:
    live = LiveHistory(runtime.settings, runtime.clock, empty)
    live._waiting = None
    for message in (
        b"",
        b"[]",
        b'{"type": "other.thing.happened"}',
        b'{"type": "%s"}' % Counted.type.encode(),
    ):
        live.take(message)
    assert live.history.sizes() == {"counted": 0}


@pytest.mark.parametrize("has_hub", [False, True])
async def test_a_running_history_follows_kafka(runtime: Runtime, has_hub: bool) -> None:
    live = LiveHistory(runtime.settings, runtime.clock, empty)

    async def followed() -> list[float]:
        return values(live, "followed")

    async with AsyncExitStack() as stack:
        if has_hub:
            await stack.enter_async_context(BackgroundJobs(runtime.hub.run()))
        await stack.enter_async_context(BackgroundJobs(live.run(runtime.hub if has_hub else None)))
        await asyncio.wait_for(live.ready.wait(), PATIENCE_SECONDS)
        await publish(runtime, "followed", 5)
        await drained(relay_of(runtime))
        assert await until(followed) == [5]


async def test_what_a_hub_may_have_missed_is_read_from_the_past(runtime: Runtime) -> None:
    live = LiveHistory(runtime.settings, runtime.clock, empty)

    async def missed() -> list[float]:
        return values(live, "missed")

    async with BackgroundJobs(runtime.hub.run(), live.run(runtime.hub)):
        await asyncio.wait_for(live.ready.wait(), PATIENCE_SECONDS)
        await publish(runtime, "missed", 1)  # nothing publishes it to Kafka
        runtime.hub._interrupt_all("hub_reconnected")
        assert await until(missed) == [1]
        another = Envelope.around(Counted(counter="missed", value=2), runtime.clock.now(), OUTBOX._ids.new())
        runtime.hub.deliver(another)
        assert await until(missed, lambda seen: len(seen) == 2) == [1, 2]


async def test_an_unreadable_fact_of_a_hub_changes_nothing(runtime: Runtime) -> None:
    live = LiveHistory(runtime.settings, runtime.clock, empty)
    live._waiting = None
    envelope = Envelope.around(Counted(counter="odd", value=1), runtime.clock.now(), OUTBOX._ids.new())
    live.take_over(envelope.model_copy(update={"payload": {}}))
    assert live.history.sizes() == {"counted": 0}
