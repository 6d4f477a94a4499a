"""Subscriptions of the swapping slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.events.payloads import read_fact
from navswap.events.stream import ResyncMessage, SnapshotMessage
from navswap.features.stations.graphql import Station
from navswap.features.swapping.errors import EntryNotFoundError
from navswap.features.swapping.events import EntryChanged, entry_stream, queue_stream
from navswap.features.swapping.graphql.types import Queue, QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles, signed_in
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of


@strawberry.type(description="The whole queue of a station.")
class QueueSnapshot:
    """The first moment of queueChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    queue: Queue = strawberry.field(description="The queue as it is.")


@strawberry.type(description="One entry of the queue joined, changed or left.")
class QueueUpdate:
    """A later moment of queueChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="Grows by 1 with each update of this queue, from 1.")
    entry: QueueEntry = strawberry.field(
        description="The entry as it is now; it has left the queue once `endedAt` is set, or its `stationId` is "
        "that of another station, to which a fault moved it."
    )
    length: int = strawberry.field(description="How many entries the queue has now; at least 0.")


@strawberry.type(description="The whole entry.")
class QueueEntrySnapshot:
    """The first moment of queueEntryChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    entry: QueueEntry = strawberry.field(description="The entry as it is.")


@strawberry.type(description="The entry changed.")
class QueueEntryUpdate:
    """A later moment of queueEntryChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="The revision of the entry; grows by 1 with each update.")
    entry: QueueEntry = strawberry.field(description="The entry as it is now.")


QueueChange = Annotated[
    QueueSnapshot | QueueUpdate | Resync,
    strawberry.union("QueueChange", description="A moment of queueChanged."),
]
QueueEntryChange = Annotated[
    QueueEntrySnapshot | QueueEntryUpdate | Resync,
    strawberry.union("QueueEntryChange", description="A moment of queueEntryChanged."),
]


@strawberry.type
class SwappingSubscription:
    """Subscriptions of the swapping slice."""

    @strawberry.subscription(
        description="The queue of a station, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    async def queue_changed(
        self,
        info: Info,
        station_id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the station.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[QueueChange, None]:
        """Watch a queue."""
        key = database_id(station_id, Station)
        service = SwappingServices.of(info.context).queues
        streams = frozenset({queue_stream(key)})
        async for moment in live(
            info.context, "queueChanged", streams, lambda: service.load_live_queue(key), after
        ):
            if isinstance(moment, SnapshotMessage):
                yield QueueSnapshot(cursor=moment.cursor, queue=Queue.of(key, moment.state))
            elif isinstance(moment, ResyncMessage):
                yield resync_of(moment)
            else:
                change = read_fact(EntryChanged, moment.envelope.payload)
                yield QueueUpdate(
                    cursor=moment.cursor,
                    sequence=moment.sequence,
                    entry=QueueEntry.of(change.entry),
                    length=change.queue.length,
                )

    @strawberry.subscription(
        description="One queue entry, live: a snapshot, then each change once and in order. A rider may watch "
        "its own.",
        extensions=signed_in(),
    )
    async def queue_entry_changed(
        self,
        info: Info,
        id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the entry.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[QueueEntryChange, None]:
        """Watch an entry."""
        entry_id = database_id(id, QueueEntry)
        if not await QueueEntry.load_many(info.context, [entry_id]):
            raise EntryNotFoundError("There is no such entry, or it is not yours to see.")
        service = SwappingServices.of(info.context).queues
        streams = frozenset({entry_stream(entry_id)})
        async for moment in live(
            info.context, "queueEntryChanged", streams, lambda: service.load_live_entry(entry_id), after
        ):
            if isinstance(moment, SnapshotMessage):
                yield QueueEntrySnapshot(cursor=moment.cursor, entry=QueueEntry.of(moment.state))
            elif isinstance(moment, ResyncMessage):
                yield resync_of(moment)
            else:
                change = read_fact(EntryChanged, moment.envelope.payload)
                yield QueueEntryUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, entry=QueueEntry.of(change.entry)
                )
