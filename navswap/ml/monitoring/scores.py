"""How right each forecast was: inside its band or not, its error and its loss, row by row."""

from dataclasses import dataclass

import numpy as np

from navswap.ml.history import Floats
from navswap.ml.monitoring.bands import Margins, adapted
from navswap.ml.serving import Forecast
from navswap.ml.spec import Head, HeadKind, ModelSpec, Outputs


@dataclass(frozen=True, slots=True)
class Scores:
    """Of each row: whether its band held what came (of quantiles, else NaN), how far the middle was off, and the loss.

    The loss is that of quantiles, the squared error of probabilities (Brier), or the absolute error. `residual` is the signed
    error in half widths of the band, within ±5, or the loss where there is no band: what drift is looked for in.
    """

    inside: Floats
    error: Floats
    loss: Floats
    residual: Floats


def judged_head(spec: ModelSpec) -> Head:
    """Return the head by which a model is monitored: that with a band, else the main one."""
    for head in spec.heads:
        if head.kind is HeadKind.QUANTILES:
            return head
    return spec.head(spec.metric.partition(".")[0])


def with_margins(spec: ModelSpec, forecast: Forecast, margins: Margins) -> Outputs:
    """Return the outputs of a forecast with its band adapted to what came of others."""
    head = judged_head(spec)
    if head.kind is not HeadKind.QUANTILES or not margins:
        return forecast.outputs
    columns = np.column_stack([forecast.outputs[name] for name in head.outputs])
    moved = adapted(head, columns, forecast.rows.horizon_ms, margins, forecast.source)
    return {**forecast.outputs, **{name: moved[:, place] for place, name in enumerate(head.outputs)}}


def error_unit(head: Head) -> str:
    """Return what the error of a head is counted in."""
    match head.kind:
        case HeadKind.QUANTILES | HeadKind.MEAN:
            return head.unit
        case _:
            return "Brier score"


def settled(head: Head, came: Floats) -> Floats:
    """Return what came, NaN where it cannot be judged yet: a survival whose days have not passed."""
    if head.kind is not HeadKind.SURVIVAL:
        return came
    survived = (np.abs(came) >= head.horizon_days).astype(np.float64)
    return np.where((came > 0) | (np.abs(came) >= head.horizon_days), survived, np.nan)


def scores_of(head: Head, columns: Floats, came: Floats) -> Scores:
    """Return how right outputs of a head (a column each) were; `came` is settled and known."""
    nothing = np.full(len(came), np.nan)
    match head.kind:
        case HeadKind.QUANTILES:
            return _of_quantiles(head, columns, came)
        case HeadKind.CLASSES:
            hot = np.eye(len(head.classes))[came.astype(np.int64)]
            loss = ((columns - hot) ** 2).sum(axis=1)
            return Scores(nothing, loss, loss, loss)
        case HeadKind.MEAN:
            error = np.abs(columns[:, 0] - came)
            return Scores(nothing, error, error, came - columns[:, 0])
        case _:
            loss = (columns[:, -1] - came) ** 2
            return Scores(nothing, loss, loss, loss)


def _of_quantiles(head: Head, columns: Floats, came: Floats) -> Scores:
    middle, half = columns[:, head.levels.index(0.5)], (columns[:, -1] - columns[:, 0]) / 2
    beyond = came[:, None] - columns
    levels = np.asarray(head.levels)
    return Scores(
        inside=((came >= columns[:, 0]) & (came <= columns[:, -1])).astype(np.float64),
        error=np.abs(came - middle),
        loss=np.maximum(levels * beyond, (levels - 1) * beyond).mean(axis=1),
        residual=np.clip((came - middle) / np.maximum(half, _LEAST_HALF), -5, 5),
    )


_LEAST_HALF = 1e-6
"""A band without width is as good as never right: its residual is cut off at 5."""
