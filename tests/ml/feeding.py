"""Feeds a history with facts of the slices, dumped as they travel and are archived."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from navswap.events.payloads import dump_fact_json
from navswap.kit.facts import Fact
from navswap.ml.features import matrix
from navswap.ml.history import Floats, History, Rows
from navswap.ml.spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as the archive has it."""

    type: str
    occurred_ms: int
    known_ms: int


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def feed(history: History, moment: datetime, *facts: Fact, known_after: timedelta = timedelta(0)) -> None:
    """Add facts that became true at a moment."""
    for fact in facts:
        known = Heard(fact.type, ms(moment), ms(moment + known_after))
        history.take(known, json.loads(dump_fact_json(fact)))


def rows_at(history: History, moments: Iterable[datetime], horizon: timedelta, **entities: str) -> Rows:
    """Return a row of the named entities at each moment."""
    as_of = np.array([ms(moment) for moment in moments], dtype=np.int64)
    return Rows(
        as_of,
        np.full(len(as_of), horizon // timedelta(milliseconds=1), dtype=np.int64),
        {key: np.repeat(history.entities(key).find([id_]), len(as_of)) for key, id_ in entities.items()},
    )


def features_of(spec: ModelSpec, history: History, rows: Rows) -> dict[str, Floats]:
    """Return the features of each row by their names."""
    columns = matrix(spec, history, rows)
    return {name: columns[:, place] for place, name in enumerate(spec.feature_names)}
