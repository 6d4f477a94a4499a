"""What was forecast in past hours beside what came, hour by hour: the figures of a chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from navswap.kit.forecasts import Source
from navswap.ml.calibration import MINUTE_MS
from navswap.ml.history import Floats
from navswap.ml.monitoring.bands import adapted
from navswap.ml.monitoring.batches import ForecastBatch, KeptForecast
from navswap.ml.monitoring.scores import judged_head
from navswap.ml.spec import Head, HeadKind, ModelSpec


@dataclass(frozen=True, slots=True)
class PastHour:
    """The forecasts that a model made at a full hour, and what came.

    Values are means, in the unit of the judged head: over the forecasts whose outcome is known, or over all of them while
    none is, `came` being None then. `predicted`, `low` and `high` are as they were given out, those of `source`; without a
    band the two edges are None. `about` is when what was forecast was to come: at the end of the horizon.
    """

    at: datetime
    about: datetime
    source: Source
    version: str
    forecasts: int
    outcomes: int
    predicted: float
    baseline: float
    low: float | None
    high: float | None
    came: float | None


def has_past(spec: ModelSpec) -> bool:
    """Return whether what a model forecasts is a number: classes have no mean."""
    return judged_head(spec).kind is not HeadKind.CLASSES


def past_hour(spec: ModelSpec, batch: ForecastBatch) -> PastHour | None:
    """Return the figures of an hour, all of one horizon; None for one without forecasts."""
    known = [forecast for forecast in batch.forecasts if forecast.came is not None]
    chosen = known or batch.forecasts
    if not chosen:
        return None
    head = judged_head(spec)
    own, baseline = (_given_out(head, batch, chosen, source) for source in (Source.MODEL, Source.BASELINE))
    given = own if batch.source is Source.MODEL else baseline
    has_band = head.kind is HeadKind.QUANTILES
    middle = _middle(head)
    return PastHour(
        at=batch.at,
        about=batch.at + timedelta(minutes=chosen[0].horizon_minutes),
        source=batch.source,
        version=batch.version,
        forecasts=len(batch.forecasts),
        outcomes=len(known),
        predicted=_mean(given[:, middle]),
        baseline=_mean(baseline[:, middle]),
        low=_mean(given[:, 0]) if has_band else None,
        high=_mean(given[:, -1]) if has_band else None,
        came=_mean(np.array([forecast.came for forecast in known])) if known else None,
    )


def _given_out(head: Head, batch: ForecastBatch, forecasts: Sequence[KeptForecast], source: Source) -> Floats:
    """Return the outputs of a source, a row each; bands with the margins of the hour."""
    columns = np.array([each.own if source is Source.MODEL else each.baseline for each in forecasts])
    if head.kind is not HeadKind.QUANTILES:
        return columns
    horizon_ms = np.array([each.horizon_minutes * MINUTE_MS for each in forecasts], dtype=np.int64)
    return adapted(head, columns, horizon_ms, batch.margins, source)


def _middle(head: Head) -> int:
    """Return the column of the one number that a head forecasts: of a survival its probability."""
    match head.kind:
        case HeadKind.QUANTILES:
            return head.levels.index(0.5)
        case HeadKind.SURVIVAL:
            return 1
        case _:
            return 0


def _mean(values: Floats) -> float:
    return float(values.mean())
