"""The forecasts of an hour that are kept to be compared with what comes: which are asked, and what came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.ml.asking import sampled
from navswap.ml.calibration import MINUTE_MS
from navswap.ml.features import MILLISECOND, matrix
from navswap.ml.history import EVERYWHERE, Floats, History, Rows
from navswap.ml.monitoring.bands import Margins, adapted, promised, track
from navswap.ml.monitoring.parameters import MonitoringParameters
from navswap.ml.monitoring.quality import HourOfOutcomes, ModelQuality
from navswap.ml.monitoring.scores import judged_head, scores_of, settled
from navswap.ml.serving import Model
from navswap.ml.spec import HOUR, Head, HeadKind, ModelSpec, Outputs, Span

MOST_FORECASTS: Final = 240
"""Of one model in an hour; of more a sample is kept, another one each hour."""
PATIENCE: Final = timedelta(hours=24)
"""For so long after its horizon a forecast waits for its outcome; what has not come then stays unknown."""
LATE: Final = timedelta(minutes=5)
"""For so long after its horizon no outcome is looked for: facts take a while to become known."""
EVENT_PATIENCE: Final = timedelta(hours=72)
"""The same of models that forecast how something ends, whenever that is."""


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """A forecast with what came; values are by output of the judged head, before margins, None where there is no number.

    `entities` are the ids by key, `given` what the question itself said: what the row is made of again.
    """

    entities: Mapping[str, str | None]
    as_of: datetime
    horizon_minutes: int
    given: Mapping[str, float]
    own: tuple[float, ...]
    baseline: tuple[float, ...]
    came: float | None = None


@dataclass(frozen=True, slots=True)
class ForecastBatch:
    """The forecasts of a model in an hour, one batch of each; `margins` are those by which bands were given out.

    `due_at` is when outcomes are looked for next, None once all are known or have been given up.
    """

    id: str
    model: str
    version: str
    at: datetime
    source: Source
    margins: Margins
    forecasts: tuple[KeptForecast, ...]
    due_at: datetime | None
    patient_until: datetime
    revision: int = 1


def batch_id(model: str, at: datetime) -> str:
    """Return the id of a model's batch of an hour: there is one only."""
    return f"{model}:{epoch_milliseconds(at)}"


def forecast_batch(model: Model, quality: ModelQuality, history: History, at: datetime) -> ForecastBatch:
    """Return what a model and its baseline forecast at a full hour, for a sample of what they can be asked.

    A model of moments is asked as of that hour; one of events, such as a hold, about those of the hour before, each as of its
    own moment. Raises LookupError for a model that has not been trained.
    """
    spec, head = model.spec, judged_head(model.spec)
    rows = _asked(spec, history, at)
    outputs = model.outputs_of(matrix(spec, history, rows), rows)
    own = _columns(head, model.with_baseline_heads(outputs, history, rows))
    baseline = _columns(head, model.baseline_outputs(history, rows))
    is_number = np.isfinite(own).all(axis=1) & np.isfinite(baseline).all(axis=1)
    numbers = np.flatnonzero(is_number)
    rows, own, baseline = rows.take(numbers), own[numbers], baseline[numbers]
    ahead = int(rows.horizon_ms.max(initial=0)) * MILLISECOND
    return ForecastBatch(
        id=batch_id(spec.name, at),
        model=spec.name,
        version=model.version,
        at=at,
        source=quality.source,
        margins=quality.margins,
        forecasts=_kept(history, rows, own, baseline),
        due_at=_first_due(rows, at) if len(rows) else None,
        patient_until=at + ahead + (PATIENCE if spec.horizons else EVENT_PATIENCE),
    )


def settle(
    spec: ModelSpec, batch: ForecastBatch, history: History, now: datetime, look_again: timedelta
) -> tuple[ForecastBatch, tuple[int, ...]]:
    """Return a batch with the outcomes that are known by now, and the numbers of the forecasts whose outcome is new."""
    waiting = [place for place, each in enumerate(batch.forecasts) if each.came is None]
    rows = _rows_of(history, [batch.forecasts[place] for place in waiting])
    head = judged_head(spec)
    came = settled(head, spec.came(history, rows)[head.name]) if len(rows) else np.empty(0)
    known = {place: float(value) for place, value in zip(waiting, came, strict=True) if np.isfinite(value)}
    forecasts = tuple(
        replace(each, came=known[place]) if place in known else each
        for place, each in enumerate(batch.forecasts)
    )
    is_over = len(known) == len(waiting) or now >= batch.patient_until
    due_at = None if is_over else now + look_again
    changed = replace(batch, forecasts=forecasts, due_at=due_at, revision=batch.revision + 1)
    return changed, tuple(known)


