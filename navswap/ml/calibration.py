"""What calibration adds to trees, as numbers in a manifest: widths of bands, knots of probabilities, a temperature.

Conformal widths are one-sided order statistics with the correction for a finite sample (Romano, Patterson, Candès 2019), by
horizon. Knots are isotonic regression's. Applying them needs numpy alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import numpy as np

from navswap.ml.history import Floats, Integers

MINUTE_MS: Final = 60_000
_LEAST_SCORES: Final = 50  # a band of fewer rows is that of all horizons
_TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers of one head; what does not belong to its kind is empty or neutral.

    `widths` says by horizon in minutes (and "all") by how much each quantile moves; `knots` maps scores to probabilities;
    `temperature` divides the logarithms of class probabilities; `sigma` is the scale of a survival's logarithm,
    whose `knots` map the survival of the horizon.
    """

    widths: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    knots: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    temperature: float = 1.0
    sigma: float = 1.0

    def widen(self, quantiles: Floats, horizon_ms: Integers, scale: Floats | None = None) -> Floats:
        """Move each quantile (a column) by the width of its row's horizon, in units of the row's scale, and sort those that cross."""
        widths = widths_of(self.widths, horizon_ms, quantiles.shape[1])
        moved = quantiles + (widths if scale is None else widths * scale[:, None])
        is_in_order = (moved[:, 1:] >= moved[:, :-1]).all()
        return moved if is_in_order else np.sort(moved, axis=1)

    def probability(self, scores: Floats) -> Floats:
        """Return the probabilities that scores stand for."""
        xs, ys = self.knots
        return np.interp(scores, xs, ys) if xs else scores

    def temper(self, probabilities: Floats) -> Floats:
        """Return class probabilities made as sure as they were right."""
        powered = np.clip(probabilities, _TINY, 1.0) ** (1 / self.temperature)
        tempered: Floats = powered / powered.sum(axis=1, keepdims=True)
        return tempered


def widths_of(widths: Mapping[str, tuple[float, ...]], horizon_ms: Integers, columns: int) -> Floats:
    """Return the widths of each row's horizon, those of all horizons where it has none of its own; one row where all are alike."""
    everywhere = widths.get("all", (0.0,) * columns)
    horizons = horizon_ms[:1] if (horizon_ms == horizon_ms[:1]).all() else np.unique(horizon_ms)
    own = [widths.get(str(int(horizon) // MINUTE_MS), everywhere) for horizon in horizons]
    if len(own) < 2:
        return np.array(own or [everywhere])
    return np.array(own)[np.searchsorted(horizons, horizon_ms)]


def conformal_widths(
    quantiles: Floats, levels: tuple[float, ...], came: Floats, horizon_ms: Integers
) -> dict[str, tuple[float, ...]]:
    """Return by how much each quantile has to move to hold as often as it says; the median stays."""
    widths = {"all": _widths(quantiles, levels, came)}
    for horizon in np.unique(horizon_ms):
        chosen = horizon_ms == horizon
        if chosen.sum() >= _LEAST_SCORES:
            widths[str(int(horizon) // MINUTE_MS)] = _widths(quantiles[chosen], levels, came[chosen])
    return widths


def residual_widths(
    points: Floats, levels: tuple[float, ...], came: Floats, horizon_ms: Integers
) -> dict[str, tuple[float, ...]]:
    """Return the band about a rule's point forecast, from how wrong it was."""
    return conformal_widths(np.repeat(points[:, None], len(levels), axis=1), levels, came, horizon_ms)


def _widths(quantiles: Floats, levels: tuple[float, ...], came: Floats) -> tuple[float, ...]:
    middle = 0.5
    return tuple(
        0.0 if level == middle else _width(came - quantiles[:, column], level)
        for column, level in enumerate(levels)
    )


def _width(residuals: Floats, level: float) -> float:
    """Return the shift at which a share `level` of what comes lies below, never too sure of itself."""
    ordered = np.sort(residuals)
    count = len(ordered)
    if not count:
        return 0.0
    upper = level > 0.5
    share = level if upper else 1 - level
    place = min(count, ceil((count + 1) * share))
    return float(ordered[place - 1] if upper else ordered[count - place])


def isotonic_knots(scores: Floats, came: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the corners of the rising step function that fits outcomes best, at most 200 of them.

    A score above or below all others has a probability strictly between 0 and 1: half an outcome is added at each end.
    """
    from scipy.optimize import isotonic_regression

    xs, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    shares = np.bincount(place, weights=came) / counts  # rows of one score have one probability
    fitted = np.asarray(isotonic_regression(shares, weights=counts.astype(np.float64)).x)
    fitted = np.clip(fitted, 0.5 / (len(came) + 1), 1 - 0.5 / (len(came) + 1))
    is_corner = np.ones(len(xs), dtype=bool)
    is_corner[1:-1] = (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:])
    xs, ys = xs[is_corner], fitted[is_corner]
    kept = np.unique(np.linspace(0, len(xs) - 1, num=min(200, len(xs)), dtype=np.int64))
    return tuple(map(float, xs[kept])), tuple(map(float, ys[kept]))


def fit_temperature(probabilities: Floats, came: Integers) -> float:
    """Return the temperature at which class probabilities lose least by the logarithm."""
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(came))

    def loss(temperature: float) -> float:
        tempered = Calibration(temperature=temperature).temper(probabilities)
        return float(-np.log(np.clip(tempered[rows, came], _TINY, 1)).mean())

    return float(minimize_scalar(loss, bounds=(0.25, 4.0), method="bounded").x)
