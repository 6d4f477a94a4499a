"""From trees and calibration to outputs: what a head, or a baseline in its place, forecasts of each row."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from navswap.ml.calibration import Calibration, widths_of
from navswap.ml.history import Floats, Integers, View
from navswap.ml.spec import Baseline, Head, HeadKind, ModelSpec
from navswap.ml.trees import Trees

Widths = Mapping[str, tuple[float, ...]]
"""By horizon in minutes, or "all": by how much each quantile lies beside a point."""


def forecast_head(
    head: Head,
    trees: Sequence[Trees],
    calibration: Calibration,
    matrix: NDArray[np.float64],
    horizon_ms: Integers,
    threads: int = 1,
) -> dict[str, Floats]:
    """Return the outputs of a head."""
    raw = [tree.predict(matrix, threads) for tree in trees]
    match head.kind:
        case HeadKind.QUANTILES:
            quantiles = calibration.widen(np.array(raw).T, horizon_ms, trees[0].beside.scale_of(matrix))
            return _named(head, bounded(head, quantiles))
        case HeadKind.PROBABILITY:
            return {head.name: calibration.probability(raw[0])}
        case HeadKind.CLASSES:
            return _named(head, calibration.temper(raw[0]))
        case HeadKind.SURVIVAL:
            days, survival = survival_outputs(head, raw[0], calibration.sigma).values()
            return dict(zip(head.outputs, (days, calibration.probability(survival)), strict=True))
        case _:
            return {head.name: bounded(head, raw[0])}


def forecast_baseline(
    spec: ModelSpec, baseline: Baseline, view: View, widths: Mapping[str, Widths]
) -> dict[str, Floats]:
    """Return the outputs of a rule; `widths` are the bands about its points, by the names of quantile heads."""
    said = baseline.forecast(view)
    outputs: dict[str, Floats] = {}
    for head in spec.heads:
        if head.kind is HeadKind.QUANTILES and head.name in said:
            points = np.repeat(said[head.name][:, None], len(head.levels), axis=1)
            moved = widths_of(widths.get(head.name, {}), view.rows.horizon_ms, len(head.levels))
            outputs |= _named(head, bounded(head, np.sort(points + moved, axis=1)))
        else:
            outputs |= {name: bounded(head, said[name]) for name in head.outputs}
    return outputs


def survival_outputs(head: Head, median_days: Floats, sigma: float) -> dict[str, Floats]:
    """Return the median and the probability of none within the horizon, of a lognormal time."""
    from scipy.special import ndtr

    median = np.maximum(median_days, 1e-3)
    survival = 1 - ndtr((np.log(head.horizon_days) - np.log(median)) / sigma)
    return dict(zip(head.outputs, (median, survival), strict=True))


def served_by_baseline(
    spec: ModelSpec, heads: Sequence[str], outputs: Mapping[str, Floats]
) -> dict[str, Floats]:
    """Return those outputs of a baseline that stand in the place of some heads."""
    return {name: outputs[name] for head in heads for name in spec.head(head).outputs}


def bounded(head: Head, values: Floats) -> Floats:
    """Return values within the bounds of a head."""
    if head.lowest is not None:
        values = np.maximum(values, head.lowest)
    return values if head.highest is None else np.minimum(values, head.highest)


def _named(head: Head, columns: Floats) -> dict[str, Floats]:
    return {name: columns[:, place] for place, name in enumerate(head.outputs)}
