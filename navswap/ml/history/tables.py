"""A table of facts in columns: what was known of an entity in a span of time, for many entities and moments in one call.

Features count by when a fact became *known*, targets by when it *happened*; a fact that became known later can therefore
change no feature. An index sorts the rows by entity and time as one 64-bit key, so that every window is two binary searches.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history.columns import FIRST_ROWS, Columns, with_room
from navswap.ml.history.keys import (
    NOWHERE,
    TIME_BITS,
    Asked,
    By,
    Ends,
    Integers,
    Room,
    asked,
    distinct,
    joined,
)
from navswap.ml.history.repeats import Repeats

Floats = NDArray[np.float64]
Payload = Mapping[str, Any]
"""The payload of a fact, as `docs/events.md` describes it."""

EVERYWHERE: Final = "network"
"""The key whose only entity, 0, is the whole network."""
KEPT: Final = timedelta(days=29)
"""Four weeks and a day: as far back as most models look."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the ids of its entities in the order of the table's keys, and its numbers; NaN where unknown.

    `happened_ms` is when it happened where that is not the time of the fact.
    """

    entities: tuple[str | None, ...]
    values: tuple[float, ...]
    happened_ms: int | None = None


Extract = Callable[[Payload], Iterable[Row]]
"""Makes rows of the payload of a fact; a payload that says nothing of the subject makes none."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """What a table holds: its keys (kinds of entities), its columns (names with units), and of which facts it is made.

    Where `is_state` is true, a row holds until the next of its first key, so that the newest of each is kept for ever.

    Where `drops_repeats` is true, what models ask of it is the newest row by a time: its numbers, and its age for no more than to
    count rows of other tables, `counted_since` by the same key, that came after it. A row that says what the one before said, with
    none of those in between, may then be missing. A live history keeps a row for as long as is `kept`, longer than models look back.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    types: Mapping[str, Extract]
    is_state: bool = False
    drops_repeats: bool = False
    counted_since: tuple[str, ...] = ()
    kept: timedelta = KEPT


