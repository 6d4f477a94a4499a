"""A history out of the archive, day by day, so that it never holds more than the numbers and one day of text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from navswap.events.archive.reader import read_days
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.errors import NavSwapError
from navswap.ml.history.history import History


class EmptyHistoryError(NavSwapError):
    """The archive holds nothing that a model learns from."""

    code = "EMPTY_HISTORY"


@dataclass(frozen=True, slots=True)
class _Known:
    type: str
    occurred_ms: int
    known_ms: int


def read_history(
    history: History,
    root: str | Path,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    known_by: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> int:
    """Add what an archive holds of the types that the tables are made of; return how many facts.

    They happened from `since` on and before `until`, and were known at `known_by`. Polars is loaded here.
    """
    facts = 0
    for topic in history.topics:
        types = sorted(type_ for type_ in history.types if type_.partition(".")[0] == topic)
        for day in read_days(root, topic, since, until, types=types, known_by=known_by):
            frame = day.select("type", "occurred_at", "known_at", "payload").collect()
            occurred = frame["occurred_at"].dt.epoch("ms").to_list()
            known = frame["known_at"].dt.epoch("ms").to_list()
            for type_, occurred_ms, known_ms, payload in zip(
                frame["type"], occurred, known, frame["payload"], strict=True
            ):
                history.take(_Known(type_, occurred_ms, known_ms), orjson.loads(payload))
            facts += len(frame)
            progress(topic)
    return facts


def milliseconds(moment: datetime | None, otherwise: int) -> int:
    """Return a moment as milliseconds since 1970, or another number where there is none."""
    return otherwise if moment is None else epoch_milliseconds(moment)
