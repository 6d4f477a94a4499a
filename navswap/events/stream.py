"""Streams that can be trusted: a snapshot, then every update once and in order, or an explicit resync.

A position in a stream is a vector: for each aggregate that it follows, the sequence of the newest update delivered.
Sequences are stored with the state itself, so that a position means the same in every web process and survives
restarts. A client that comes back with its cursor is given the gap; where that is gone, a resync.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from navswap.events.cursors import Digest, Place, Position, read_cursor
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub, MissedUpdatesError, Subscription
from navswap.events.outbox import REPLAY_LIMIT, list_newest, list_stream
from navswap.kit.clock import epoch_milliseconds

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


async def follow(
    hub: Hub, streams: frozenset[str], load: Load[State], after: str | None
) -> AsyncIterator[Message[State]]:
    """Yield the messages of some streams for as long as the subscriber reads.

    `load` reads the state and the position of exactly these streams. The hub is joined before the state is
    read, so that nothing can fall between; what the snapshot holds already is not delivered again.
    """
    with hub.subscribe(streams) as subscription:
        place = None
        if after is not None:
            mark = read_cursor(after, streams)
            gap = await _gap(hub, mark, (await load()).position)
            if gap is None:
                yield ResyncMessage(ResyncReason.GAP)
            else:
                position, missed = gap
                place = Place(position, mark.milliseconds if isinstance(mark, Digest) else 0)
                for update in _advance(place, missed):
                    yield update
        while True:
            if place is None:
                now, loaded = epoch_milliseconds(hub.now), await load()
                place = Place(loaded.position, now)
                highest = max(loaded.position.values(), default=0)
                yield SnapshotMessage(loaded.state, place.cursor, highest)
            async for message in _updates(subscription, place):
                yield message
            place = None


async def _updates(subscription: Subscription, place: Place) -> AsyncIterator[UpdateMessage | ResyncMessage]:
    """Yield updates until one is missing, then a resync as the last message."""
    while True:
        try:
            envelope = await subscription.next()
        except MissedUpdatesError:
            yield ResyncMessage(ResyncReason.SLOW_READER)
            return
        for stream, sequence in envelope.streams.items():
            if stream in place.position and sequence > place.position[stream] + 1:
                yield ResyncMessage(ResyncReason.GAP)
                return
        for message in _advance(place, [envelope]):
            yield message


def _advance(place: Place, envelopes: list[Envelope]) -> list[UpdateMessage]:
    """Advance the place over envelopes and return an update for each that is newer."""
    messages = []
    for envelope in envelopes:
        newer = {
            stream: sequence
            for stream, sequence in envelope.streams.items()
            if stream in place.position and sequence > place.position[stream]
        }
        if newer:
            place.advance(newer, envelope.occurred_at)
            messages.append(UpdateMessage(envelope, max(newer.values()), place.cursor))
    return messages


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
    found = digest.trace_back(current, hub.remembered_of(current))
    if found is None:
        written = await list_newest(current, missed, since=digest.milliseconds, now=hub.now)
        found = digest.trace_back(current, written)
    return found


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
