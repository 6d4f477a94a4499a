"""The outbox: events stored in the transaction that caused them, and kept a while for replay."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import structlog
from bson import Timestamp
from pydantic import ConfigDict
from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.events.envelope import Envelope
from navswap.events.feeds import number
from navswap.infra.mongo import Session, Stored, insert_last
from navswap.infra.telemetry import OUTBOX_AGE_SECONDS, OUTBOX_PENDING
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.kit.facts import Fact
from navswap.kit.ids import Ids

log = structlog.get_logger(__name__)

RETENTION_SECONDS = 24 * 3600
"""How long an event stays for clients that reconnect, once all that react to it have worked on it."""

REPLAY_LIMIT = 1_000
"""Most events that one reconnecting client is given; a longer gap is a resync."""

SHORTLY_SECONDS = 300
"""What was recorded for so long is looked through sooner than all that is kept of a client's streams."""
OVERLAP_SECONDS = 60
"""How much earlier than the newest update that a client has seen one may have been written that it has not."""


class OutboxEvent(Stored):
    """One event that waits for Kafka (`pending`), for consumer groups (`awaited`), or is done (`published_at`).

    `position` is filled by the MongoDB server on insert and grows with every insert of a primary; because
    the transactions of one aggregate are serialised by their write conflict, it orders the events of an
    aggregate as they were committed, whatever the clocks of the processes say.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    position: Timestamp
    pending: bool | None = True
    awaited: list[str] | None = None
    """The groups that react to it, once Kafka has it; None where there is none, and when all have worked on it."""
    relayed_at: datetime | None = None
    """When Kafka took it, for as long as it is awaited."""
    archived: bool | None = None
    """True while it is awaited and the archive, one of the groups that all events are awaited by, has it."""
    published_at: datetime | None = None
    streams: list[dict[str, Any]]
    envelope: dict[str, Any]
    occurred_at: datetime

    class Settings:
        name = "outbox"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("position", ASCENDING)], name="pending", partialFilterExpression={"pending": True}),
            IndexModel([("streams.name", ASCENDING), ("streams.sequence", ASCENDING)], name="replay"),
            IndexModel(
                [("relayed_at", ASCENDING)],
                name="awaited",
                partialFilterExpression={"awaited": {"$exists": True}},
            ),
            IndexModel([("published_at", ASCENDING)], name="forget", expireAfterSeconds=RETENTION_SECONDS),
        ]


def _as_document(envelope: Envelope) -> dict[str, Any]:
    body = envelope.model_dump(exclude={"streams"})
    return {
        "_id": envelope.id,
        "position": Timestamp(0, 0),
        "pending": True,
        "streams": [{"name": name, "sequence": at} for name, at in envelope.streams.items()],
        "envelope": body,
        "occurred_at": envelope.occurred_at,
    }


def envelope_of(document: dict[str, Any]) -> Envelope:
    """Read the envelope out of a stored outbox event; raises ValueError where there is none."""
    try:
        streams = {stream["name"]: stream["sequence"] for stream in document["streams"]}
        return Envelope.model_validate({**document["envelope"], "streams": streams})
    except (KeyError, TypeError) as error:
        raise ValueError(f"its document lacks {error}") from error


class Outbox:
    """Publishes facts: stores them with the state change of the same transaction; the relay takes them from there."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def publish(self, session: Session, occurred_at: datetime, *facts: Fact) -> None:
        """Store the facts of a transition, in their order; none is nothing to do.

        All facts of a transaction are inserted by one command before it commits, however many slices publish.
        """
        if not session.in_transaction:
            raise RuntimeError("an event is published in the transaction that caused it")
        if facts:
            envelopes = [
                Envelope.around(fact, occurred_at, self._ids.new(), feeds)
                for fact, feeds in zip(facts, await number(facts, session), strict=True)
            ]
            insert_last(OutboxEvent.collection(), [_as_document(each) for each in envelopes], session)


async def list_stream(stream: str, *, after: int) -> list[Envelope] | None:
    """Return the events of a stream past a sequence, oldest first; None when some are gone or too many."""
    documents = (
        OutboxEvent.collection()
        .find({"streams": {"$elemMatch": {"name": stream, "sequence": {"$gt": after}}}})
        .limit(REPLAY_LIMIT)
    )
    missed = [envelope_of(document) async for document in documents]
    missed.sort(key=lambda envelope: envelope.streams[stream])
    sequences = [envelope.streams[stream] for envelope in missed]
    return missed if sequences == list(range(after + 1, after + 1 + len(missed))) else None


async def list_newest(
    current: Mapping[str, int], missed: int, *, since: int, now: datetime
) -> list[Envelope]:
    """Return events of some streams among which their newest `missed` are; others, and older ones, may be too.

    `current` are the sequences of the streams now; `since` is a moment, in Unix milliseconds, that the events were recorded
    after, or shortly before: what is looked through is what was recorded since, or the events of these streams.
    """
    condition: dict[str, Any] = {"_id": {"$gte": _first_id_of(since - OVERLAP_SECONDS * 1_000)}}
    if epoch_milliseconds(now) - since <= SHORTLY_SECONDS * 1_000:
        condition["streams.name"] = {"$in": list(current)}
    else:
        condition["$or"] = [
            {"streams": {"$elemMatch": {"name": stream, "sequence": {"$gt": sequence - missed}}}}
            for stream, sequence in current.items()
        ]
    newest = OutboxEvent.collection().find(condition).sort("_id", DESCENDING).limit(REPLAY_LIMIT)
    return [envelope_of(document) async for document in newest]


async def list_since(moment: datetime) -> AsyncIterator[Envelope]:
    """Yield the events that were recorded from a moment on and are still kept, the oldest first.

    An event's id begins with the millisecond of its recording (UUIDv7), so the index of the ids finds them. One that cannot
    be read is left out.
    """
    first = _first_id_of(epoch_milliseconds(moment))
    async for document in OutboxEvent.collection().find({"_id": {"$gte": first}}).sort("_id", ASCENDING):
        try:
            yield envelope_of(document)
        except ValueError:
            log.warning("outbox_event_unreadable", id=document["_id"])


def _first_id_of(milliseconds: int) -> str:
    """Return what no id of that millisecond, or of a later one, sorts before."""
    digits = f"{max(0, milliseconds):012x}"
    return f"{digits[:8]}-{digits[8:]}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events wait for Kafka, and since when the oldest does."""

    pending: int
    oldest_seconds: float


async def find_backlog(now: datetime) -> Backlog:
    """Return what waits for Kafka."""
    outbox = OutboxEvent.collection()
    oldest = await outbox.find_one({"pending": True}, {"occurred_at": 1}, sort=[("position", ASCENDING)])
    if oldest is None:
        return Backlog(0, 0.0)
    seconds = (now - oldest["occurred_at"]).total_seconds()
    waiting = {"pending": True, "position": {"$gte": Timestamp(0, 0)}}  # the index `pending` is by position
    return Backlog(await outbox.count_documents(waiting), max(0.0, seconds))


async def observe_outbox(clock: Clock) -> None:
    """Bring the gauges of the outbox up to date."""
    backlog = await find_backlog(clock.now())
    OUTBOX_PENDING.set(backlog.pending)
    OUTBOX_AGE_SECONDS.set(backlog.oldest_seconds)
