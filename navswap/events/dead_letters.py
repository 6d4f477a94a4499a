"""Dead letters: events that could not be published or worked on, kept with their reason until a person decides.

Nothing waits for them: the outbox and the consumers go on with the next event. `navswap events` lists, replays and
drops them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

import structlog
from pymongo import ASCENDING, IndexModel

from navswap.events.envelope import Envelope
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent
from navswap.infra import telemetry
from navswap.infra.mongo import Mongo, Session, Stored
from navswap.kit.errors import NavSwapError
from navswap.kit.ids import new_id

log = structlog.get_logger(__name__)

RELAY_GROUP = "outbox-relay"
"""The group of events that Kafka can never take; of all others it is the consumer group that failed."""


class DeadEventLostError(NavSwapError):
    """A dead letter cannot be replayed, because what it needs is gone."""

    code = "DEAD_EVENT_LOST"


class DeadEvent(Stored):
    """A dead letter: an event of one group, as Kafka carries it, and why it is dead."""

    group: str
    type: str | None
    """The fact; None for what is no event, or could not be read."""
    event_id: str | None
    value: bytes
    reason: str
    dead_lettered_at: datetime

    class Settings:
        name = "dead_events"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("group", ASCENDING), ("type", ASCENDING)], name="group")
        ]

    @classmethod
    async def list_wanted(cls, wanted: "Wanted", limit: int | None = None) -> list[Self]:
        """Return dead letters, oldest first."""
        return await cls.find(wanted.condition()).sort("+dead_lettered_at", "+_id").limit(limit).to_list()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters are meant; what is empty or None restricts nothing."""

    ids: Sequence[str] = ()
    group: str | None = None
    type: str | None = None

    def condition(self) -> dict[str, Any]:
        """Return the condition in MongoDB's language."""
        condition: dict[str, Any] = {"_id": {"$in": list(self.ids)}} if self.ids else {}
        named = {"group": self.group, "type": self.type}
        return condition | {name: value for name, value in named.items() if value is not None}


class Replayable(Protocol):
    """A consumer that can work again on a message that it once could not."""

    group: str

    async def replay(self, value: bytes) -> None:
        """Work on a message once, however often it is called; raises whatever speaks against it."""


async def dead_letter(
    group: str,
    value: bytes,
    reason: str,
    now: datetime,
    *,
    event_type: str | None = None,
    event_id: str | None = None,
) -> None:
    """Keep an event that a group could not work on; an event that dies again for the same group is kept once."""
    telemetry.EVENTS_HANDLED.labels(group, "dead_lettered").inc()
    log.error("event_dead_lettered", group=group, event_type=event_type, event_id=event_id, reason=reason)
    stored = {
        "group": group,
        "type": event_type,
        "event_id": event_id,
        "value": value,
        "reason": reason,
        "dead_lettered_at": now,
    }
    identifier = new_id() if event_id is None else f"{group}:{event_id}"
    await DeadEvent.collection().replace_one({"_id": identifier}, stored, upsert=True)


async def dead_letter_envelope(group: str, envelope: Envelope, reason: str, now: datetime) -> None:
    """Keep an event that can be read; otherwise like `dead_letter`."""
    await dead_letter(group, envelope.to_bytes(), reason, now, event_type=envelope.type, event_id=envelope.id)


async def replay(dead: DeadEvent, mongo: Mongo, consumers: Sequence[Replayable]) -> None:
    """Try again what is dead, and forget the dead letter once that is done.

    An event of the relay is pending in the outbox again, in its old place. Any other is handed to the consumer of its
    group and to no other group; reactions work once, so that trying again does no harm. Raises DeadEventLostError
    when the outbox or the process does not know it any more, and whatever the consumer raises.
    """
    if dead.group == RELAY_GROUP:
        await mongo.in_transaction(lambda session: _requeue(session, dead))
        return
    consumer = next((found for found in consumers if found.group == dead.group), None)
    if consumer is None:
        raise DeadEventLostError(f"There is no consumer group {dead.group} any more; drop the event.")
    await consumer.replay(dead.value)
    await DeadEvent.collection().delete_one({"_id": dead.id})


async def drop(dead: DeadEvent, mongo: Mongo, now: datetime) -> None:
    """Give an event up for good: it counts as worked on by its group.

    One of the relay stays in the outbox for as long as one that is done does.
    """

    async def work(session: Session) -> None:
        await DeadEvent.collection().delete_one({"_id": dead.id}, session=session)
        if dead.group == RELAY_GROUP:
            await OutboxEvent.collection().update_one(
                {"_id": dead.event_id}, {"$set": {"published_at": now}}, session=session
            )
        elif dead.event_id is not None:
            await HandledEvent.mark(dead.group, dead.event_id, now, session)

    await mongo.in_transaction(work)


async def _requeue(session: Session, dead: DeadEvent) -> None:
    requeued = await OutboxEvent.collection().update_one(
        {"_id": dead.event_id}, {"$set": {"pending": True}}, session=session
    )
    if requeued.matched_count == 0:
        raise DeadEventLostError("The outbox does not hold this event any more; drop it.")
    await DeadEvent.collection().delete_one({"_id": dead.id}, session=session)
