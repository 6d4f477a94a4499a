"""Writes an archive: buffers records, and files them by topic and day."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from navswap.events.archive.layout import STATION_STATUS
from navswap.events.archive.records import ArchiveRecord
from navswap.events.archive.stores import Store, open_store

if TYPE_CHECKING:
    import polars as pl

FLUSH_ROWS: Final = 250_000
"""Records that are buffered before they are written by themselves: about 150 MB of events."""
_COLUMNS: Final = 6


class ArchiveWriter:
    """Appends to an archive; for one thread. `root` is a folder, or the URL of an object store.

    What was appended is safe once `flush` has returned, and lost with the process before. A record that is appended twice,
    also by another writer or after a crash, is returned once by the reader. `flush_rows` bounds the memory: so many
    records are written by themselves; with None only `flush` writes.

        writer = ArchiveWriter("history")
        writer.append([ArchiveRecord.of(fact, event_id=ids.new(), occurred_at=now, known_at=now)])
        writer.flush()

    A long run calls `compact` of `navswap.events.archive.maintenance` at its end, so that each day is one file.
    """

    def __init__(self, root: str | Path | Store, *, flush_rows: int | None = FLUSH_ROWS) -> None:
        self._store = open_store(root)
        self._flush_rows = flush_rows
        self._buffers: dict[str, list[list[Any]]] = {}
        self._rows = 0

    @property
    def rows(self) -> int:
        """Return how many records wait to be written."""
        return self._rows

    def append(self, records: Iterable[ArchiveRecord]) -> None:
        """Buffer records, and write all once they are many; raises ArchiveError, with nothing lost, where that fails."""
        for record in records:
            columns = self._buffers.get(record.topic)
            if columns is None:
                columns = self._buffers[record.topic] = [[] for _ in range(_COLUMNS)]
            ids, types, keys, occurred, known, payloads = columns
            ids.append(record.event_id)
            types.append(record.type)
            keys.append(record.key)
            occurred.append(record.occurred_ms)
            known.append(record.known_ms)
            payloads.append(record.payload)
            self._rows += 1
        if self._flush_rows is not None and self._rows >= self._flush_rows:
            self.flush()

    def flush(self) -> int:
        """Write what is buffered, and return how many records that was.

        Raises ArchiveError where a file could not be written; what is not written by then stays buffered.
        """
        written = 0
        for topic in sorted(self._buffers):
            columns = self._buffers[topic]
            self._write(topic, columns)
            del self._buffers[topic]
            self._rows -= len(columns[0])
            written += len(columns[0])
        return written

    def _write(self, topic: str, columns: list[list[Any]]) -> None:
        from navswap.events.archive import frames  # noqa: PLC0415 - Polars takes a second to load

        events = frames.ordered_once(frames.events_frame(columns))
        self._put(topic, events)
        if topic == "stations":
            self._put(STATION_STATUS, frames.status_frame(events))

    def _put(self, topic: str, rows: "pl.DataFrame") -> None:
        from navswap.events.archive import frames  # noqa: PLC0415 - as above

        for partition, of_day in frames.by_day(topic, rows):
            self._store.put(frames.part_path(partition, of_day), frames.to_parquet(of_day))
