"""The stream of the traffic map: a snapshot of an area, then the cells that changed, or an explicit resync.

A cursor is a revision of the map. Each cell says in which revision it changed last, so the gap after any cursor is
read from the cells themselves, in every process and however long ago; what was overtaken meanwhile is left out.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from navswap.events.cursors import BadStreamCursorError, decode_cursor, encode_cursor
from navswap.events.hub import Hub
from navswap.events.stream import ResyncMessage, ResyncReason
from navswap.features.traffic.domain.cells import TrafficCell
from navswap.features.traffic.service.traffic_map import TrafficNow, TrafficService
from navswap.kit.geo import Area

OLDEST_CURSOR = 10_000
"""Revisions after which a snapshot is cheaper than what has changed since; about two days."""


@dataclass(frozen=True, slots=True)
class SnapshotMessage:
    """All live cells of the area."""

    cells: list[TrafficCell]
    cursor: str


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """The cells that changed, and those without recent probes now; `sequence` counts these messages from 1."""

    cells: list[TrafficCell]
    cleared: list[str]
    sequence: int
    cursor: str


Message = SnapshotMessage | UpdateMessage | ResyncMessage


async def follow_traffic(
    traffic: TrafficService, hub: Hub, area: Area, after: str | None
) -> AsyncIterator[Message]:
    """Yield the messages of an area for as long as the subscriber reads; raises BadStreamCursorError."""
    subscriber = _Subscriber(area)
    seen = None if after is None else subscriber.read_cursor(after)
    readings = traffic.follow(hub)
    first = (await anext(readings)).state
    if seen is not None and not 0 <= first.revision - seen <= OLDEST_CURSOR:
        yield ResyncMessage(ResyncReason.GAP)
        seen = None
    if seen is None:
        yield subscriber.snapshot(first)
    else:
        subscriber.resume(seen, first, await traffic.list_changed(area, seen))
        if (gap := subscriber.update(first)) is not None:
            yield gap
    async for reading in readings:
        if (changes := subscriber.update(reading.state)) is not None:
            yield changes


class _Subscriber:
    """What one subscriber holds: the cells of its area, each with the revision in which it changed last."""

    def __init__(self, area: Area) -> None:
        self._area = area
        self._held: dict[str, int] = {}
        self._revision = 0
        self._sequence = 0
        self._scope = f"traffic:{area.west},{area.south},{area.east},{area.north}"

    def read_cursor(self, after: str) -> int:
        """Return the revision in a cursor of this area; raises BadStreamCursorError."""
        position = decode_cursor(after)
        if set(position) != {self._scope}:
            raise BadStreamCursorError(
                "This cursor belongs to another subscription; leave `after` out to start again."
            )
        return position[self._scope]

    def snapshot(self, now: TrafficNow) -> SnapshotMessage:
        """Return all live cells of the area."""
        cells = self._inside(now.cells)
        self._held = {cell.id: cell.changed_in for cell in cells}
        self._revision = now.revision
        return SnapshotMessage(cells, self._cursor())

    def resume(self, seen: int, now: TrafficNow, changed: Iterable[TrafficCell]) -> None:
        """Take up what the client may hold: what has not changed since, and in an older state what has."""
        self._revision = seen
        self._held = {cell.id: cell.changed_in for cell in self._inside(now.cells) if cell.changed_in <= seen}
        self._held |= {cell.id: 0 for cell in changed}

    def update(self, now: TrafficNow) -> UpdateMessage | None:
        """Return what of a reading the subscriber does not hold yet; None where it holds all."""
        cells = {cell.id: cell for cell in self._inside(now.cells)}
        changed = [cell for cell in cells.values() if self._held.get(cell.id) != cell.changed_in]
        cleared = sorted(self._held.keys() - cells.keys())
        self._revision = max(self._revision, now.revision)
        if not changed and not cleared:
            return None
        self._held = {cell.id: cell.changed_in for cell in cells.values()}
        self._sequence += 1
        return UpdateMessage(changed, cleared, self._sequence, self._cursor())

    def _inside(self, cells: Iterable[TrafficCell]) -> list[TrafficCell]:
        return [cell for cell in cells if self._area.contains(cell.centre)]

    def _cursor(self) -> str:
        return encode_cursor({self._scope: self._revision})
