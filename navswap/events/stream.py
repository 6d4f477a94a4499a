"""Streams that can be trusted: a snapshot, then every update once and in order, or an explicit resync.

A stream's place is a vector: for each aggregate that it follows, the sequence of the newest update told.
Sequences are stored with the state itself, so a place means the same in every web process and survives
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
Place = dict[str, int]


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
    """A state read from the database, with the sequence of each stream at that moment."""

    state: State
    place: Place


@dataclass(frozen=True, slots=True)
class SnapshotMoment(Generic[State]):
    """The whole state; updates count on from here. `sequence` is the highest of the streams."""

    state: State
    cursor: str
    sequence: int


@dataclass(frozen=True, slots=True)
class UpdateMoment:
    """One update, the next of its stream."""

    envelope: Envelope
    sequence: int
    cursor: str


@dataclass(frozen=True, slots=True)
class ResyncMoment:
    """Updates were lost; a snapshot follows at once."""

    reason: ResyncReason


Moment = SnapshotMoment[State] | UpdateMoment | ResyncMoment
Load = Callable[[], Awaitable[Loaded[State]]]


def encode_cursor(place: Mapping[str, int]) -> str:
    """Write a place as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(dict(sorted(place.items())))).decode().rstrip("=")


def decode_cursor(cursor: str) -> Place:
    """Read a cursor; raises BadStreamCursorError for anything that `encode_cursor` did not write."""
    try:
        place = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, dict) or not all(type(at) is int and at >= 0 for at in place.values()):
        raise BadStreamCursorError(
            "This cursor was not handed out by this stream; leave `after` out to begin with a snapshot."
        )
    return place


async def follow(
    hub: Hub, streams: frozenset[str], load: Load[State], after: str | None
) -> AsyncIterator[Moment[State]]:
    """Yield the moments of some streams for as long as the subscriber reads.

    `load` reads the state and the place of exactly these streams. The hub is joined before the state is
    read, so that nothing can fall between; what the snapshot already holds is not told again.
    """
    with hub.subscribe(streams) as subscription:
        place = None if after is None else _checked(decode_cursor(after), streams)
        if place is not None:
            gap = await _gap(hub, place, (await load()).place)
            if gap is None:
                yield ResyncMoment(ResyncReason.GAP)
                place = None
            else:
                for update in _advance(place, gap):
                    yield update
        while True:
            if place is None:
                loaded = await load()
                place = dict(loaded.place)
                yield SnapshotMoment(loaded.state, encode_cursor(place), max(place.values(), default=0))
            async for news in _updates(subscription, place):
                yield news
            place = None


async def _updates(subscription: Subscription, place: Place) -> AsyncIterator[UpdateMoment | ResyncMoment]:
    """Yield updates until one is missing, then a resync as the last moment."""
    while True:
        try:
            envelope = await subscription.next()
        except MissedUpdatesError:
            yield ResyncMoment(ResyncReason.SLOW_READER)
            return
        for stream, sequence in envelope.streams.items():
            if stream in place and sequence > place[stream] + 1:
                yield ResyncMoment(ResyncReason.GAP)
                return
        for moment in _advance(place, [envelope]):
            yield moment


def _advance(place: Place, envelopes: list[Envelope]) -> list[UpdateMoment]:
    """Move the place over envelopes and return the moments that are news."""
    moments = []
    for envelope in envelopes:
        news = {
            stream: sequence
            for stream, sequence in envelope.streams.items()
            if stream in place and sequence > place[stream]
        }
        if news:
            place.update(news)
            moments.append(UpdateMoment(envelope, max(news.values()), encode_cursor(place)))
    return moments


async def _gap(hub: Hub, place: Place, current: Place) -> list[Envelope] | None:
    """Return what was missed since a place, in order within each stream; None when some of it is gone."""
    missed: dict[str, Envelope] = {}
    for stream, newest in current.items():
        seen = place[stream]
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


def _checked(place: Place, streams: frozenset[str]) -> Place:
    if set(place) != streams:
        raise BadStreamCursorError(
            "This cursor belongs to another subscription; leave `after` out to begin with a snapshot."
        )
    return place
