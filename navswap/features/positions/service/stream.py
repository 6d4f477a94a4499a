"""The stream of live positions: a snapshot, then what changed, or an explicit resync.

A cursor is the time at which a web process received the newest position that was sent. Every process can resume after
it: the gap is the newest position of each subject received since, less a margin for clocks that differ and for
partitions that overtake each other. Positions are states, so that sending one again does no harm.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from navswap.events.cursors import BadStreamCursorError, decode_cursor, encode_cursor
from navswap.events.hub import MissedUpdatesError
from navswap.events.stream import ResyncMessage, ResyncReason
from navswap.features.positions.domain.filter import MAX_AGE
from navswap.features.positions.reading import LatestPosition, newest
from navswap.features.positions.service.hub import PositionHub, Watcher
from navswap.features.positions.service.reports import MAX_LISTED, PositionService
from navswap.features.positions.service.scopes import Scope
from navswap.kit.clock import Clock, epoch_milliseconds

MARGIN = timedelta(seconds=30)
"""More than a batch takes from its receipt until Kafka and Redis have it, and than two clocks may differ."""
UPDATE_SIZE = 500
"""Most changes in one update, so that no update holds up a process for long."""
MAX_DEPARTED = 1_000
"""Most subjects outside its area that a resuming client is sent; beyond it a snapshot is cheaper."""


@dataclass(frozen=True, slots=True)
class SnapshotMessage:
    """Where all in the scope are; `is_complete` False where there may be more than is listed.

    `sequence` is that of the last update before it, 0 at the beginning.
    """

    positions: list[LatestPosition]
    is_complete: bool
    sequence: int
    cursor: str


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """The subjects that moved, and those not in the scope any more; `sequence` counts these messages from 1."""

    positions: list[LatestPosition]
    departed: list[str]
    sequence: int
    cursor: str


Message = SnapshotMessage | UpdateMessage | ResyncMessage


async def follow_positions(
    hub: PositionHub, positions: PositionService, clock: Clock, scope: Scope, after: str | None
) -> AsyncIterator[Message]:
    """Yield the messages of a scope for as long as the subscriber reads; raises BadStreamCursorError."""
    subscriber = _Subscriber(hub, positions, clock, scope)
    seen = None if after is None else subscriber.read_cursor(after)
    with hub.watch(scope) as watcher:
        resumed = False
        if seen is not None:
            gap = await subscriber.gap(watcher, seen)
            if gap is None:
                yield ResyncMessage(ResyncReason.GAP)
            else:
                resumed = True
                for update in gap:
                    yield update
        while True:
            if not resumed:
                yield await subscriber.snapshot(watcher)
            try:
                while True:
                    for update in subscriber.updates(await hub.next_changes(watcher)):
                        yield update
            except MissedUpdatesError:
                yield ResyncMessage(ResyncReason.SLOW_READER)
                resumed = False


class _Subscriber:
    """What one subscriber holds: the newest position of each subject that it was sent."""

    def __init__(self, hub: PositionHub, positions: PositionService, clock: Clock, scope: Scope) -> None:
        self._hub = hub
        self._positions = positions
        self._clock = clock
        self._scope = scope
        self._held: dict[str, int] = {}
        self._received = 0
        self._sequence = 0

    def read_cursor(self, after: str) -> int:
        """Return the time in a cursor of this scope; raises BadStreamCursorError."""
        position = decode_cursor(after)
        if set(position) != {self._scope.name}:
            raise BadStreamCursorError(
                "This cursor belongs to another subscription; leave `after` out to start again."
            )
        return position[self._scope.name]

    async def snapshot(self, watcher: Watcher) -> SnapshotMessage:
        """Read where all in the scope are now."""
        self._received = max(self._received, epoch_milliseconds(self._clock.now()))
        is_current = await self._refresh()
        oldest = epoch_milliseconds(self._clock.now() - MAX_AGE)
        shown = [
            position
            for position in self._hub.read_all(watcher)
            if position.recorded_milliseconds >= oldest and self._scope.holds(position)
        ]
        listing = newest(shown, MAX_LISTED)
        self._held = {position.subject_id: position.recorded_milliseconds for position in listing.positions}
        return SnapshotMessage(
            listing.positions, listing.is_complete and is_current, self._sequence, self._cursor()
        )

    async def gap(self, watcher: Watcher, seen: int) -> list[UpdateMessage] | None:
        """Return what changed since a time, in order of receipt; None when that is not known."""
        since = seen - milliseconds_of(MARGIN)
        now = self._clock.now()
        if not epoch_milliseconds(now - MAX_AGE) <= since <= epoch_milliseconds(now):
            return None
        if not await self._refresh() and not self._hub.knows_since(since):
            return None
        known = self._hub.read_all(watcher)
        changed = [position for position in known if position.received_milliseconds > since]
        departed = sum(not self._scope.holds(position) for position in changed)
        if departed > MAX_DEPARTED or len(changed) - departed > MAX_LISTED:
            return None
        # The client may hold any of those that are not in the scope now, so it is sent all of them.
        self._held = {position.subject_id: 0 for position in changed} | {
            position.subject_id: position.recorded_milliseconds
            for position in known
            if self._scope.holds(position) and position.received_milliseconds <= since
        }
        self._received = seen
        return list(self.updates(sorted(changed, key=lambda position: position.received_milliseconds)))

    def updates(self, changes: Sequence[LatestPosition]) -> Iterator[UpdateMessage]:
        """Return what of some changes the subscriber does not hold yet, in pieces."""
        for start in range(0, len(changes), UPDATE_SIZE):
            piece = changes[start : start + UPDATE_SIZE]
            moved = [
                position for position in piece if self._scope.holds(position) and self._is_newer(position)
            ]
            departed = [
                position.subject_id
                for position in piece
                if not self._scope.holds(position) and self._held.pop(position.subject_id, None) is not None
            ]
            if moved or departed:
                self._held |= {position.subject_id: position.recorded_milliseconds for position in moved}
                self._received = max(self._received, *(position.received_milliseconds for position in piece))
                self._sequence += 1
                yield UpdateMessage(moved, departed, self._sequence, self._cursor())

    def _is_newer(self, position: LatestPosition) -> bool:
        return position.recorded_milliseconds > self._held.get(position.subject_id, -1)

    async def _refresh(self) -> bool:
        """Let the hub receive what Redis has; return whether Redis answered."""
        if self._scope.area is None:
            found = await self._positions.find_latest(sorted(self._scope.subject_ids))
            self._hub.receive(found.values())
            return True
        everything = await self._positions.find_all()
        self._hub.receive(everything or ())
        return everything is not None

    def _cursor(self) -> str:
        return encode_cursor({self._scope.name: self._received})


def milliseconds_of(span: timedelta) -> int:
    """Return a span of time in whole milliseconds."""
    return span // timedelta(milliseconds=1)
