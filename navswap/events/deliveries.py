"""Deliveries: a fact is done when every group that reacts to it has worked on it, not when Kafka has taken it.

Kafka can forget: the embedded broker keeps its messages in memory, a restored installation may have lost its volume.
So the relay marks what it has published to reacting groups as `awaited`, consumers mark what they have worked on
(`HandledEvent`), and a sweep compares the two. What a group has not worked on is published again; reactions work once.
"""

import asyncio
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self) -> None:
        """Publish again what an earlier worker published in vain, then sweep for ever."""
        relayed_before = self._clock.now()
        while True:
            try:
                await self.sweep(relayed_before=relayed_before)
            except PyMongoError as error:
                log.warning("deliveries_wait", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await asyncio.sleep(SWEEP_SECONDS)
                relayed_before = self._clock.now() - RESEND_AFTER

    async def sweep(self, *, relayed_before: datetime) -> Sweep:
        """Let the outbox forget, in its time, what is done; what was relayed before a moment and is not, is pending again."""
        done = resent = awaited = 0
        async for events in _awaited():
            finished = await _finished(events)
            late = [
                event["_id"]
                for event in events
                if event["_id"] not in finished and event["relayed_at"] < relayed_before
            ]
            await _close(finished, self._clock.now())
            await _requeue(late)
            done, resent = done + len(finished), resent + len(late)
            awaited += len(events) - len(finished) - len(late)
        if resent:
            log.warning("events_published_again", events=resent)
        return Sweep(done, resent, awaited)

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
        if await OutboxEvent.collection().find_one({"pending": True}, {"_id": True}):
            return True
        beginning = self._clock.now() - timedelta(days=36_500)
        return (await self.sweep(relayed_before=beginning)).awaited > 0


async def _awaited() -> AsyncIterator[list[dict[str, Any]]]:
    """Yield the events that groups have still to work on, oldest first, in batches."""
    fields = {"awaited": True, "relayed_at": True}
    found = OutboxEvent.collection().find({"awaited": {"$exists": True}}, fields).sort("relayed_at", 1)
    while events := await found.to_list(BATCH):
        yield events


async def _finished(events: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the events on which all groups have worked, or that are dead letters of the groups left."""
    marks = {
        event["_id"]: {HandledEvent.id_of(group, event["_id"]) for group in event["awaited"]}
        for event in events
    }
    wanted = {"_id": {"$in": [mark for of_event in marks.values() for mark in of_event]}}
    there: set[str] = set()
    for document in (HandledEvent, DeadEvent):
        there.update([found["_id"] async for found in document.collection().find(wanted, {"_id": True})])
    return {event_id for event_id, of_event in marks.items() if of_event <= there}


async def _close(event_ids: set[str], now: datetime) -> None:
    if event_ids:
        await OutboxEvent.collection().update_many(
            {"_id": {"$in": list(event_ids)}},
            {"$set": {"published_at": now}, "$unset": {"awaited": "", "relayed_at": ""}},
        )


async def _requeue(event_ids: Sequence[str]) -> None:
    if event_ids:
        await OutboxEvent.collection().update_many(
            {"_id": {"$in": list(event_ids)}, "awaited": {"$exists": True}},
            {"$set": {"pending": True}, "$unset": {"awaited": "", "relayed_at": ""}},
        )
