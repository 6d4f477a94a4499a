"""What a model needs of a history: the tables that its questions, features, targets and rules look at, and no others."""

from collections.abc import Iterable

from navswap.ml.features import MILLISECOND
from navswap.ml.history import History, Table, TableSpec, View
from navswap.ml.spec import DAY, ModelSpec, Span
from navswap.ml.tables import TABLES

_MONTH = 30


class _Watched(dict[str, Table]):
    """The tables of an empty history, and which of them were asked for."""

    def __init__(self, tables: Iterable[tuple[str, Table]]) -> None:
        super().__init__(tables)
        self.wanted: set[str] = set()

    def __getitem__(self, name: str) -> Table:
        self.wanted.add(name)
        return super().__getitem__(name)


def tables_of(spec: ModelSpec) -> tuple[TableSpec, ...]:
    """Return the tables that a model looks at, found by letting it ask an empty history.

    A history of these alone is enough to train, judge and compare it; one table less raises KeyError.
    """
    history = History(TABLES, "UTC")
    history.tables = watched = _Watched(history.tables.items())
    rows = spec.ask(history, Span(0, _MONTH * (DAY // MILLISECOND)))
    view = View(history, rows)
    spec.compute(view)
    spec.came(history, rows)
    for baseline in spec.baselines:
        baseline.forecast(view)
    return tuple(table for table in TABLES if table.name in watched.wanted)
