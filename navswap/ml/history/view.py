"""What was known at the moment of each row: the only way in which a feature reaches the history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history.history import History
from navswap.ml.history.keys import Asked, By, Integers
from navswap.ml.history.rows import Rows
from navswap.ml.history.tables import EVERYWHERE, Floats, Index

Ago = timedelta | int | Integers
"""How long before the row's moment: one span for all rows, also in milliseconds, or milliseconds by row; never below 0."""
NOW = timedelta(0)
_MILLISECOND: Final = timedelta(milliseconds=1)
_SHORT_MS: Final = 3 * 3_600_000
"""A window no longer than that, at one moment of all rows, is answered by counting what it holds at once."""
_FEW_ROWS: Final = 500
_ROWS_EACH: Final = 8
"""Where the window holds more than a few rows and so many for each question, binary searches are quicker."""


class LooksAheadError(ValueError):
    """A feature asked for what lies after the moment of its row."""


class View:
    """Counts, totals, means and last values as of each row's moment; a window is (since ago, until ago].

    A fact counts by when it became known, so a window never holds what the moment could not know.
    """

    def __init__(self, history: History, rows: Rows) -> None:
        self._history = history
        self.rows = rows
        self._as_of_ms = _one_of(rows.as_of_ms)
        """The moment of all rows, as in serving; None where they have several, as in training."""
        self._horizon_ms = _one_of(rows.horizon_ms)
        self._asked: dict[str, Asked] = {}
        self._newest: dict[tuple[str, str, int], tuple[Integers, tuple[Integers, NDArray[np.bool_]]]] = {}
        self._in_time: dict[tuple[str, str], Index | None] = {}
        """The index of the whole network by which short windows of a table are counted for a key; None where that is not due."""
        self._places: dict[tuple[str, str, int], tuple[int, Integers]] = {}
        """Where windows begin or end, by milliseconds ago, with the rows that there were: many of a model's features count up to now."""

    def count(self, table: str, key: str, since: Ago, until: Ago = NOW) -> Floats:
        """Return how many rows of a table became known of each row's entity in the window."""
        counted = self._counted_at_once(table, key, since, until)
        if counted is not None:
            return counted
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
        return self._index(table, key).values_of(column, *self._before(table, key, ago, back))

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

    def clock_ms(self, moment_ms: int) -> int:
        """Return what `local_ms` does for one moment."""
        return self._history.clock_ms(moment_ms)

    def until_target(self, before: timedelta) -> int | Integers:
        """Return how long ago the moment was that lies `before` the target; raises LooksAheadError if it is yet to come.

        One value where all rows look equally far ahead, else a value a row.
        """
        before_ms = before // _MILLISECOND
        ago = before_ms - (self.rows.horizon_ms if self._horizon_ms is None else self._horizon_ms)
        _refuse_ahead(ago)
        return ago

    def target_ms(self) -> int | Integers:
        """Return the moment that the rows look ahead to: one where it is that of all, else one a row."""
        if self._as_of_ms is None or self._horizon_ms is None:
            return self.rows.target_ms()
        return self._as_of_ms + self._horizon_ms

    def _index(self, table: str, key: str) -> Index:
        return self._history.tables[table].by(key, By.KNOWN)

    def _window(self, table: str, key: str, since: Ago, until: Ago) -> tuple[Integers, Integers]:
        first, end = self._place(table, key, since), self._place(table, key, until)
        since_ms, until_ms = _milliseconds(since), _milliseconds(until)
        is_in_order = since_ms is not None and until_ms is not None and since_ms >= until_ms
        return first, end if is_in_order else np.maximum(first, end)

    def _place(self, table: str, key: str, ago: Ago) -> Integers:
        """Return how many rows of an index lie before what became known after a moment of each row's entity."""
        index, same = self._index(table, key), _milliseconds(ago)
        if same is None:
            return index.place(self.rows.entity(key), self._back(ago))
        known = self._places.get((table, key, same))
        if known is None or known[0] != len(index):
            known = len(index), self._searched(index, key, same)
            self._places[table, key, same] = known
        return known[1]

    def _before(self, table: str, key: str, ago: Ago, back: int) -> tuple[Integers, NDArray[np.bool_]]:
        """Return the newest row known by then, or the `back`-th before it, and whether it is one of each row's entity."""
        place, asked = self._place(table, key, ago), (table, key, back)
        known = self._newest.get(asked)
        if known is None or known[0] is not place:  # columns of one table are asked for one after the other
            found = self._index(table, key).before(self._entities(key), place, back)
            known = self._newest[asked] = place, found
        return known[1]

    def _searched(self, index: Index, key: str, ago_ms: int) -> Integers:
        """Return what `_place` does for a span that is the same for all rows."""
        moment = self._moment(ago_ms)
        if moment is None:
            return index.place(self.rows.entity(key), self.rows.as_of_ms - ago_ms)
        if key == EVERYWHERE:
            return np.full(len(self.rows), index.place_in_network(moment))
        return index.place_at(self._entities(key), moment)

    def _counted_at_once(self, table: str, key: str, since: Ago, until: Ago) -> Floats | None:
        """Return how many rows a short window of one moment has of each entity; None where searching for each is due."""
        span = self._span(since, until)
        if span is None:
            return None
        begin, end = span
        if key != EVERYWHERE and end - begin > _SHORT_MS:
            return None
        in_time = self._network(table, key)
        if in_time is None:
            return None
        first, behind = in_time.place_in_network(begin), in_time.place_in_network(end)
        if key == EVERYWHERE or behind <= first:
            return np.full(len(self.rows), max(0.0, behind - first))
        if behind - first > _FEW_ROWS + _ROWS_EACH * len(self.rows):
            return None
        return in_time.count_each(key, self._entities(key), first, behind)

    def _network(self, table: str, key: str) -> Index | None:
        """Return the index of the whole network, by which windows of a key may be counted; None where it would be a second order."""
        try:
            found = self._in_time[table, key]
        except KeyError:
            known = self._history.tables[table]
            is_second = key != EVERYWHERE and known.has_order(key) and not known.has_order(EVERYWHERE)
            found = None if is_second else self._index(table, EVERYWHERE)  # not worth its memory
            self._in_time[table, key] = found
            return found
        if found is not None:
            found.take_in()
        return found

    def _span(self, since: Ago, until: Ago) -> tuple[int, int] | None:
        """Return the moments at which a window of all rows begins and ends; None where they have several."""
        since_ms, until_ms = _milliseconds(since), _milliseconds(until)
        if since_ms is None or until_ms is None:
            return None
        begin, end = self._moment(since_ms), self._moment(until_ms)
        return None if begin is None or end is None else (begin, end)

    def _entities(self, key: str) -> Asked:
        asked = self._asked.get(key)
        if asked is None:
            asked = self._asked[key] = Asked(self.rows.entity(key))
        return asked

    def _moment(self, ago_ms: int) -> int | None:
        """Return the moment of all rows that lies so long ago; None where they have several."""
        _refuse_ahead(ago_ms)
        return None if self._as_of_ms is None else self._as_of_ms - ago_ms

    def _back(self, ago: Ago) -> Integers:
        ago_ms = ago // _MILLISECOND if isinstance(ago, timedelta) else ago
        _refuse_ahead(ago_ms)
        return cast("Integers", self.rows.as_of_ms - ago_ms)


def _milliseconds(ago: Ago) -> int | None:
    """Return a span that is the same for all rows; None for one by row."""
    if isinstance(ago, timedelta):
        return ago // _MILLISECOND
    return ago if isinstance(ago, int) else None


def _one_of(values: Integers) -> int | None:
    """Return the value that all are; None where there are several, or none."""
    return int(values[0]) if len(values) and (values == values[0]).all() else None


def _refuse_ahead(ago_ms: int | Integers) -> None:
    least = ago_ms if isinstance(ago_ms, int) else int(ago_ms.min(initial=0))
    if least < 0:
        raise LooksAheadError(f"A feature looks {-least / 1000:.0f} s past the moment of its row.")
