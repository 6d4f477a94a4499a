"""Keeps an archive in shape: merges the many small files of a day, and deletes days that are older than they are kept.

Nothing here needs a lock: a merged file is there before what it was made of is deleted, and the reader returns an event that
stands in both once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from navswap.events.archive.layout import Part, Partition, list_parts
from navswap.events.archive.stores import Store, open_store

MANY_PARTS: Final = 64
"""So many files of a day are merged before it is over."""
MERGED_BYTES: Final = 256 * 1024 * 1024
"""About the largest file that is made by merging; the rows of so much are in memory at once."""
AFTER_MIDNIGHT: Final = timedelta(hours=1)
"""How long a day that is over may still fill up before its files are merged."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compaction did: files that it merged, and files that came of them."""

    merged: int = 0
    made: int = 0


def compact(root: str | Path | Store, now: datetime | None = None, *, topic: str | None = None) -> Compacted:
    """Merge the files of each day that is over at `now`, and of one that has very many; of all days without a `now`.

    A day ends up as one file, or as several where it is larger than 256 MiB. Raises ArchiveError, and Polars' errors where
    another process compacts the same day; then the next time finishes it.
    """
    store = open_store(root)
    merged = made = 0
    for partition, parts in _by_partition(list_parts(store, topic)).items():
        if _is_due(partition, parts, now):
            for group in _groups(parts):
                _merge(store, partition, group)
                merged, made = merged + len(group), made + 1
    return Compacted(merged, made)


def forget(root: str | Path | Store, before: date) -> int:
    """Delete the days before a day, and return how many files that was."""
    store = open_store(root)
    old = [part for part in list_parts(store) if part.partition.day < before]
    for part in old:
        store.delete(part.path)
    return len(old)


def _is_due(partition: Partition, parts: Sequence[Part], now: datetime | None) -> bool:
    is_over = now is None or partition.day < (now - AFTER_MIDNIGHT).date()
    return len(parts) >= (2 if is_over else MANY_PARTS)


def _groups(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Yield the files to merge, in the order of their times, as many at once as make a large one."""
    group: list[Part] = []
    for part in parts:
        if group and sum(each.size_bytes for each in [*group, part]) > MERGED_BYTES:
            if len(group) > 1:
                yield group
            group = []
        group.append(part)
    if len(group) > 1:
        yield group


def _merge(store: Store, partition: Partition, parts: Sequence[Part]) -> None:
    from navswap.events.archive import frames  # noqa: PLC0415 - Polars takes a second to load
    from navswap.events.archive.reader import read_files  # noqa: PLC0415 - as above

    locations = [store.location(part.path) for part in parts]
    rows = frames.ordered_once(read_files(partition.topic, locations).collect())
    target = frames.part_path(partition, rows)
    store.put(target, frames.to_parquet(rows))
    for part in parts:
        if part.path != target:
            store.delete(part.path)


def _by_partition(parts: Iterable[Part]) -> dict[Partition, list[Part]]:
    found: dict[Partition, list[Part]] = defaultdict(list)
    for part in parts:
        found[part.partition].append(part)
    return found
