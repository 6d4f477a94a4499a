"""Which rows of a table say nothing new: each is looked at once it is settled, and again only where another has come beside it.

A row may be dropped where it says what the one before it said and the next says it again, in the order of either time.
Whether that is so changes only with the rows beside it, so that a look at what has come since the last one finds all that a look at
the whole table would find. What ceases to be counted, because it was forgotten, is no reason to look again.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history.keys import By, Integers, distinct

if TYPE_CHECKING:
    from navswap.ml.history.tables import Table


class Repeats:
    """What has been looked at of a table, and what is to be looked at again."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._looked_at = 0
        """So many of the first rows have been looked at."""
        self._unsettled = np.empty(0, dtype=np.int64)
        """Those of them that were too new."""

    def find(self, before_ms: int, counted_since: Sequence["Table"]) -> Integers:
        """Return the rows that became known before a time and stand within a run of repeats, of those that are to be looked at."""
        table, key = self._table, self._table.spec.keys[0]
        new = np.concatenate((self._unsettled, np.arange(self._looked_at, table.rows)))
        orders = {time: table.by(key, time) for time in By}
        beside = [order.rows()[order.places_near(new, 1)] for order in orders.values()]
        asked = distinct(np.concatenate(beside))
        found = asked[table.times(By.KNOWN, asked) < before_ms]
        for time, order in orders.items():
            places = order.places_near(found, 0)
            inner = places[(places > 0) & (places < len(order) - 1)]
            before, at, behind = (order.rows()[inner + shift] for shift in (-1, 0, 1))
            is_within = self._repeats(before, at, time, counted_since)
            is_within &= self._repeats(at, behind, time, counted_since)
            found = np.intersect1d(found, at[is_within], assume_unique=True)
        self._looked_at, self._unsettled = table.rows, new[table.times(By.KNOWN, new) >= before_ms]
        return found

    def keep(self, rows: NDArray[np.bool_], numbers: Integers) -> None:
        """Leave out the rows of the table that it is about to drop: those for which a mask is false; the others get new numbers."""
        self._looked_at = int(np.count_nonzero(rows[: self._looked_at]))
        self._unsettled = numbers[self._unsettled[rows[self._unsettled]]]

    def _repeats(
        self, before: Integers, rows: Integers, time: By, counted_since: Sequence["Table"]
    ) -> NDArray[np.bool_]:
        """Return which rows say nothing that the ones before them, in order of a time, did not."""
        key = self._table.spec.keys[0]
        repeats = self._table.same(before, rows)
        for table in counted_since:
            first, end = (
                table.by(key, time).place(self._table.entities(key, each), self._table.times(time, each))
                for each in (before, rows)
            )
            repeats &= first == end
        return repeats
