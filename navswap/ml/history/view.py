"""What was known at the moment of each row: the only way in which a feature reaches the history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import numpy as np

from navswap.ml.history.history import History
from navswap.ml.history.rows import Rows
from navswap.ml.history.tables import By, Floats, Index, Integers

Ago = timedelta | Integers
"""How long before the row's moment: one span for all rows, or milliseconds by row; never below 0."""
NOW = timedelta(0)


class LooksAheadError(ValueError):
    """A feature asked for what lies after the moment of its row."""


class View:
    """Counts, totals, means and last values as of each row's moment; a window is (since ago, until ago].

    A fact counts by when it became known, so a window never holds what the moment could not know.
    """

    def __init__(self, history: History, rows: Rows) -> None:
        self._history = history
        self.rows = rows
        self._places: dict[tuple[str, str, timedelta], tuple[int, Integers]] = {}
        """Where windows begin or end, with the rows that there were: many of a model's features count up to now."""

    def count(self, table: str, key: str, since: Ago, until: Ago = NOW) -> Floats:
        """Return how many rows of a table became known of each row's entity in the window."""
        first, end = self._window(table, key, since, until)
        return (end - first).astype(np.float64)

    def total(self, table: str, column: str, key: str, since: Ago, until: Ago = NOW) -> Floats:
        """Return the sum of a column in the window; 0 where nothing is known."""
        return self._index(table, key).total_of(column, *self._window(table, key, since, until))

    def mean(self, table: str, column: str, key: str, since: Ago, until: Ago = NOW) -> Floats:
        """Return the mean of a column in the window; NaN where nothing is known."""
        return self._index(table, key).mean_of(column, *self._window(table, key, since, until))

    def last(self, table: str, column: str, key: str, ago: Ago = NOW, *, back: int = 0) -> Floats:
        """Return the newest value known by then, or the `back`-th before it; NaN where nothing is known."""
        place = self._place(table, key, ago)
        return self._index(table, key).last_of(column, self.rows.entity(key), place, back=back)

    def age_minutes(self, table: str, key: str, ago: Ago = NOW, *, back: int = 0) -> Floats:
        """Return for how long the newest row has been known by then; NaN where nothing is known."""
        return self._index(table, key).age_minutes(self.rows.entity(key), self._back(ago), back=back)

    def joined(self, table: str, key: str, other: str) -> "View":
        """Return a view whose rows have an entity more: that of the `other` key in the newest row known of `key`."""
        numbers = self._index(table, key).last_entity(other, self.rows.entity(key), self.rows.as_of_ms)
        rows = replace(self.rows, entities={**self.rows.entities, other: numbers})
        return View(self._history, rows)

    def named(self, key: str, ids: Iterable[str]) -> "View":
        """Return a view whose rows have an entity more: one id a row, in their order."""
        numbers = self._history.entities(key).find(ids)
        return View(self._history, replace(self.rows, entities={**self.rows.entities, key: numbers}))

    def oldest_minutes(self, table: str, key: str) -> Floats:
        """Return for how long anything has been known of each row's entity by then; NaN where nothing is."""
        return self._index(table, key).oldest_minutes(self.rows.entity(key), self.rows.as_of_ms)

    def known(self, table: str, key: str) -> Floats:
        """Return of how many entities of a key the table had a row by then."""
        return self._index(table, key).known(self.rows.as_of_ms)

    def local_ms(self, moment_ms: Integers) -> Integers:
        """Return what clocks of the network show at moments, as milliseconds since 1970 began on them."""
        return self._history.local_ms(moment_ms)

    def until_target(self, before: timedelta) -> Integers:
        """Return how long ago the moment was that lies `before` the target; raises LooksAheadError if it is yet to come."""
        ago = np.asarray(before // timedelta(milliseconds=1) - self.rows.horizon_ms, dtype=np.int64)
        _refuse_ahead(ago)
        return ago

    def _index(self, table: str, key: str) -> Index:
        return self._history.tables[table].by(key, By.KNOWN)

    def _window(self, table: str, key: str, since: Ago, until: Ago) -> tuple[Integers, Integers]:
        first, end = self._place(table, key, since), self._place(table, key, until)
        return first, np.maximum(first, end)

    def _place(self, table: str, key: str, ago: Ago) -> Integers:
        """Return how many rows of an index lie before what became known after a moment of each row's entity."""
        index = self._index(table, key)
        if not isinstance(ago, timedelta):
            return index.place(self.rows.entity(key), self._back(ago))
        known = self._places.get((table, key, ago))
        if known is None or known[0] != len(index):
            known = len(index), index.place(self.rows.entity(key), self._back(ago))
            self._places[table, key, ago] = known
        return known[1]

    def _back(self, ago: Ago) -> Integers:
        if isinstance(ago, timedelta):
            ago = np.array([ago // timedelta(milliseconds=1)], dtype=np.int64)
        _refuse_ahead(ago)
        return cast("Integers", self.rows.as_of_ms - ago)


def _refuse_ahead(ago: Integers) -> None:
    if (ago < 0).any():
        raise LooksAheadError(f"A feature looks {-int(ago.min()) / 1000:.0f} s past the moment of its row.")
