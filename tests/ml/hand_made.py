"""Histories made by hand: facts of the slices' own classes at minutes since Monday, 5 January 1970, 00:00 UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson

from navswap.events.payloads import dump_fact_json
from navswap.kit.facts import Fact
from navswap.ml.history import Floats, History, Rows, View
from navswap.ml.spec import ModelSpec
from navswap.ml.tables import new_history

MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
MONDAY_MS = 4 * 86_400_000
MINUTE_MS = 60_000
HOUR_MINUTES = 60
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class _Known:
    type: str
    occurred_ms: int
    known_ms: int


def at(minute: float) -> datetime:
    """Return the time of a minute."""
    return MONDAY + timedelta(minutes=minute)


def at_ms(minute: float) -> int:
    """Return the time of a minute in milliseconds since 1970."""
    return MONDAY_MS + round(minute * MINUTE_MS)


def history_of(*facts: tuple[float, Fact]) -> History:
    """Return a history of facts that became known at some minutes, as they happened."""
    history = new_history("Asia/Kolkata")
    for minute, fact in facts:
        known = _Known(fact.type, at_ms(minute), at_ms(minute))
        history.take(known, orjson.loads(dump_fact_json(fact)))
    return history


def rows_of(history: History, key: str, entity_ids: list[str], minute: float, horizon: float = 0) -> Rows:
    """Return a row of each entity, asked at a minute, so many minutes ahead."""
    numbers = history.entities(key).find(entity_ids)
    count = len(entity_ids)
    return Rows(np.full(count, at_ms(minute)), np.full(count, round(horizon * MINUTE_MS)), {key: numbers})


def features_of(spec: ModelSpec, history: History, rows: Rows) -> dict[str, list[float]]:
    """Return the features of some rows by name."""
    computed = spec.compute(View(history, rows))
    return {name: _listed(values) for name, values in computed.items()}


def _listed(values: Floats) -> list[float]:
    return [round(float(value), 6) for value in values]
