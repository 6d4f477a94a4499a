"""A history out of the archive, day by day, so that it never holds more than the numbers and one day of text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from navswap.kit.clock import epoch_milliseconds
from navswap.kit.errors import NavSwapError
from navswap.ml.history.history import History


class EmptyHistoryError(NavSwapError):
    """The archive holds nothing that a model learns from."""

    code = "EMPTY_HISTORY"


@dataclass(frozen=True, slots=True)
class Known:
    """A fact with its times, in milliseconds since 1970."""

    type: str
    occurred_ms: int
    known_ms: int


def known_between(
    root: str | Path, types: Iterable[str], since: datetime | None = None, until: datetime | None = None
) -> tuple[int, int] | None:
    """Return when the first and the last fact of some types became known, in milliseconds since 1970; None where there is none.

    Nothing but types and times is read, a day at a time.
    """
    import polars as pl

    from navswap.events.archive.reader import read_days

    known_ms, found = pl.col("known_at").dt.epoch("ms"), []
    for topic, wanted in _by_topic(types).items():
        for day in read_days(root, topic, since, until, types=wanted):
            first, last = (
                day.select(known_ms.min().alias("first"), known_ms.max().alias("last")).collect().row(0)
            )
            if first is not None:
                found.append((first, last))
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _by_topic(types: Iterable[str]) -> dict[str, list[str]]:
    topics: dict[str, list[str]] = {}
    for type_ in sorted(types):
        topics.setdefault(type_.partition(".")[0], []).append(type_)
    return topics


def read_history(
    history: History,
    root: str | Path,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    known_by: datetime | None = None,
    kept_at: datetime | None = None,
    ids_since: datetime | None = None,
) -> set[str] | None:
    """Add what an archive holds of the types that the tables are made of; return None where it holds nothing.

    They happened from `since` on and before `until`, and were known at `known_by`. `kept_at` is in the place of `since` a moment at
    which a history that is followed still keeps them (`TableSpec`). Returned are the ids of those that became
    known from `ids_since` on. Polars is loaded here.
    """
    from navswap.events.archive.reader import read_days

    facts, recent = 0, set[str]()
    recent_ms = None if ids_since is None else epoch_milliseconds(ids_since)
    for topic, types in _by_topic(history.types).items():
        first = since if kept_at is None else kept_at - history.kept(types)
        for day in read_days(root, topic, first, until, types=types, known_by=known_by):
            frame = day.select("event_id", "type", "occurred_at", "known_at", "payload").collect()
            occurred = frame["occurred_at"].dt.epoch("ms").to_list()
            known = frame["known_at"].dt.epoch("ms").to_list()
            for event_id, type_, occurred_ms, known_ms, payload in zip(
                frame["event_id"], frame["type"], occurred, known, frame["payload"], strict=True
            ):
                history.take(Known(type_, occurred_ms, known_ms), orjson.loads(payload))
                if recent_ms is not None and known_ms >= recent_ms:
                    recent.add(event_id)
            facts += len(frame)
    return recent if facts else None
