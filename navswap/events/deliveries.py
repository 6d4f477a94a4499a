"""Deliveries: a fact is done when every group that reacts to it has worked on it, not when Kafka has taken it.

Kafka can forget: the embedded broker keeps its messages in memory, a restored installation may have lost its volume.
So the relay marks what it has published to reacting groups as `awaited`, consumers mark what they have worked on
(`HandledEvent`), and a sweep compares the two. What a group has not worked on is published again; reactions work once.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from pymongo.errors import PyMongoError

from navswap.events.dead_letters import DeadEvent
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent
from navswap.kit.clock import Clock

log = structlog.get_logger(__name__)

Groups = Mapping[str, Sequence[str]]
"""The consumer groups that react to a fact, by its type."""

BATCH: Final = 1_000
SWEEP_SECONDS: Final = 15.0
RETRY_SECONDS: Final = 0.5
RESEND_AFTER: Final = timedelta(minutes=15)
"""How long a group that is behind is left alone before what it has not worked on is published again."""
ARCHIVE_GROUP: Final = "archive"
"""The group that archives every event. It marks events in bulk (`mark_archived`), for its work is not in MongoDB."""
RESEND_TO_ARCHIVE_AFTER: Final = timedelta(hours=6)
"""The same for what the archive alone has not worked on: its disk may be full for hours, and Kafka has it still."""
DRAIN_SECONDS: Final = 8.0
"""What an orderly stop waits for; what is left then is published again at the next start."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a sweep found: events that are done everywhere, that were published again, and that are still awaited."""

    done: int = 0
    resent: int = 0
    awaited: int = 0


class Deliveries:
    """Compares what was published with what was worked on."""

    def __init__(self, clock: Clock, *, is_archiving: bool = True) -> None:
        """Take the archive for done with everything where there is none (any more)."""
        self._clock = clock
        self._is_archiving = is_archiving

    async def run(self) -> None:
        """Publish again what an earlier worker published in vain, then sweep for ever."""
        relayed_before = to_archive_before = self._clock.now()
        while True:
            try:
                await self.sweep(relayed_before=relayed_before, to_archive_before=to_archive_before)
            except PyMongoError as error:
                log.warning("deliveries_wait", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await asyncio.sleep(SWEEP_SECONDS)
                relayed_before = self._clock.now() - RESEND_AFTER
                to_archive_before = self._clock.now() - RESEND_TO_ARCHIVE_AFTER

    async def sweep(self, *, relayed_before: datetime, to_archive_before: datetime | None = None) -> Sweep:
        """Let the outbox forget, in its time, what is done; what was relayed before a moment and is not, is pending again.

        `to_archive_before` is that moment for what the archive alone awaits still; `relayed_before` where it is None.
        """
        archive_before = to_archive_before or relayed_before
        done = resent = awaited = 0
        async for events in _awaited():
            waiting = await self._waiting(events)
            finished = {event["_id"] for event in events} - waiting.keys()
            late = []
            for event in events:
                groups = waiting.get(event["_id"], set())
                before = archive_before if groups == {ARCHIVE_GROUP} else relayed_before
                if groups and event["relayed_at"] < before:
                    late.append(event["_id"])
            await _close(finished, self._clock.now())
            await _requeue(late)
            done, resent = done + len(finished), resent + len(late)
            awaited += len(events) - len(finished) - len(late)
        if resent:
            log.warning("events_published_again", events=resent)
        return Sweep(done, resent, awaited)

    async def _waiting(self, events: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
        """Return the groups that have yet to work on each event, by its id; a dead letter of a group counts as worked on."""
        marks = {
            HandledEvent.id_of(group, event["_id"]): (event["_id"], group)
            for event in events
            for group in event["awaited"]
            if group != ARCHIVE_GROUP or (self._is_archiving and not event.get("archived"))
        }
        wanted = {"_id": {"$in": list(marks)}}
        for document in (HandledEvent, DeadEvent):
            async for found in document.collection().find(wanted, {"_id": True}):
                marks.pop(found["_id"], None)
        waiting: dict[str, set[str]] = defaultdict(set)
        for event_id, group in marks.values():
            waiting[event_id].add(group)
        return dict(waiting)

    async def drain(self, within_seconds: float = DRAIN_SECONDS, pause_seconds: float = 0.05) -> bool:
        """Wait until nothing is pending or awaited; return whether that came true within a time."""
        try:
            async with asyncio.timeout(within_seconds):
                while await self._is_something_left():  # noqa: ASYNC110 - what is waited for is in the database
                    await asyncio.sleep(pause_seconds)
        except (TimeoutError, PyMongoError) as error:
            log.warning("stopped_before_all_was_handled", error=repr(error))
            return False
        return True

    async def _is_something_left(self) -> bool:
        """Look at what is pending on both sides of what is awaited: another sweep may publish an event again meanwhile."""
        if await _is_pending():
            return True
        beginning = self._clock.now() - timedelta(days=36_500)
        return (await self.sweep(relayed_before=beginning)).awaited > 0 or await _is_pending()


async def mark_archived(event_ids: Sequence[str], now: datetime) -> None:
    """Let the outbox know that the archive has some events; harmless for those that it has forgotten.

    The mark stands on the event itself: a document for each, as reactions write them, would double what is written.
    One that only the archive awaited is done at once; of any other the sweep decides, also where the relay has yet to
    say who awaits it.
    """
    outbox, among = OutboxEvent.collection(), {"$in": list(event_ids)}
    await outbox.update_many(
        {"_id": among, "awaited": [ARCHIVE_GROUP]},
        {"$set": {"published_at": now}, "$unset": {"awaited": "", "relayed_at": ""}},
    )
    await outbox.update_many({"_id": among, "published_at": {"$exists": False}}, {"$set": {"archived": True}})


async def find_unarchived(now: datetime) -> tuple[int, float]:
    """Return how many events Kafka has had for the archive, and for how many seconds the oldest; 0 and 0.0 for none."""
    waiting = {"awaited": ARCHIVE_GROUP, "archived": {"$ne": True}}
    oldest = await OutboxEvent.collection().find_one(waiting, sort=[("relayed_at", 1)])
    if oldest is None:
        return 0, 0.0
    seconds = (now - oldest["relayed_at"]).total_seconds()
    return await OutboxEvent.collection().count_documents(waiting), max(0.0, seconds)


async def _is_pending() -> bool:
    return await OutboxEvent.collection().find_one({"pending": True}, {"_id": True}) is not None


async def _awaited() -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the events that groups have still to work on, oldest first, in batches."""
    fields = {"awaited": True, "relayed_at": True, "archived": True}
    found = OutboxEvent.collection().find({"awaited": {"$exists": True}}, fields).sort("relayed_at", 1)
    while events := await found.to_list(BATCH):
        yield events


async def _close(event_ids: set[str], now: datetime) -> None:
    if event_ids:
        await OutboxEvent.collection().update_many(
            {"_id": {"$in": list(event_ids)}},
            {"$set": {"published_at": now}, "$unset": {"awaited": "", "relayed_at": "", "archived": ""}},
        )


async def _requeue(event_ids: Sequence[str]) -> None:
    if event_ids:
        await OutboxEvent.collection().update_many(
            {"_id": {"$in": list(event_ids)}, "awaited": {"$exists": True}},
            {"$set": {"pending": True}, "$unset": {"awaited": "", "relayed_at": ""}},
        )