class Table:
    """The rows of one subject, appended in any order; not for several threads at once."""

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self.rows = 0
        self.oldest_ms: int | None = None
        """When the oldest row became known; None where there is none."""
        self._known_ms = np.empty(FIRST_ROWS, dtype=np.int64)
        self._delays_ms = Columns(1)
        """How long after each row had happened it became known."""
        self._entities = Columns(len(spec.keys))
        self._values = Columns(len(spec.columns))
        self._indexes: dict[tuple[str, By], Index] = {}
        self._repeats = Repeats(self)

    def append(
        self, known_ms: int, happened_ms: int, entities: Sequence[int], values: Sequence[float]
    ) -> None:
        """Add a row, with the numbers of its entities in the order of the keys."""
        row = self.rows
        if row == len(self._known_ms):
            self._known_ms = with_room(self._known_ms)
        self._known_ms[row] = known_ms
        self._delays_ms.put(row, (known_ms - happened_ms,))
        self._entities.put(row, entities)
        self._values.put(row, values)
        self.rows = row + 1
        if self.oldest_ms is None or known_ms < self.oldest_ms:
            self.oldest_ms = known_ms

    def times(self, time: By, rows: Integers | None = None) -> Integers:
        """Return when some rows became known or happened; all in the order of arrival where none are named."""
        chosen = self._chosen(rows)
        known_ms = self._known_ms[chosen]
        return known_ms if time is By.KNOWN else known_ms - self._delays_ms.integers(0, chosen)

    def known_ms(self) -> Integers:
        """Return when each row became known, in the order of arrival."""
        return self.times(By.KNOWN)

    def happened_ms(self) -> Integers:
        """Return when each row happened, in the order of arrival."""
        return self.times(By.HAPPENED)

    def column(self, name: str, rows: Integers | None = None) -> Floats:
        """Return a column of some rows; of all, in the order of arrival, where none are named."""
        return self._values.floats(self.spec.columns.index(name), self._chosen(rows))

    def entities(self, key: str, rows: Integers | None = None) -> Integers:
        """Return the entities of a key in some rows; in all, in the order of arrival, where none are named."""
        if key == EVERYWHERE:
            return np.zeros(self.rows if rows is None else len(rows), dtype=np.int64)
        return self._entities.integers(self.spec.keys.index(key), self._chosen(rows))

    def _chosen(self, rows: Integers | None) -> slice | Integers:
        return slice(self.rows) if rows is None else rows

    @property
    def bytes(self) -> int:
        """Return what the rows take, with the room for those to come and without indexes."""
        columns = self._delays_ms.bytes + self._entities.bytes + self._values.bytes
        return self._known_ms.nbytes + columns

    def by(self, key: str, time: By = By.KNOWN) -> "Index":
        """Return the rows in order of a key's entities and time, this moment's included."""
        index = self._indexes.get((key, time))
        if index is None:
            index = self._indexes[key, time] = Index(self, key, time)
        index.take_in()
        return index

    def same(self, rows: Integers, others: Integers) -> NDArray[np.bool_]:
        """Return which of some rows say of the same entities what others do, one by one."""
        return self._entities.same(rows, others) & self._values.same(rows, others)

    def has_order(self, key: str) -> bool:
        """Return whether rows have been asked for by the entities of a key and when they became known."""
        return (key, By.KNOWN) in self._indexes

    def forget(self, before_ms: int) -> int:
        """Drop rows that became known before a time, of a state all but the newest of each entity; return how many."""
        keep = self.known_ms() >= before_ms
        if self.spec.is_state:
            keep[self._still_holding(keep)] = True
        return self._keep(keep)

    def forget_at(self, now_ms: int) -> int:
        """Drop what has been known for longer than it is kept; return how many rows."""
        return self.forget(now_ms - self.spec.kept // timedelta(milliseconds=1))

    def _still_holding(self, keep: NDArray[np.bool_]) -> Integers:
        """Return the rows for which a mask is false and that are the newest of an entity all the same."""
        old, entities = np.flatnonzero(~keep), self.entities(self.spec.keys[0])
        has_newer = np.zeros(entities.max(initial=NOWHERE) - NOWHERE + 1, dtype=bool)
        has_newer[entities[keep] - NOWHERE] = True
        old = old[~has_newer[entities[old] - NOWHERE]]
        old = old[np.argsort(joined(entities[old], self.times(By.KNOWN, old)), kind="stable")]
        return old[np.append(entities[old][1:] != entities[old][:-1], True)] if len(old) else old

    def drop_repeats(self, before_ms: int, counted_since: Sequence["Table"]) -> int:
        """Drop rows that became known before a time and stand within a run of repeats, in order of either time; return how many.

        The first and the last of a run stay, so that a row that arrives late finds the newest as it was. What was looked at is
        looked at again only where a row has come beside it.
        """
        repeats = self._repeats.find(before_ms, counted_since)
        keep = np.ones(self.rows, dtype=bool)
        keep[repeats] = False
        return self._keep(keep)

    def _keep(self, keep: NDArray[np.bool_]) -> int:
        """Drop the rows for which a mask is false; return how many."""
        dropped = self.rows - int(np.count_nonzero(keep))
        if dropped:
            numbers = np.cumsum(keep) - 1
            for index in self._indexes.values():
                index.keep(keep, numbers)
            self._repeats.keep(keep, numbers)
            self._known_ms = self._known_ms[: self.rows][keep]
            for columns in (self._delays_ms, self._entities, self._values):
                columns.keep(keep)
            self.rows = len(self._known_ms)
            self.oldest_ms = int(self.known_ms().min()) if self.rows else None
        return dropped

    def keep_newest(self, most: int, before_ms: int) -> int:
        """Drop rows that became known before the newest `most` and before a time, as `forget` does; return how many."""
        if self.rows <= most:
            return 0
        older = self.rows - most
        return self.forget(min(before_ms, int(np.partition(self.known_ms(), older)[older])))


class Index:
    """The rows of a table by entity and time, and running totals of its columns.

    `entity` and times are arrays of one length, or broadcast to one; times are milliseconds since 1970. A window is open at
    its begin and closed at its end: (since, until].
    """

    def __init__(self, table: Table, key: str, time: By) -> None:
        self._table, self._key, self._time = table, key, time
        self._keys = np.empty(0, dtype=np.int64)
        self._order = np.empty(0, dtype=np.int64)
        self._key_room, self._order_room = Room(), Room()
        self._ends = Ends()
        self._newest_ms = 0
        """No row is newer."""
        self._totals: dict[str, tuple[Floats, Floats]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def take_in(self) -> None:
        """Sort rows that have been appended since into those that are sorted."""
        taken, rows = len(self._order), self._table.rows
        if taken == rows:
            return
        new = np.arange(taken, rows, dtype=np.int64)
        entities, times = self._table.entities(self._key, new), self._table.times(self._time, new)
        keys = joined(entities, times)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        places = np.searchsorted(self._keys, keys, side="right")
        self._keys = self._key_room.insert(self._keys, places, keys)
        self._order = self._order_room.insert(self._order, places, order + taken)
        self._ends.take_in(entities)
        self._newest_ms = max(self._newest_ms, int(times.max()))
        self._totals.clear()

    def rows(self) -> Integers:
        """Return the rows in this order, each by the number of its arrival."""
        return self._order

    def places_near(self, rows: Integers, margin: int) -> Integers:
        """Return the places of some rows and of so many on either side of each, in order; rows of one entity and time go together."""
        keys = distinct(joined(self._table.entities(self._key, rows), self._table.times(self._time, rows)))
        first = np.maximum(self._keys.searchsorted(keys, side="left") - margin, 0)
        end = np.minimum(self._keys.searchsorted(keys, side="right") + margin, len(self))
        lengths = end - first
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return distinct(np.repeat(first, lengths) + within)

    def keep(self, rows: NDArray[np.bool_], numbers: Integers) -> None:
        """Leave out the rows of the table that it is about to drop: those for which a mask is false; the others get new numbers."""
        self.take_in()
        kept = rows[self._order]
        self._keys = self._keys[kept]
        self._order = numbers[self._order[kept]]
        self._ends.clear()
        self._totals.clear()

    def count(self, entity: Integers, since: Integers, until: Integers) -> Floats:
        """Return how many rows lie in each window."""
        first, end = self._window(entity, since, until)
        return (end - first).astype(np.float64)

    def count_each(self, key: str, entities: Asked, first: int, end: int) -> Floats:
        """Return how many of the rows from a place to another are about each entity of a key, whatever the key of the index."""
        found = self._table.entities(key, self._order[first:end])
        counts = np.bincount(found - NOWHERE, minlength=entities.slots).astype(np.float64)
        counts[0] = 0  # rows that have no entity are no answer to NOWHERE
        return counts[entities.slot]

    def total(self, column: str, entity: Integers, since: Integers, until: Integers) -> Floats:
        """Return the sum of a column in each window, unknown values left out; 0 where there is none."""
        return self.total_of(column, *self._window(entity, since, until))

    def total_of(self, column: str, first: Integers, end: Integers) -> Floats:
        """Return the sum of a column in each window that is given by its places."""
        totals, _ = self._running(column)
        return np.asarray(totals[end] - totals[first])

    def mean(self, column: str, entity: Integers, since: Integers, until: Integers) -> Floats:
        """Return the mean of a column in each window, unknown values left out; NaN where there is none."""
        return self.mean_of(column, *self._window(entity, since, until))

    def mean_of(self, column: str, first: Integers, end: Integers) -> Floats:
        """Return the mean of a column in each window that is given by its places."""
        totals, counts = self._running(column)
        known = counts[end] - counts[first]
        unknown = np.full(len(known), np.nan)
        return np.asarray(np.divide(totals[end] - totals[first], known, out=unknown, where=known > 0))

    def last(self, column: str, entity: Integers, until: Integers, *, back: int = 0) -> Floats:
        """Return the newest value up to each time, or the `back`-th before it; NaN where there is none."""
        return self.values_of(column, *self._newest(entity, until, back))

    def values_of(self, column: str, rows: Integers, found: NDArray[np.bool_]) -> Floats:
        """Return the values in the rows of `before`; NaN where there is none."""
        if not len(self._keys):
            return np.full(len(rows), np.nan)
        values = self._table.column(column, rows)
        values[~found] = np.nan
        return values

    def last_entity(self, key: str, entity: Integers, until: Integers) -> Integers:
        """Return the entity of another key in the newest row up to each time; NOWHERE where there is none."""
        rows, found = self._newest(entity, until, 0)
        others = np.full(len(rows), NOWHERE, dtype=np.int64)
        others[found] = self._table.entities(key, rows[found])
        return others

    def age_minutes(self, entity: Integers, until: Integers, *, back: int = 0) -> Floats:
        """Return how long before each time the newest row was; NaN where there is none."""
        rows, found = self._newest(entity, until, back)
        ages = np.full(len(rows), np.nan)
        times = self._table.times(self._time, rows[found])
        ages[found] = (np.broadcast_to(until, rows.shape)[found] - times) / 60_000
        return ages

    def next_minutes(self, entity: Integers, since: Integers) -> Floats:
        """Return how long after each time the next row is; NaN where there is none. For targets only."""
        entity = asked(entity)
        place = np.searchsorted(self._keys, joined(entity, since), side="right")
        inside = np.minimum(place, max(0, len(self._keys) - 1))
        ahead = np.full(len(place), np.nan)
        if len(self._keys):
            found = (place < len(self._keys)) & (self._keys[inside] >> TIME_BITS == entity)
            ahead[found] = (self._keys[inside] - joined(entity, since))[found] / 60_000
        return ahead

    def oldest_minutes(self, entity: Integers, until: Integers) -> Floats:
        """Return how long before each time the oldest row was; NaN where there is none."""
        entity = asked(entity)
        place = np.searchsorted(self._keys, joined(entity, np.zeros_like(until)), side="left")
        inside = np.minimum(place, max(0, len(self._keys) - 1))
        ages = np.full(len(place), np.nan)
        if len(self._keys):
            found = (place < len(self._keys)) & (self._keys[inside] <= joined(entity, until))
            ages[found] = (joined(entity, until) - self._keys[inside])[found] / 60_000
        return ages

    def known(self, until: Integers) -> Floats:
        """Return of how many entities there was a row up to each time."""
        entities = self._keys >> TIME_BITS
        is_first = np.append(True, entities[1:] != entities[:-1]) & (entities != NOWHERE)
        firsts = np.sort(self._keys[is_first] & ((1 << TIME_BITS) - 1))
        return np.searchsorted(firsts, until, side="right").astype(np.float64)

    def _window(self, entity: Integers, since: Integers, until: Integers) -> tuple[Integers, Integers]:
        first = self.place(entity, since)
        return first, np.maximum(first, self.place(entity, until))

    def place(self, entity: Integers, until: Integers) -> Integers:
        """Return how many rows stand before the first of each entity that lies behind a time: where a window begins or ends."""
        return self._keys.searchsorted(joined(asked(entity), until), side="right")

    def place_at(self, entities: Asked, until_ms: int) -> Integers:
        """Return what `place` does for entities that are asked about at one time."""
        if until_ms >= self._newest_ms:  # as in serving, where nothing is known that is yet to come
            return self._ends.of(entities, self._keys)
        return self._keys.searchsorted(entities.first_keys + until_ms, side="right")

    def place_in_network(self, until_ms: int) -> int:
        """Return what `place` does for the whole network, by the index of EVERYWHERE."""
        return int(self._keys.searchsorted(until_ms, side="right"))

    def _newest(self, entity: Integers, until: Integers, back: int) -> tuple[Integers, NDArray[np.bool_]]:
        return self.before(Asked(entity), self.place(entity, until), back)

    def before(self, entities: Asked, place: Integers, back: int) -> tuple[Integers, NDArray[np.bool_]]:
        """Return the row before each place, or the `back`-th before it, and whether it is one of the entity."""
        place = place - 1 - back
        inside = np.maximum(place, 0)
        if not len(self._keys):
            return inside, np.zeros(len(inside), dtype=bool)
        keys = self._keys[inside]
        found = keys >= entities.first_keys  # none before a place is of a later entity
        if entities.has_unknown:
            found &= entities.slot != 0
        found &= place >= 0
        return self._order[inside], found

    def _running(self, column: str) -> tuple[Floats, Floats]:
        if (known := self._totals.get(column)) is None:
            values = self._table.column(column, self._order)
            is_known = ~np.isnan(values)
            known = self._totals[column] = (
                np.concatenate(([0.0], np.cumsum(np.where(is_known, values, 0.0)))),
                np.concatenate(([0.0], np.cumsum(is_known, dtype=np.float64))),
            )
        return known
