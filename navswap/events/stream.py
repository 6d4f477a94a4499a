"""Streams that can be trusted: a snapshot, then every update once and in order, or an explicit resync.

A position in a stream is a vector: for each aggregate that it follows, the sequence of the newest update delivered.
Sequences are stored with the state itself, so that a position means the same in every web process and survives
restarts. A client that comes back with its cursor is given the gap; where that is gone, a resync.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import orjson

from navswap.events.envelope import Envelope
from navswap.events.hub import Hub, MissedUpdatesError, Subscription
from navswap.events.outbox import list_stream
from navswap.kit.errors import InvalidInputError

State = TypeVar("State")
Position = dict[str, int]


class BadStreamCursorError(InvalidInputError):
    """The cursor to resume after is not one that this stream handed out."""

    code = "BAD_CURSOR"

    def __init__(self, message: str) -> None:
        super().__init__("after", message)


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


def encode_cursor(position: Mapping[str, int]) -> str:
    """Write a position as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(dict(sorted(position.items())))).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """Read a cursor; raises BadStreamCursorError for anything that `encode_cursor` did not write."""
    try:
        position = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        position = None
    if not isinstance(position, dict) or not all(type(at) is int and at >= 0 for at in position.values()):
        raise BadStreamCursorError(
            "This cursor was not handed out by this stream; leave `after` out to begin with a snapshot."
        )
    return position


async def follow(
    hub: Hub, streams: frozenset[str], load: Load[State], after: str | None
) -> AsyncIterator[Message[State]]:
    """Yield the messages of some streams for as long as the subscriber reads.

    `load` reads the state and the position of exactly these streams. The hub is joined before the state is
    read, so that nothing can fall between; what the snapshot holds already is not delivered again.
    """
    with hub.subscribe(streams) as subscription:
        position = None if after is None else _checked(decode_cursor(after), streams)
        if position is not None:
            gap = await _gap(hub, position, (await load()).position)
            if gap is None:
                yield ResyncMessage(ResyncReason.GAP)
                position = None
            else:
                for update in _advance(position, gap):
                    yield update
        while True:
            if position is None:
                loaded = await load()
                position = dict(loaded.position)
                yield SnapshotMessage(
                    loaded.state, encode_cursor(position), max(position.values(), default=0)
                )
            async for message in _updates(subscription, position):
                yield message
            position = None


async def _updates(
    subscription: Subscription, position: Position
) -> AsyncIterator[UpdateMessage | ResyncMessage]:
    """Yield updates until one is missing, then a resync as the last message."""
    while True:
        try:
            envelope = await subscription.next()
        except MissedUpdatesError:
            yield ResyncMessage(ResyncReason.SLOW_READER)
            return
        for stream, sequence in envelope.streams.items():
            if stream in position and sequence > position[stream] + 1:
                yield ResyncMessage(ResyncReason.GAP)
                return
        for message in _advance(position, [envelope]):
            yield message


def _advance(position: Position, envelopes: list[Envelope]) -> list[UpdateMessage]:
    """Advance the position over envelopes and return an update for each that is newer."""
    messages = []
    for envelope in envelopes:
        newer = {
            stream: sequence
            for stream, sequence in envelope.streams.items()
            if stream in position and sequence > position[stream]
        }
        if newer:
            position.update(newer)
            messages.append(UpdateMessage(envelope, max(newer.values()), encode_cursor(position)))
    return messages


async def _gap(hub: Hub, position: Position, current: Position) -> list[Envelope] | None:
    """Return what was missed since a position, in order within each stream; None when some of it is gone."""
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


def _checked(position: Position, streams: frozenset[str]) -> Position:
    if set(position) != streams:
        raise BadStreamCursorError(
            "This cursor belongs to another subscription; leave `after` out to begin with a snapshot."
        )
    return position
