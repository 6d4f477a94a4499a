"""The stream of live positions: a snapshot, then what changed, or an explicit resync.

A cursor is the moment at which a web process received the newest position told. Every process can resume after
it: the gap is the newest position of whoever was received since, less a margin for clocks that differ and for
partitions that overtake each other. Positions are states, so that telling one again does no harm.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from navswap.events.hub import MissedUpdatesError
from navswap.events.stream import (
    BadStreamCursorError,
    ResyncMoment,
    ResyncReason,
    decode_cursor,
    encode_cursor,
)
from navswap.features.positions.domain.filter import MAX_AGE
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import MAX_LISTED, PositionService, newest
from navswap.features.positions.service.hub import PositionHub, Scope, Watcher
from navswap.kit.clock import Clock, epoch_milliseconds

MARGIN = timedelta(seconds=30)
"""More than a batch takes from its receipt until Kafka and Redis have it, and than two clocks may differ."""
UPDATE_SIZE = 500
"""Most changes told in one update, so that no update holds up a process for long."""
MAX_DEPARTED = 1_000
"""Most subjects that a resuming client is told to have left its area; beyond it a snapshot is cheaper."""


@dataclass(frozen=True, slots=True)
class PositionsMoment:
    """Where everybody in the scope is; `is_complete` False where there may be more than is told."""

    positions: list[LatestPosition]
    is_complete: bool
    cursor: str


@dataclass(frozen=True, slots=True)
class ChangesMoment:
    """Who moved, and who is not in the scope any more; `sequence` counts these moments from 1."""

    positions: list[LatestPosition]
    departed: list[str]
    sequence: int
    cursor: str


PositionMoment = PositionsMoment | ChangesMoment | ResyncMoment


async def follow_positions(
    hub: PositionHub, positions: PositionService, clock: Clock, scope: Scope, after: str | None
) -> AsyncIterator[PositionMoment]:
    """Yield the moments of a scope for as long as the subscriber reads; raises BadStreamCursorError."""
    follower = _Follower(hub, positions, clock, scope)
    seen = None if after is None else follower.read_cursor(after)
    with hub.watch(scope) as watcher:
        resumed = False
        if seen is not None:
            gap = await follower.gap(watcher, seen)
            if gap is None:
                yield ResyncMoment(ResyncReason.GAP)
            else:
                resumed = True
                for changes in gap:
                    yield changes
        while True:
            if not resumed:
                yield await follower.snapshot(watcher)
            try:
                while True:
                    for changes in follower.tell(await hub.next_changes(watcher)):
                        yield changes
            except MissedUpdatesError:
                yield ResyncMoment(ResyncReason.SLOW_READER)
                resumed = False


class _Follower:
    """What one subscriber has been told."""

    def __init__(self, hub: PositionHub, positions: PositionService, clock: Clock, scope: Scope) -> None:
        self._hub = hub
        self._positions = positions
        self._clock = clock
        self._scope = scope
        self._told: dict[str, int] = {}
        self._received = 0
        self._sequence = 0

    def read_cursor(self, after: str) -> int:
        """Return the moment in a cursor of this scope; raises BadStreamCursorError."""
        place = decode_cursor(after)
        if set(place) != {self._scope.name}:
            raise BadStreamCursorError(
                "This cursor belongs to another subscription; leave `after` out to begin anew."
            )
        return place[self._scope.name]

    async def snapshot(self, watcher: Watcher) -> PositionsMoment:
        """Read where everybody is now."""
        self._received = max(self._received, epoch_milliseconds(self._clock.now()))
        is_current = await self._refresh()
        oldest = epoch_milliseconds(self._clock.now() - MAX_AGE)
        shown = [
            one
            for one in self._hub.read_all(watcher)
            if one.recorded_milliseconds >= oldest and self._scope.holds(one)
        ]
        listing = newest(shown, MAX_LISTED)
        self._told = {one.subject_id: one.recorded_milliseconds for one in listing.positions}
        return PositionsMoment(listing.positions, listing.is_complete and is_current, self._cursor())

    async def gap(self, watcher: Watcher, seen: int) -> list[ChangesMoment] | None:
        """Return what changed since a moment, in order of receipt; None when that cannot be told."""
        since = seen - milliseconds_of(MARGIN)
        now = self._clock.now()
        if not epoch_milliseconds(now - MAX_AGE) <= since <= epoch_milliseconds(now):
            return None
        if not await self._refresh() and not self._hub.knows_since(since):
            return None
        everybody = self._hub.read_all(watcher)
        changed = [one for one in everybody if one.received_milliseconds > since]
        departed = sum(not self._scope.holds(one) for one in changed)
        if departed > MAX_DEPARTED or len(changed) - departed > MAX_LISTED:
            return None
        # The client may hold any of those that are not in the scope now, so it is told of all of them.
        self._told = {one.subject_id: 0 for one in changed} | {
            one.subject_id: one.recorded_milliseconds
            for one in everybody
            if self._scope.holds(one) and one.received_milliseconds <= since
        }
        self._received = seen
        return list(self.tell(sorted(changed, key=lambda one: one.received_milliseconds)))

    def tell(self, changes: Sequence[LatestPosition]) -> Iterator[ChangesMoment]:
        """Return what of some changes is news to the subscriber, in pieces."""
        for start in range(0, len(changes), UPDATE_SIZE):
            piece = changes[start : start + UPDATE_SIZE]
            positions = [one for one in piece if self._scope.holds(one) and self._is_news(one)]
            departed = [
                one.subject_id
                for one in piece
                if not self._scope.holds(one) and self._told.pop(one.subject_id, None) is not None
            ]
            if positions or departed:
                self._told |= {one.subject_id: one.recorded_milliseconds for one in positions}
                self._received = max(self._received, *(one.received_milliseconds for one in piece))
                self._sequence += 1
                yield ChangesMoment(positions, departed, self._sequence, self._cursor())

    def _is_news(self, position: LatestPosition) -> bool:
        return position.recorded_milliseconds > self._told.get(position.subject_id, -1)

    async def _refresh(self) -> bool:
        """Let the hub learn what Redis has; tells whether Redis answered."""
        if self._scope.subject_ids is not None:
            found = await self._positions.find_latest(sorted(self._scope.subject_ids))
            self._hub.receive(found.values())
            return True
        everybody = await self._positions.find_all()
        self._hub.receive(everybody or ())
        return everybody is not None

    def _cursor(self) -> str:
        return encode_cursor({self._scope.name: self._received})


def milliseconds_of(span: timedelta) -> int:
    """Return a span of time in whole milliseconds."""
    return span // timedelta(milliseconds=1)
