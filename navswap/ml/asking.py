"""Questions to train on: entities over a grid of moments, thinned evenly and the same way each time."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from navswap.ml.features import MILLISECOND
from navswap.ml.history import By, History, Integers, Rows
from navswap.ml.spec import Span


def on_grid(
    key: str, entities: Integers, span: Span, step: timedelta, horizons: Sequence[timedelta], most: int
) -> Rows:
    """Return a row of each entity at each step for each horizon, thinned to `most` at most.

    Steps are whole since 1970. Every n-th row of a fixed shuffle is kept, so that all hours and entities stay.
    """
    step_ms = step // MILLISECOND
    first = -(-span.begin_ms // step_ms) * step_ms
    moments = np.arange(first, span.end_ms, step_ms, dtype=np.int64)
    ahead = np.array([horizon // MILLISECOND for horizon in horizons], dtype=np.int64)
    shape = (len(moments), len(entities), len(ahead))
    chosen = thinned(int(np.prod(shape)), most)
    moment, entity, horizon = np.unravel_index(chosen, shape) if len(chosen) else (chosen, chosen, chosen)
    return Rows(moments[moment], ahead[horizon], {key: entities[entity]})


def of_known(history: History, rows: Rows, key: str, table: str) -> Rows:
    """Return the rows of entities of which a table knew something by then.

    The others are entities of the history because something came later: that they are asked about would say that it comes.
    """
    ages = history.tables[table].by(key, By.KNOWN).oldest_minutes(rows.entity(key), rows.as_of_ms)
    return rows.take(np.flatnonzero(~np.isnan(ages)))


def thinned(count: int, most: int) -> Integers:
    """Return up to `most` of the numbers below `count`, in order, evenly strewn and the same ones each time."""
    return sampled(count, most, seed=0)


def sampled(count: int, most: int, seed: int) -> Integers:
    """Return up to `most` of the numbers below `count`, in order; others for another seed."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(count, size=most, replace=False, shuffle=False))


def of_events(
    as_of_ms: Integers,
    entities: Mapping[str, Integers],
    span: Span,
    *,
    horizon: timedelta = timedelta(0),
    given: Mapping[str, "np.ndarray"] | None = None,
    most: int = 400_000,
) -> Rows:
    """Return a row of each event whose moment lies in the span, in order of time."""
    inside = np.flatnonzero((as_of_ms >= span.begin_ms) & (as_of_ms < span.end_ms))
    inside = inside[np.argsort(as_of_ms[inside], kind="stable")]
    inside = inside[thinned(len(inside), most)]
    return Rows(
        as_of_ms[inside],
        np.full(len(inside), horizon // MILLISECOND, dtype=np.int64),
        {key: numbers[inside] for key, numbers in entities.items()},
        {name: values[inside] for name, values in (given or {}).items()},
    )
