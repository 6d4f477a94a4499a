"""Subscriptions of the swapping slice."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS
from navswap.features.stations.graphql import Station
from navswap.features.swapping.errors import EntryNotFoundError
from navswap.features.swapping.events import EntryChanged, entry_stream, queue_stream
from navswap.features.swapping.graphql.types import Queue, QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.permissions import roles, signed_in
from navswap.graphql.scalars import NonNegativeInt


@strawberry.type(description="The whole queue of a station.")
class QueueSnapshot(StreamMoment):
    """The first message of queueChanged."""

    queue: Queue = strawberry.field(description="The queue as it is.")


@strawberry.type(description="One entry of the queue joined, changed or left.")
class QueueUpdate(StreamMoment):
    """A later message of queueChanged."""

    entry: QueueEntry = strawberry.field(
        description="The entry as it is now; it has left the queue once `endedAt` is set, or its `station` is another one, "
        "to which it was moved."
    )
    length: NonNegativeInt = strawberry.field(description="How many entries the queue has now.")


@strawberry.type(description="The whole entry.")
class QueueEntrySnapshot(StreamMoment):
    """The first message of queueEntryChanged."""

    entry: QueueEntry = strawberry.field(description="The entry as it is.")


@strawberry.type(description="The entry changed.")
class QueueEntryUpdate(StreamMoment):
    """A later message of queueEntryChanged."""

    entry: QueueEntry = strawberry.field(description="The entry as it is now.")


QueueChange = Annotated[
    QueueSnapshot | QueueUpdate | Resync,
    strawberry.union("QueueChange", description="A message of queueChanged."),
]
QueueEntryChange = Annotated[
    QueueEntrySnapshot | QueueEntryUpdate | Resync,
    strawberry.union("QueueEntryChange", description="A message of queueEntryChanged."),
]


@strawberry.type
class SwappingSubscription:
    """Subscriptions of the swapping slice."""

    @strawberry.subscription(
        description="The queue of a station, live: a snapshot, then each change once and in order.",
        extensions=roles(*OVERSEERS),
    )
    def queue_changed(
        self,
        info: Info,
        station_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the station.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[QueueChange, None]:
        """Watch a queue."""
        key, queues = database_id(station_id, Station, "station_id"), SwappingServices.of(info.context).queues
        return stream(
            info,
            [queue_stream(key)],
            lambda: queues.load_live_queue(key),
            after,
            event=EntryChanged,
            snapshot=lambda entries, at: QueueSnapshot(**at, queue=Queue.of(entries)),
            update=lambda changed, at: QueueUpdate(
                **at, entry=QueueEntry.of(changed.entry), length=changed.queue.length
            ),
            is_shared=True,
        )

    @strawberry.subscription(
        description="One queue entry, live: a snapshot, then each change once and in order. A rider may watch "
        "its own.",
        extensions=signed_in(),
    )
    async def queue_entry_changed(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the entry.")],
        after: AfterCursor = None,
    ) -> AsyncGenerator[QueueEntryChange, None]:
        """Watch an entry."""
        key, queues = database_id(id, QueueEntry), SwappingServices.of(info.context).queues
        if await find_node(info.context, QueueEntry, key) is None:
            raise EntryNotFoundError("There is no such entry, or it is not yours to see.")
        moments = stream(
            info,
            [entry_stream(key)],
            lambda: queues.load_live_entry(key),
            after,
            event=EntryChanged,
            snapshot=lambda entry, at: QueueEntrySnapshot(**at, entry=QueueEntry.of(entry)),
            update=lambda changed, at: QueueEntryUpdate(**at, entry=QueueEntry.of(changed.entry)),
            is_shared=True,
        )
        async with aclosing(moments):
            async for message in moments:
                yield message
