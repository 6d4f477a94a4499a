"""Events: what changed was published, once and in order."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from navswap.consistency.invariant import DocumentsObey, Finding, Invariant, Row, View
from navswap.events.dead_letters import DeadEvent
from navswap.events.deliveries import ARCHIVE_GROUP
from navswap.events.handled import HandledEvent
from navswap.events.outbox import RETENTION_SECONDS, OutboxEvent
from navswap.features.credits.domain.accounts import user_account
from navswap.features.credits.storage import AccountDocument
from navswap.features.energy.storage import EnergyStationDocument
from navswap.features.faults.storage import TicketDocument
from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.logistics.storage.offers import TransporterDocument
from navswap.features.partners.storage import ShopDocument
from navswap.features.staffing.storage import StaffMemberDocument
from navswap.features.stations.storage import StationDocument
from navswap.features.swapping.storage import QueueEntryDocument
from navswap.infra.mongo import Stored
from navswap.infra.repository import HISTORY

SURELY_KEPT = timedelta(seconds=RETENTION_SECONDS) / 2
"""What changed within this time has its event in the outbox still."""


WAITS_AT_MOST = timedelta(hours=1)
"""An outage of Kafka is waited out; after this time an operator has to look."""


def _same(identifier: str) -> str:
    return identifier


@dataclass(frozen=True, slots=True)
class Sequenced:
    """Where the newest sequence of a kind of stream is stored with the state.

    `changed_at` is the field that says when the state last changed; None where there is none. A state that begins
    at `unpublished` is not published until it changes.
    """

    kind: type[Stored]
    field: str
    unpublished: int = 0
    changed_at: str | None = None
    document_id: Callable[[str], str] = _same


STREAMS: Mapping[str, Sequenced] = {
    "station": Sequenced(StationDocument, "revision", unpublished=1, changed_at="status.last_reported"),
    "queue": Sequenced(StationDocument, "queue_sequence"),
    "entry": Sequenced(QueueEntryDocument, "revision", changed_at="confirmed_at"),
    "job": Sequenced(TransportJobDocument, "revision", changed_at="opened_at"),
    "offers": Sequenced(TransporterDocument, "offer_sequence"),
    "storage": Sequenced(ShopDocument, "request_sequence"),
    "energy": Sequenced(EnergyStationDocument, "revision"),
    "ticket": Sequenced(TicketDocument, "revision", changed_at="opened_at"),
    "assignments": Sequenced(StaffMemberDocument, "sequence"),
    "credits": Sequenced(AccountDocument, "revision", document_id=user_account),
}
"""By the first word of the stream's name; of others only the gaplessness is examined."""


class StreamsCarryEveryRevision(Invariant):
    """A subscriber who counts misses nothing."""

    statement = "The sequences of each live stream have no gap, and the newest is the revision of the state."

    async def examine(self, view: View, finding: Finding) -> None:
        """Compare what the outbox still keeps of each stream with the state."""
        newest: dict[str, int] = {}
        async for stream in _streams(view):
            finding.examined += 1
            sequences = sorted(stream["sequences"])
            newest[stream["_id"]] = sequences[-1]
            if sequences != list(range(sequences[0], sequences[0] + len(sequences))):
                finding.offend(f"stream {stream['_id']}", f"has a gap or a repetition in {_span(sequences)}")
        for prefix, sequenced in STREAMS.items():
            await self._compare(prefix, sequenced, newest, view, finding)

    async def _compare(
        self, prefix: str, sequenced: Sequenced, newest: dict[str, int], view: View, finding: Finding
    ) -> None:
        published = {
            sequenced.document_id(name.removeprefix(f"{prefix}:")): sequence
            for name, sequence in newest.items()
            if name.startswith(f"{prefix}:")
        }
        fields = [sequenced.field, *([sequenced.changed_at] if sequenced.changed_at else [])]
        async for state in view.read(sequenced.kind, {HISTORY: {"$ne": True}}, fields):
            stored, last = state[sequenced.field], published.pop(state["_id"], None)
            name = f"{sequenced.kind.get_collection_name()} {state['_id']}"
            if last is None:
                if stored > sequenced.unpublished and _is_recent(state, sequenced, view):
                    finding.offend(name, f"is at {sequenced.field} {stored}, of which nothing was published")
            elif last != stored:
                finding.offend(name, f"is at {sequenced.field} {stored}; the newest published is {last}")
        for identifier in published:
            finding.offend(f"stream {prefix}:{identifier}", "is of something that does not exist")


class EventsAreDoneInTime(Invariant):
    """What happened reaches all that react to it."""

    statement = "No event waits for Kafka, or for a group that reacts to it, for longer than an hour."

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for old events that are pending, or that a group has not marked; the sweep may not have come by yet."""
        finding.examined = await view.count(OutboxEvent)
        too_old = {"$lt": view.now - WAITS_AT_MOST}
        async for event in view.read(OutboxEvent, {"pending": True, "occurred_at": too_old}, ["_id"]):
            finding.offend(f"event {event['_id']}", "has waited for Kafka for more than an hour")
        async for event in view.group(OutboxEvent, *_unmarked(too_old)):
            finding.offend(f"event {event['_id']}", "has waited for its reactions for more than an hour")


def _unmarked(occurred_at: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the stages that find awaited events without the mark of each group, or its dead letter."""
    by_archive = {"$cond": [{"$eq": ["$archived", True]}, [ARCHIVE_GROUP], []]}
    groups = {"$setDifference": ["$awaited", by_archive]}
    marks = {"$map": {"input": groups, "in": {"$concat": ["$$this", ":", "$_id"]}}}
    lookups: list[Row] = [
        {
            "$lookup": {
                "from": kind.get_collection_name(),
                "localField": "marks",
                "foreignField": "_id",
                "as": field,
            }
        }
        for kind, field in ((HandledEvent, "handled"), (DeadEvent, "dead"))
    ]
    there = {"$setUnion": ["$handled._id", "$dead._id"]}
    return (
        {"$match": {"awaited": {"$exists": True}, "occurred_at": occurred_at}},
        {"$project": {"marks": marks}},
        *lookups,
        {"$match": {"$expr": {"$not": {"$setIsSubset": ["$marks", there]}}}},
    )


class NoEventIsDeadLettered(DocumentsObey):
    """What could not be published or worked on waits for a decision."""

    statement = "No event is dead-lettered: Kafka took every event, and every reaction could be done."
    kind = DeadEvent

    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Name all that are dead-lettered."""
        del view
        return {"is dead-lettered; read its reason (`navswap events list`), then replay or drop it": {}}


def _streams(view: View) -> AsyncIterator[Row]:
    return view.group(
        OutboxEvent,
        {"$unwind": "$streams"},
        {"$group": {"_id": "$streams.name", "sequences": {"$push": "$streams.sequence"}}},
    )


def _is_recent(state: Row, sequenced: Sequenced, view: View) -> bool:
    """Return whether the event of the last change is surely kept still."""
    if sequenced.changed_at is None:
        return False
    value: Any = state
    for name in sequenced.changed_at.split("."):
        value = value[name]
    return bool(value > view.now - SURELY_KEPT)


def _span(sequences: list[int]) -> str:
    return f"{sequences[0]} to {sequences[-1]} ({len(sequences)} events)"
