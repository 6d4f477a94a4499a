"""Streams that can be trusted: a snapshot, then every update once and in order, or an explicit resync.

A position in a stream is a vector: for each aggregate that it follows, the sequence of the newest update delivered.
Sequences are stored with the state itself, so that a position means the same in every web process and survives
restarts. A client that comes back with its cursor is given the gap; where that is gone, a resync.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Self, TypeVar

from navswap.events.cursors import Digest, Place, Position, read_cursor
from navswap.events.envelope import Envelope
from navswap.events.feeds import FeedCounter
from navswap.events.hub import Hub, MissedUpdatesError, Subscription
from navswap.events.outbox import REPLAY_LIMIT, list_newest, list_stream
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.streams import streams_of

State = TypeVar("State")


class ResyncReason(StrEnum):
    """Why a stream starts again."""

    GAP = "GAP"
    SLOW_READER = "SLOW_READER"


@dataclass(frozen=True, slots=True)
class Loaded(Generic[State]):
    """A state read from the database, with the sequence of each stream at that time."""

    state: State
    position: Position


@dataclass(frozen=True, slots=True)
class SnapshotMessage(Generic[State]):
    """The whole state; updates count on from here. `sequence` is the highest of the streams."""

    state: State
    cursor: str
    sequence: int


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """One update, the next of its stream."""

    envelope: Envelope
    sequence: int
    cursor: str


@dataclass(frozen=True, slots=True)
class ResyncMessage:
    """Updates were lost; a snapshot follows at once."""

    reason: ResyncReason


Message = SnapshotMessage[State] | UpdateMessage | ResyncMessage
Load = Callable[[], Awaitable[Loaded[State]]]


class Feed(Generic[State]):
    """The messages of some streams, for as long as they are read, and where in the streams they have come to.

    `load` reads the state and the position of exactly these streams; of all of a kind (`kit.streams.every`), that of those in
    which something has happened. The hub is joined before the state is
    read, so that nothing can fall between; what the snapshot holds already is not delivered again.
    """

    def __init__(
        self,
        hub: Hub,
        streams: frozenset[str],
        load: Load[State],
        after: str | None = None,
        *,
        lost: ResyncReason | None = None,
    ) -> None:
        """Begin behind a cursor, or with a snapshot; with `lost`, a resync comes before it."""
        self.streams = streams
        self._hub = hub
        self._load = load
        self._place: Place | None = None
        self._subscription: Subscription | None = None
        self._messages = self._follow(after, lost)

    @property
    def position(self) -> Position | None:
        """Return the position behind the last message; None before the first, and behind a resync."""
        return None if self._place is None else self._place.position

    @property
    def is_ready(self) -> bool:
        """Return whether the next message is at hand: reading it waits for nothing."""
        if self._place is None or self._subscription is None:
            return False
        return self._subscription.has_missed or any(map(self._place.newer, self._subscription.waiting))

    def again(self) -> "Feed[State]":
        """Return another feed of these streams, for a reader that was too slow: a resync, then a snapshot."""
        return Feed(self._hub, self.streams, self._load, lost=ResyncReason.SLOW_READER)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message[State]:
        return await anext(self._messages)

    async def aclose(self) -> None:
        """Leave the hub."""
        await self._messages.aclose()

    async def _follow(
        self, after: str | None, lost: ResyncReason | None
    ) -> AsyncGenerator[Message[State], None]:
        with self._hub.subscribe(self.streams) as self._subscription:
            if lost is not None:
                yield ResyncMessage(lost)
            elif after is not None:
                async for missed in self._resume(after):
                    yield missed
            while True:
                if self._place is None:
                    now, loaded = epoch_milliseconds(self._hub.now), await self._load()
                    self._place = Place(loaded.position, now, self.streams)
                    highest = max(loaded.position.values(), default=0)
                    yield SnapshotMessage(loaded.state, self._place.cursor, highest)
                async for message in _updates(self._subscription, self._place):
                    if isinstance(message, ResyncMessage):
                        self._place = None
                    yield message

    async def _resume(self, after: str) -> AsyncIterator[UpdateMessage | ResyncMessage]:
        """Yield what was missed since a cursor, or a resync where that is gone."""
        mark = read_cursor(after, self.streams)
        gap = await _gap(self._hub, mark, (await self._load()).position)
        if gap is None:
            yield ResyncMessage(ResyncReason.GAP)
            return
        position, missed = gap
        since = mark.milliseconds if isinstance(mark, Digest) else 0
        self._place = Place(position, since, self.streams)
        for envelope in missed:
            update = _advance(self._place, envelope)
            if update is not None:
                yield update


async def load_feeds(
    kind: str, ids: Sequence[str] | None, load: Callable[[Sequence[str] | None], Awaitable[State]]
) -> Loaded[State]:
    """Return what `load` reads of some places, None for all, with the positions of their feeds of a kind.

    The positions are read first: what changes between the two reads is sent again as an update.
    """
    position = await FeedCounter.positions(streams_of(kind, ids))
    return Loaded(await load(ids), position)


def follow(hub: Hub, streams: frozenset[str], load: Load[State], after: str | None) -> Feed[State]:
    """Return the messages of some streams: behind a cursor, or from a snapshot on."""
    return Feed(hub, streams, load, after)


async def _updates(subscription: Subscription, place: Place) -> AsyncIterator[UpdateMessage | ResyncMessage]:
    """Yield updates until one is missing, then a resync as the last message."""
    while True:
        try:
            envelope = await subscription.next()
        except MissedUpdatesError:
            yield ResyncMessage(ResyncReason.SLOW_READER)
            return
        if place.misses(place.newer(envelope)):
            yield ResyncMessage(ResyncReason.GAP)
            return
        update = _advance(place, envelope)
        if update is not None:
            yield update


def _advance(place: Place, envelope: Envelope) -> UpdateMessage | None:
    """Advance the place over an envelope and return the update, None for one that is not newer."""
    newer = place.newer(envelope)
    if not newer:
        return None
    place.advance(newer, envelope.occurred_at)
    return UpdateMessage(envelope, max(newer.values()), place.cursor)


async def _gap(
    hub: Hub, mark: Position | Digest, current: Position
) -> tuple[Position, list[Envelope]] | None:
    """Return the position of a cursor and what was missed since, in order within each stream; None when some is gone."""
    if isinstance(mark, Digest):
        return await _gap_of_digest(hub, mark, current)
    missed = await _gap_of_position(hub, mark, current)
    return None if missed is None else (mark, missed)


async def _gap_of_digest(
    hub: Hub, digest: Digest, current: Position
) -> tuple[Position, list[Envelope]] | None:
    missed = sum(current.values()) - digest.total
    if not 0 <= missed <= REPLAY_LIMIT:
        return None
    remembered = digest.trace_back(current, hub.remembered_of(current))
    if remembered is not None:
        position, updates = remembered
        return position, [update.envelope() for update in updates]
    written = await list_newest(current, missed, since=digest.milliseconds, now=hub.now)
    return digest.trace_back(current, written)


async def _gap_of_position(hub: Hub, position: Position, current: Position) -> list[Envelope] | None:
    missed: dict[str, Envelope] = {}
    for stream, newest in current.items():
        seen = position[stream]
        if seen > newest:
            return None
        if seen == newest:
            continue
        envelopes = hub.remembered(stream, after=seen)
        if envelopes is None or len(envelopes) < newest - seen:
            envelopes = await list_stream(stream, after=seen)
        if envelopes is None or len(envelopes) < newest - seen:
            return None
        missed.update({envelope.id: envelope for envelope in envelopes})
    return list(missed.values())
