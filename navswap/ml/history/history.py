"""All tables of what has become known, fed by facts: from the archive, from Kafka, or from the twin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from navswap.ml.history.keys import NOWHERE, Integers
from navswap.ml.history.tables import EVERYWHERE, Extract, Payload, Table, TableSpec

SETTLED_MS: Final = 30_000
"""Facts of one entity arrive in the order in which they became known, but for clocks of processes that differ: by less than this."""
_QUARTER_MS: Final = 15 * 60_000


class Known(Protocol):
    """A fact as the archive has it: times are milliseconds since 1970."""

    @property
    def type(self) -> str:
        """Return what happened."""
        ...

    @property
    def occurred_ms(self) -> int:
        """Return when it happened."""
        ...

    @property
    def known_ms(self) -> int:
        """Return when it became known."""
        ...


class Entities:
    """Numbers for the ids of one kind of entity, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.ids: list[str] = []
        self._found: tuple[Iterable[str | None], int, Integers] = (), 0, np.empty(0, dtype=np.int64)

    def number(self, entity_id: str | None) -> int:
        """Return the number of an id, a new one where it has none yet; NOWHERE for none."""
        if entity_id is None:
            return NOWHERE
        found = self._numbers.get(entity_id)
        if found is None:
            found = self._numbers[entity_id] = len(self.ids)
            self.ids.append(entity_id)
        return found

    def find(self, entity_ids: Iterable[str | None]) -> Integers:
        """Return the numbers of ids; NOWHERE for none, and for each that nothing is known of.

        They are not to be changed: who asks with the same tuple again is given the same numbers.
        """
        asked, known, found = self._found
        if entity_ids is asked and known == len(self.ids):
            return found
        numbers: Mapping[str | None, int] = self._numbers  # type: ignore[assignment]  # None is never a key of it
        found = np.array(list(map(numbers.get, entity_ids, repeat(NOWHERE))), dtype=np.int64)
        if type(entity_ids) is tuple:
            found.setflags(write=False)
            self._found = entity_ids, len(self.ids), found
        return found


@dataclass(frozen=True, slots=True)
class _Feed:
    table: Table
    extract: Extract


class History:
    """Tables by name, and the entities that their rows are about; `time_zone` is that of the network (IANA)."""

    def __init__(self, specs: Iterable[TableSpec], time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self.tables: dict[str, Table] = {spec.name: Table(spec) for spec in specs}
        self._entities: dict[str, Entities] = {
            key: Entities() for table in self.tables.values() for key in table.spec.keys
        }
        self._feeds: dict[str, list[_Feed]] = {}
        for table in self.tables.values():
            for type_, extract in table.spec.types.items():
                self._feeds.setdefault(type_, []).append(_Feed(table, extract))
        self.newest_ms = 0
        """When the newest fact became known."""

    @property
    def types(self) -> frozenset[str]:
        """Return the types of the facts that the tables are made of."""
        return frozenset(self._feeds)

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the topics on which those facts travel, in alphabetical order."""
        return tuple(sorted({type_.partition(".")[0] for type_ in self._feeds}))

    def entities(self, key: str) -> Entities:
        """Return the entities of a key; raises KeyError for one that no table has."""
        if key == EVERYWHERE:
            whole = Entities()
            whole.number(EVERYWHERE)
            return whole
        return self._entities[key]

    def local_ms(self, moment_ms: Integers) -> Integers:
        """Return what clocks of the network show at moments, as milliseconds since 1970 began on them."""
        quarters = moment_ms // _QUARTER_MS  # clocks are changed at none but full quarters of an hour
        if len(quarters) and (quarters == quarters[0]).all():  # as in serving
            return moment_ms + _offset_ms(self._zone, int(quarters[0]))
        distinct, places = np.unique(quarters, return_inverse=True)
        offsets = (_offset_ms(self._zone, quarter) for quarter in distinct.tolist())
        return moment_ms + np.fromiter(offsets, np.int64, len(distinct))[places]

    def clock_ms(self, moment_ms: int) -> int:
        """Return what `local_ms` does for one moment."""
        return moment_ms + _offset_ms(self._zone, moment_ms // _QUARTER_MS)

    def take(self, fact: Known, payload: Payload) -> None:
        """Add what a fact says to each table that is made of its type; a fact of another type changes nothing."""
        for feed in self._feeds.get(fact.type, ()):
            keys = feed.table.spec.keys
            for row in feed.extract(payload):
                numbers = [
                    self._entities[key].number(entity) for key, entity in zip(keys, row.entities, strict=True)
                ]
                happened_ms = fact.occurred_ms if row.happened_ms is None else row.happened_ms
                feed.table.append(fact.known_ms, happened_ms, numbers, row.values)
                self.newest_ms = max(self.newest_ms, fact.known_ms)

    def kept(self, types: Iterable[str]) -> timedelta:
        """Return for how long a history that is followed keeps what some types of facts say: as long as any table of them does."""
        feeds = [feed for type_ in types for feed in self._feeds.get(type_, ())]
        return max((feed.table.spec.kept for feed in feeds), default=timedelta(0))

    def forget(self, now_ms: int) -> int:
        """Drop what became known longer ago than its table keeps it and is no state that still holds; return how many rows."""
        return sum(table.forget_at(now_ms) for table in self.tables.values())

    @property
    def repeating(self) -> tuple[str, ...]:
        """Return the tables that need not hold what says nothing new (`TableSpec`)."""
        return tuple(name for name, table in self.tables.items() if table.spec.drops_repeats)

    def drop_repeats(self, *names: str) -> int:
        """Drop what says nothing new, of some tables that are `repeating`, of all of them where none is named; return how many rows.

        All that became known until a little before the newest must have been taken.
        """
        before_ms, tables = self.newest_ms - SETTLED_MS, self.tables
        return sum(
            tables[name].drop_repeats(before_ms, [tables[other] for other in tables[name].spec.counted_since])
            for name in names or self.repeating
        )

    def keep_newest(self, most: int, before_ms: int) -> int:
        """Drop the oldest rows, known before a time, of each table that has more than so many, as `forget` does; return how many rows."""
        return sum(table.keep_newest(most, before_ms) for table in self.tables.values())

    @property
    def oldest_ms(self) -> int | None:
        """Return when the oldest fact became known; None where there is none."""
        return min(
            (table.oldest_ms for table in self.tables.values() if table.oldest_ms is not None), default=None
        )

    def sizes(self) -> Mapping[str, int]:
        """Return the rows of each table."""
        return {name: table.rows for name, table in self.tables.items()}

    @property
    def bytes(self) -> int:
        """Return what the rows of all tables take, without their indexes."""
        return sum(table.bytes for table in self.tables.values())


@lru_cache(maxsize=1_024)
def _offset_ms(zone: ZoneInfo, quarter: int) -> int:
    """Return by how much clocks are ahead of UTC in a quarter of an hour, counted since 1970 began."""
    offset = datetime.fromtimestamp(quarter * _QUARTER_MS / 1000, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(milliseconds=1)
