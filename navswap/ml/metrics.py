"""The figures by which forecasts are judged, in plain numpy; each takes what was forecast, then what came."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history import Floats, Integers

_TINY: Final = 1e-6


def mean_absolute_error(forecast: Floats, came: Floats) -> float:
    """Return the mean of the absolute errors, in the unit of the target."""
    return float(np.abs(forecast - came).mean())


def root_mean_squared_error(forecast: Floats, came: Floats) -> float:
    """Return the root of the mean squared error, in the unit of the target."""
    return float(np.sqrt(((forecast - came) ** 2).mean()))


def pinball_loss(quantiles: Floats, levels: tuple[float, ...], came: Floats) -> float:
    """Return the mean quantile loss over all levels (columns), in the unit of the target."""
    errors = came[:, None] - quantiles
    shares = np.asarray(levels)
    return float(np.maximum(shares * errors, (shares - 1) * errors).mean())


def coverage(low: Floats, high: Floats, came: Floats) -> float:
    """Return the share of what came that lay within its band, ends included."""
    return float(((came >= low) & (came <= high)).mean())


def average_precision(scores: Floats, came: Floats) -> float:
    """Return the area under precision over recall; scores that tie count as one step. NaN where nothing happened."""
    total = float(came.sum())
    if not total:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], np.cumsum(came[order])
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    precision, recall = hits[ends] / (ends + 1), hits[ends] / total
    return float((np.diff(recall, prepend=0.0) * precision).sum())


def brier_score(probabilities: Floats, came: Floats) -> float:
    """Return the mean squared error of probabilities."""
    return float(((probabilities - came) ** 2).mean())


def log_loss(probabilities: Floats, came: Floats) -> float:
    """Return the mean logarithmic loss of probabilities of an event."""
    sure = np.clip(probabilities, _TINY, 1 - _TINY)
    return float(-(came * np.log(sure) + (1 - came) * np.log(1 - sure)).mean())


def calibration_error(probabilities: Floats, came: Floats, bins: int = 10) -> float:
    """Return how far probabilities are from frequencies on average, in bins of equal numbers of rows."""
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(float(probabilities[part].mean() - came[part].mean())) * len(part) for part in parts]
    return sum(gaps) / len(probabilities)


def top_share(probabilities: Floats, came: Integers, count: int) -> float:
    """Return how often the class that came is among the `count` most probable."""
    ranked = np.argsort(-probabilities, axis=1, kind="stable")[:, :count]
    return float((ranked == came[:, None]).any(axis=1).mean())


def class_log_loss(probabilities: Floats, came: Integers) -> float:
    """Return the mean logarithmic loss of the class that came."""
    chosen = probabilities[np.arange(len(came)), came]
    return float(-np.log(np.clip(chosen, _TINY, 1)).mean())


def concordance(risk: Floats, days: Floats, is_event: NDArray[np.bool_], most: int = 4_000) -> float:
    """Return Harrell's C: of pairs whose order is known, the share in which the sooner event had the greater risk.

    `days` without an event are censored. Of more than `most` rows that many are taken, evenly. NaN where no pair is known.
    """
    if len(days) > most:
        chosen = np.random.default_rng(0).choice(len(days), most, replace=False)
        risk, days, is_event = risk[chosen], days[chosen], is_event[chosen]
    pairs = agreeing = 0.0
    for row in np.flatnonzero(is_event):
        later = days > days[row]
        pairs += later.sum()
        agreeing += (risk[row] > risk[later]).sum() + 0.5 * (risk[row] == risk[later]).sum()
    return float(agreeing / pairs) if pairs else float("nan")