def given_up(batch: ForecastBatch) -> ForecastBatch:
    """Return a batch for whose outcomes nothing looks any more: they would be those of a version that is gone."""
    return replace(batch, due_at=None, revision=batch.revision + 1)


def outcomes_of(
    spec: ModelSpec,
    batch: ForecastBatch,
    places: Sequence[int],
    margins: Margins,
    parameters: MonitoringParameters,
) -> tuple[HourOfOutcomes, Margins]:
    """Return the sums of some forecasts whose outcome is known, and the margins after them.

    Bands are judged as they were given; margins learn from the bands before they were adapted, so that it does not matter how
    much later an outcome comes.
    """
    head = judged_head(spec)
    chosen = [batch.forecasts[place] for place in places]
    came = np.array([each.came for each in chosen], dtype=np.float64)
    horizon_ms = np.array([each.horizon_minutes * MINUTE_MS for each in chosen], dtype=np.int64)
    own, baseline = np.array([each.own for each in chosen]), np.array([each.baseline for each in chosen])
    given_own, given_baseline = own, baseline
    if has_band := head.kind is HeadKind.QUANTILES:
        given_own = adapted(head, own, horizon_ms, batch.margins, Source.MODEL)
        given_baseline = adapted(head, baseline, horizon_ms, batch.margins, Source.BASELINE)
        margins = track(head, own, horizon_ms, came, margins, Source.MODEL, parameters)
        margins = track(head, baseline, horizon_ms, came, margins, Source.BASELINE, parameters)
    scores, others = scores_of(head, given_own, came), scores_of(head, given_baseline, came)
    hour = HourOfOutcomes(
        at=batch.at,
        source=batch.source,
        outcomes=len(chosen),
        error=float(scores.error.sum()),
        baseline_error=float(others.error.sum()),
        loss=float(scores.loss.sum()),
        baseline_loss=float(others.loss.sum()),
        residual=float(scores.residual.sum()),
        inside=float(scores.inside.sum()) if has_band else None,
        baseline_inside=float(others.inside.sum()) if has_band else None,
        promised=float(promised(head, given_own).sum()) if has_band else None,
        baseline_promised=float(promised(head, given_baseline).sum()) if has_band else None,
    )
    return hour, margins


def nominal_share(spec: ModelSpec) -> float | None:
    """Return the share of outcomes that the band of a model says it holds, 0 to 1; None where it has no band."""
    head = judged_head(spec)
    return round(head.levels[-1] - head.levels[0], 6) if head.kind is HeadKind.QUANTILES else None


def _asked(spec: ModelSpec, history: History, at: datetime) -> Rows:
    """Return the questions of an hour: those of its full hour where there are, else those of events before it."""
    at_ms = epoch_milliseconds(at)
    rows = spec.ask(history, Span(at_ms, at_ms + 1))
    if not spec.horizons or rows.given:  # what the question itself says makes it one about an event
        rows = spec.ask(history, Span(at_ms - HOUR // MILLISECOND + 1, at_ms + 1))
    return rows.take(sampled(len(rows), MOST_FORECASTS, seed=at_ms // (HOUR // MILLISECOND)))


def _columns(head: Head, outputs: Outputs) -> Floats:
    return np.column_stack([outputs[name] for name in head.outputs])


def _kept(history: History, rows: Rows, own: Floats, baseline: Floats) -> tuple[KeptForecast, ...]:
    ids = {
        key: [history.entities(key).ids[number] if number >= 0 else None for number in numbers]
        for key, numbers in rows.entities.items()
        if key != EVERYWHERE
    }
    return tuple(
        KeptForecast(
            entities={key: named[place] for key, named in ids.items()},
            as_of=_moment(int(rows.as_of_ms[place])),
            horizon_minutes=int(rows.horizon_ms[place]) // MINUTE_MS,
            given={name: float(values[place]) for name, values in rows.given.items()},
            own=tuple(map(float, own[place])),
            baseline=tuple(map(float, baseline[place])),
        )
        for place in range(len(rows))
    )


def _rows_of(history: History, forecasts: Sequence[KeptForecast]) -> Rows:
    """Return the rows of forecasts that were kept, in the history of now."""
    keys = forecasts[0].entities if forecasts else ()
    names = forecasts[0].given if forecasts else ()
    return Rows(
        np.array([epoch_milliseconds(each.as_of) for each in forecasts], dtype=np.int64),
        np.array([each.horizon_minutes * MINUTE_MS for each in forecasts], dtype=np.int64),
        {key: history.entities(key).find([each.entities[key] for each in forecasts]) for key in keys},
        {name: np.array([each.given[name] for each in forecasts], dtype=np.float64) for name in names},
    )


def _first_due(rows: Rows, at: datetime) -> datetime:
    return max(at, _moment(int(rows.target_ms().min()))) + LATE


def _moment(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1000, UTC)
