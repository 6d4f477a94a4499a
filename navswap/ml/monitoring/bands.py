"""Bands that follow what comes: each edge moves after every outcome, so that it is missed as often as it says.

This is adaptive conformal inference (Gibbs, Candès 2021) as quantile tracking (Angelopoulos, Candès, Tibshirani 2023), on
scores in half widths of the row's own band: whatever happens, the share of misses approaches what the level says.

An edge that lies on a bound of its target, such as no swaps at all, cannot be missed: it stays, teaches nothing, and the band
promises the more (90 % in place of 80 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from navswap.kit.forecasts import Source
from navswap.ml.calibration import MINUTE_MS
from navswap.ml.forecasting import bounded
from navswap.ml.history import Floats, Integers
from navswap.ml.monitoring.parameters import MonitoringParameters
from navswap.ml.spec import Head


@dataclass(frozen=True, slots=True)
class Margin:
    """By how many half widths of a band its edges are moved outwards, of one source and horizon (minutes)."""

    source: Source
    horizon_minutes: int
    low: float = 0.0
    high: float = 0.0


Margins = tuple[Margin, ...]


def adapted(head: Head, columns: Floats, horizon_ms: Integers, margins: Margins, source: Source) -> Floats:
    """Return quantiles (a column each) with their outer edges moved by the margins of a source; the middle stays between."""
    lows, highs = np.zeros(len(columns)), np.zeros(len(columns))
    for margin in margins:
        if margin.source is source:
            chosen = horizon_ms // MINUTE_MS == margin.horizon_minutes
            lows[chosen], highs[chosen] = margin.low, margin.high
    free_low, free_high = _free(head, columns)
    half = (columns[:, -1] - columns[:, 0]) / 2
    one = columns[:, 0] - np.where(free_low, lows * half, 0)
    other = columns[:, -1] + np.where(free_high, highs * half, 0)
    low, high = np.minimum(one, other), np.maximum(one, other)
    moved = np.clip(columns, low[:, None], high[:, None])
    moved[:, 0], moved[:, -1] = low, high
    return bounded(head, moved)


def promised(head: Head, columns: Floats) -> Floats:
    """Return the share of outcomes that each band says it holds, 0 to 1."""
    free_low, free_high = _free(head, columns)
    return 1 - head.levels[0] * free_low - (1 - head.levels[-1]) * free_high


def _free(head: Head, columns: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return of which bands the lower and the upper edge can be missed: those that lie on no bound of the target."""
    lowest = -np.inf if head.lowest is None else head.lowest
    highest = np.inf if head.highest is None else head.highest
    return columns[:, 0] > lowest, columns[:, -1] < highest


def track(
    head: Head,
    columns: Floats,
    horizon_ms: Integers,
    came: Floats,
    margins: Margins,
    source: Source,
    parameters: MonitoringParameters,
) -> Margins:
    """Return the margins after some outcomes, one by one; `columns` are the quantiles before they were adapted."""
    found = {(margin.source, margin.horizon_minutes): margin for margin in margins}
    for horizon in np.unique(horizon_ms // MINUTE_MS):
        minutes = int(horizon)
        chosen = np.flatnonzero(horizon_ms // MINUTE_MS == minutes)
        before = found.get((source, minutes), Margin(source, minutes))
        found[source, minutes] = _moved(head, columns[chosen], came[chosen].tolist(), before, parameters)
    return tuple(found[key] for key in sorted(found))


def _moved(
    head: Head, columns: Floats, came: Sequence[float], margin: Margin, parameters: MonitoringParameters
) -> Margin:
    below, above = head.levels[0], 1 - head.levels[-1]
    low, high = margin.low, margin.high
    edges = zip(columns[:, 0].tolist(), columns[:, -1].tolist(), strict=True)
    free = zip(*(each.tolist() for each in _free(head, columns)), strict=True)
    for (lowest, highest), (has_low, has_high), value in zip(edges, free, came, strict=True):
        half = (highest - lowest) / 2
        if has_low:
            is_below = value < lowest - low * half
            low = _within(low + parameters.step * (is_below - below), parameters)
        if has_high:
            is_above = value > highest + high * half
            high = _within(high + parameters.step * (is_above - above), parameters)
    return Margin(margin.source, margin.horizon_minutes, low, high)


def _within(margin: float, parameters: MonitoringParameters) -> float:
    return min(max(margin, parameters.narrowest), parameters.widest)
