"""Features that several models share: the calendar, and the matrix of a model's own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history import Floats, History, Integers, Rows, View
from navswap.ml.spec import Feature, ModelSpec

MILLISECOND: Final = timedelta(milliseconds=1)
_DAY_MS: Final = 86_400_000
_ROWS_AT_ONCE: Final = 16_384
"""Features are computed for so many rows at a time: what is in between takes memory, a multiple of the matrix."""
_MONDAY_MS: Final = 4 * _DAY_MS  # 5 January 1970 was a Monday


class FeatureMismatchError(ValueError):
    """A model computes other features than it names, or other ones than its artefact was trained on."""


CALENDAR: Final = (
    Feature("hour_sin", "time of day of the target (sine)", lowest=-1, highest=1),
    Feature("hour_cos", "time of day of the target (cosine)", lowest=-1, highest=1),
    Feature("minute_of_day", "time of day of the target", "min", 0, 1440),
    Feature("day_of_week", "day of the week of the target, Monday 0", "", 0, 6),
    Feature("is_weekend", "the target is on a weekend", "", 0, 1),
)


def calendar(view: View, moment_ms: int | Integers) -> dict[str, Floats]:
    """Return the features of CALENDAR for some moments, or for one of all rows, by the clocks of the network."""
    count = len(view.rows)
    if not isinstance(moment_ms, int) and count and (moment_ms == moment_ms[0]).all():
        moment_ms = int(moment_ms[0])
    if isinstance(moment_ms, int):  # as in serving
        return {name: np.full(count, value) for name, value in _shown(view.clock_ms(moment_ms)).items()}
    local = view.local_ms(moment_ms)
    minute = (local % _DAY_MS) / 60_000
    weekday = (local - _MONDAY_MS) // _DAY_MS % 7
    angle = 2 * np.pi * minute / 1440
    return {
        "hour_sin": np.sin(angle),
        "hour_cos": np.cos(angle),
        "minute_of_day": minute,
        "day_of_week": weekday.astype(np.float64),
        "is_weekend": (weekday >= 5).astype(np.float64),
    }


def _shown(local_ms: int) -> dict[str, float]:
    """Return the features of CALENDAR for one moment, as the clocks show it."""
    minute = (local_ms % _DAY_MS) / 60_000
    weekday = (local_ms - _MONDAY_MS) // _DAY_MS % 7
    angle = 2 * np.pi * minute / 1440
    return {
        "hour_sin": np.sin(angle),  # by numpy, as for many moments: its last bit may differ from Python's
        "hour_cos": np.cos(angle),
        "minute_of_day": minute,
        "day_of_week": float(weekday),
        "is_weekend": float(weekday >= 5),
    }


def matrix(
    spec: ModelSpec, history: History, rows: Rows, what_if: Mapping[str, Floats] | None = None
) -> NDArray[np.float64]:
    """Return the features of each row in the order of the spec; the only way to them, in training and in serving.

    `what_if` takes the place of computed features, a value a row. Raises FeatureMismatchError.
    """
    found = np.empty((len(rows), len(spec.features)))
    for begin in range(0, len(rows) or 1, _ROWS_AT_ONCE):
        some = slice(begin, begin + _ROWS_AT_ONCE)
        part = rows if len(rows) <= _ROWS_AT_ONCE else rows.take(np.arange(len(rows))[some])
        given = {name: np.broadcast_to(values, len(rows))[some] for name, values in (what_if or {}).items()}
        _fill(found[some], spec, View(history, part), given)
    return found


def _fill(found: NDArray[np.float64], spec: ModelSpec, view: View, what_if: Mapping[str, Floats]) -> None:
    """Write the features of some rows into their part of a matrix."""
    computed, names = dict(spec.compute(view)), spec.feature_names
    if len(computed) != len(names) or not all(map(computed.__contains__, names)):
        odd = sorted(set(computed) ^ set(names))
        raise FeatureMismatchError(f"{spec.name} computes other features than it names: {', '.join(odd)}")
    for name, values in what_if.items():
        if name not in computed:
            raise FeatureMismatchError(f"{spec.name} has no feature {name}.")
        computed[name] = values
    for column, name in enumerate(names):
        found[:, column] = computed[name]
