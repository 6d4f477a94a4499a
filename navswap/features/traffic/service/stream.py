"""The stream of the traffic map: a snapshot of an area, then the cells that changed, or an explicit resync.

A cursor is a revision of the map. Each cell says in which revision it changed last, so the gap after any cursor is
read from the cells themselves, in every process and however long ago; what was overtaken meanwhile is not told.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from navswap.events.hub import Hub
from navswap.events.stream import (
    BadStreamCursorError,
    ResyncMoment,
    ResyncReason,
    decode_cursor,
    encode_cursor,
)
from navswap.features.traffic.service import TrafficNow, TrafficService
from navswap.features.traffic.storage import TrafficCell
from navswap.kit.geo import Area

OLDEST_CURSOR = 10_000
"""Revisions after which a snapshot is cheaper than what has changed since; about two days."""


@dataclass(frozen=True, slots=True)
class TrafficMoment:
    """All live cells of the area."""

    now: TrafficNow
    cells: list[TrafficCell]
    cursor: str


@dataclass(frozen=True, slots=True)
class CellsMoment:
    """The cells that changed, and those that tell of now no more; `sequence` counts these moments from 1."""

    cells: list[TrafficCell]
    cleared: list[str]
    sequence: int
    cursor: str


MapMoment = TrafficMoment | CellsMoment | ResyncMoment


async def follow_traffic(
    traffic: TrafficService, hub: Hub, area: Area, after: str | None
) -> AsyncIterator[MapMoment]:
    """Yield the moments of an area for as long as the subscriber reads; raises BadStreamCursorError."""
    follower = _Follower(area)
    seen = None if after is None else follower.read_cursor(after)
    readings = traffic.follow(hub)
    first = (await anext(readings)).state
    if seen is not None and not 0 <= first.revision - seen <= OLDEST_CURSOR:
        yield ResyncMoment(ResyncReason.GAP)
        seen = None
    if seen is None:
        yield follower.snapshot(first)
    else:
        follower.resume(seen, first, await traffic.list_changed(area, seen))
        if (gap := follower.tell(first)) is not None:
            yield gap
    async for reading in readings:
        if (changes := follower.tell(reading.state)) is not None:
            yield changes


class _Follower:
    """What one subscriber has been told: the revision in which each cell that it holds had changed."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self._told: dict[str, int] = {}
        self._revision = 0
        self._sequence = 0
        self._scope = f"traffic:{area.west},{area.south},{area.east},{area.north}"

    def read_cursor(self, after: str) -> int:
        """Return the revision in a cursor of this area; raises BadStreamCursorError."""
        place = decode_cursor(after)
        if set(place) != {self._scope}:
            raise BadStreamCursorError(
                "This cursor belongs to another subscription; leave `after` out to begin anew."
            )
        return place[self._scope]

    def snapshot(self, now: TrafficNow) -> TrafficMoment:
        """Tell all live cells of the area."""
        cells = self._of(now.cells)
        self._told = {cell.id: cell.changed_in for cell in cells}
        self._revision = now.revision
        return TrafficMoment(now, cells, self._cursor())

    def resume(self, seen: int, now: TrafficNow, changed: Iterable[TrafficCell]) -> None:
        """Take up what the client may hold: what has not changed since, and in an older state what has."""
        self._revision = seen
        self._told = {cell.id: cell.changed_in for cell in self._of(now.cells) if cell.changed_in <= seen}
        self._told |= {cell.id: 0 for cell in changed}

    def tell(self, now: TrafficNow) -> CellsMoment | None:
        """Tell what of a reading is news; None where nothing is."""
        cells = {cell.id: cell for cell in self._of(now.cells)}
        news = [cell for cell in cells.values() if self._told.get(cell.id) != cell.changed_in]
        cleared = sorted(self._told.keys() - cells.keys())
        self._revision = max(self._revision, now.revision)
        if not news and not cleared:
            return None
        self._told = {cell.id: cell.changed_in for cell in cells.values()}
        self._sequence += 1
        return CellsMoment(news, cleared, self._sequence, self._cursor())

    def _of(self, cells: Iterable[TrafficCell]) -> list[TrafficCell]:
        return [cell for cell in cells if self._area.contains(cell.centre)]

    def _cursor(self) -> str:
        return encode_cursor({self._scope: self._revision})
