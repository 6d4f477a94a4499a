"""Reads an archive as lazy frames; importing this loads Polars."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from navswap.events.archive.frames import schema_of
from navswap.events.archive.layout import STATION_STATUS, Partition, list_parts
from navswap.events.archive.stores import Store, open_store


def read_events(
    root: str | Path | Store,
    topic: str,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    types: Sequence[str] = (),
    known_by: datetime | None = None,
) -> pl.LazyFrame:
    """Return the events of a topic, each once, by time; nothing is read before the frame is collected.

    They happened from `since` on and before `until`, are of one of `types` where some are named, and were known at
    `known_by`: what a point-in-time frame may hold. An archive or topic that holds nothing is an empty frame.
    """
    days = read_days(root, topic, since, until, types=types, known_by=known_by)
    return pl.concat(days) if days else pl.LazyFrame(schema=dict(schema_of(topic)))


def read_days(
    root: str | Path | Store,
    topic: str,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    types: Sequence[str] = (),
    known_by: datetime | None = None,
) -> list[pl.LazyFrame]:
    """Return the same as one frame a day, the oldest first, for what is read piece by piece."""
    conditions = []
    if since is not None:
        conditions.append(pl.col("occurred_at") >= since)
    if until is not None:
        conditions.append(pl.col("occurred_at") < until)
    if known_by is not None:
        conditions.append(pl.col("known_at") <= known_by)
    if types:
        conditions.append(pl.col("type").is_in(list(types)))
    store = open_store(root)
    days: dict[Partition, list[str]] = defaultdict(list)
    for part in list_parts(store, topic):
        is_early = since is not None and part.partition.day < since.date()
        is_late = until is not None and part.partition.day > until.date()
        if not is_early and not is_late:
            days[part.partition].append(store.location(part.path))
    return [_read_day(topic, days[partition], conditions) for partition in sorted(days)]


def read_station_status(
    root: str | Path | Store,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    known_by: datetime | None = None,
) -> pl.LazyFrame:
    """Return the status of the stations at each change, each once, by time; otherwise like `read_events`."""
    return read_events(root, STATION_STATUS, since, until, known_by=known_by)


def count_rows(topic: str, locations: Sequence[str]) -> int:
    """Return how many rows some files have, by what they say of themselves."""
    counted: int = read_files(topic, locations).select(pl.len()).collect().item()
    return counted


def read_files(topic: str, locations: Sequence[str]) -> pl.LazyFrame:
    """Return the rows of some files as they stand there; a column that a file lacks is null."""
    return pl.scan_parquet(
        list(locations),
        schema=dict(schema_of(topic)),
        hive_partitioning=False,
        missing_columns="insert",
        extra_columns="ignore",
    )


def _read_day(topic: str, locations: Sequence[str], conditions: Sequence[pl.Expr]) -> pl.LazyFrame:
    """Return a day's rows in order: one file holds each event once and in order, of several that is seen to here."""
    frame = read_files(topic, locations)
    if conditions:
        frame = frame.filter(*conditions)
    if len(locations) > 1:
        frame = (
            frame.sort("known_at", maintain_order=True)
            .unique("event_id", keep="first", maintain_order=True)
            .sort("occurred_at", "event_id")
        )
    return frame
