"""Cursors: where a subscriber has read to, in a few characters however many subjects it follows.

A position is a vector, a sequence for each stream. The cursor of one stream is that. The cursor of several is a digest:
which streams they are, the sum of their sequences, a hash of them that is added up, and when the newest update was written.
Who resumes names the same streams again, and the server knows where they are now and what has happened since; so it goes back,
update by update, until the sum is that of the cursor, and the hash proves that it has come to the same position.
"""

import base64
import binascii
import struct
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Protocol, Self, TypeVar

import orjson

from navswap.events.envelope import Envelope
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.errors import InvalidInputError
from navswap.kit.streams import is_every, kind_of

Position = dict[str, int]
_DIGEST = struct.Struct(">BQQQQ")
_VERSION = 1
_MODULUS = 1 << 64


class BadStreamCursorError(InvalidInputError):
    """The cursor to resume after is not one that this stream handed out."""

    code = "BAD_CURSOR"

    def __init__(self, message: str) -> None:
        super().__init__("after", message)


class Traced(Protocol):
    """An update that a digest is traced back over."""

    @property
    def id(self) -> str:
        """Return its id, which sorts by when it was recorded."""
        ...

    @property
    def streams(self) -> Mapping[str, int]:
        """Return its place in each of its streams."""
        ...


TracedT = TypeVar("TracedT", bound=Traced)


@dataclass(frozen=True, slots=True)
class Digest:
    """A position in several streams, in brief; `milliseconds` are those of the newest update, or of the snapshot."""

    streams: int
    total: int
    mixed: int
    milliseconds: int

    @classmethod
    def of(cls, position: Mapping[str, int], milliseconds: int, streams: Iterable[str]) -> Self:
        """Return the digest of a position that was reached at a time, of one who follows these streams."""
        return cls(
            name_of(streams),
            sum(position.values()),
            _sum(_mix(stream, sequence) for stream, sequence in position.items()),
            milliseconds,
        )

    def moved(self, position: Mapping[str, int], newer: Mapping[str, int], at: datetime) -> "Digest":
        """Return the digest once some streams of the position are newer."""
        before = {stream: position.get(stream, 0) for stream in newer}
        steps = (_mix(stream, newer[stream]) - _mix(stream, before[stream]) for stream in newer)
        return Digest(
            self.streams,
            self.total + sum(newer.values()) - sum(before.values()),
            (self.mixed + sum(steps)) % _MODULUS,
            max(self.milliseconds, epoch_milliseconds(at)),
        )

    def is_of(self, position: Mapping[str, int]) -> bool:
        """Return whether a position is the one that this is the digest of."""
        return self.total == sum(position.values()) and self.mixed == _sum(
            _mix(stream, sequence) for stream, sequence in position.items()
        )

    def trace_back(
        self, current: Mapping[str, int], updates: Iterable[TracedT]
    ) -> tuple[Position, list[TracedT]] | None:
        """Return the position, and what has happened since up to the current one, oldest first.

        `updates` are what happened lately, in any order, each once. None where they do not lead back to the position.
        """
        position, missed = dict(current), list[TracedT]()
        left = sum(position.values()) - self.total
        for update in sorted(updates, key=lambda update: update.id, reverse=True):
            if left <= 0:
                break
            steps = {
                stream: at
                for stream, at in update.streams.items()
                if stream in position and at <= current[stream]
            }
            if any(position[stream] != at for stream, at in steps.items()):
                return None
            for stream in steps:
                position[stream] -= 1
            left -= len(steps)
            if steps:
                missed.append(update)
        return (position, missed[::-1]) if self.is_of(position) else None


class Place:
    """Where one subscriber is, as its updates come."""

    def __init__(
        self, position: Mapping[str, int], milliseconds: int, streams: Iterable[str] | None = None
    ) -> None:
        """Begin at a position; all updates behind it are written at that time (Unix milliseconds) or later.

        `streams` are those that are followed, where these are others than the position has: all of a kind. One of them that the
        position does not have is at 0.
        """
        self.position: Position = dict(position)
        followed = frozenset(position if streams is None else streams)
        self._kinds = frozenset(filter(is_every, followed))
        self._digest = Digest.of(position, milliseconds, followed) if _is_wide(followed) else None

    @property
    def cursor(self) -> str:
        """Return the cursor of this place."""
        return encode_cursor(self.position) if self._digest is None else _encode_digest(self._digest)

    def newer(self, envelope: Envelope) -> dict[str, int]:
        """Return the sequences of an update in the streams that are followed, where it is behind this place."""
        return {
            stream: sequence
            for stream, sequence in envelope.streams.items()
            if self._follows(stream) and sequence > self.position.get(stream, 0)
        }

    def misses(self, newer: Mapping[str, int]) -> bool:
        """Return whether something is missing between this place and newer sequences."""
        return any(sequence > self.position.get(stream, 0) + 1 for stream, sequence in newer.items())

    def advance(self, newer: Mapping[str, int], at: datetime) -> None:
        """Take the newer sequences of some streams over, of an update that was written at a time."""
        if self._digest is not None:
            self._digest = self._digest.moved(self.position, newer, at)
        self.position.update(newer)

    def _follows(self, stream: str) -> bool:
        return stream in self.position or (bool(self._kinds) and kind_of(stream) in self._kinds)


def encode_cursor(position: Mapping[str, int]) -> str:
    """Write a position out as an opaque cursor; of one stream, for its length grows with them."""
    return _encode(orjson.dumps(dict(sorted(position.items()))))


def decode_cursor(cursor: str) -> Position:
    """Read a position that was written out; raises BadStreamCursorError for anything that `encode_cursor` did not write."""
    return _position(_decode(cursor))


def read_cursor(cursor: str, streams: frozenset[str]) -> Position | Digest:
    """Read a cursor of some streams; raises BadStreamCursorError for one of others, and for what is none."""
    written = _decode(cursor)
    if _is_wide(streams) and len(written) == _DIGEST.size and written[0] == _VERSION:
        digest = Digest(*_DIGEST.unpack(written)[1:])
        if digest.streams == name_of(streams):
            return digest
    elif (position := _position(written)).keys() == streams:
        return position
    raise BadStreamCursorError(
        "This cursor belongs to another subscription; leave `after` out to begin with a snapshot."
    )


def name_of(streams: Iterable[str]) -> int:
    """Return a number for a set of streams."""
    return _hash("\n".join(sorted(streams)))


def _is_wide(streams: Collection[str]) -> bool:
    """Return whether streams are too many for a cursor that names them, or may become so."""
    return len(streams) > 1 or any(map(is_every, streams))


def _encode_digest(digest: Digest) -> str:
    return _encode(_DIGEST.pack(_VERSION, digest.streams, digest.total, digest.mixed, digest.milliseconds))


def _position(written: bytes) -> Position:
    try:
        position = orjson.loads(written)
    except orjson.JSONDecodeError:
        position = None
    if not isinstance(position, dict) or not all(type(at) is int and at >= 0 for at in position.values()):
        raise _foreign()
    return position


def _encode(written: bytes) -> str:
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def _decode(cursor: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error) as error:
        raise _foreign() from error


def _foreign() -> BadStreamCursorError:
    return BadStreamCursorError(
        "This cursor was not handed out by this stream; leave `after` out to begin with a snapshot."
    )


def _sum(numbers: Iterable[int]) -> int:
    return sum(numbers) % _MODULUS


def _mix(stream: str, sequence: int) -> int:
    """Return the share of a stream; none while nothing has happened in it, so that it may as well be unknown."""
    return 0 if sequence == 0 else _hash(f"{stream}\n{sequence}")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
