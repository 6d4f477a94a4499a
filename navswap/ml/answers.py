"""What the model says to a decision: only where the model itself answers, of entities that it knows, in numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import structlog

from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source, prediction_id
from navswap.ml.features import MILLISECOND
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.history import BadQuestionError, History, View, rows_at
from navswap.ml.serving import Forecast
from navswap.ml.spec import WEEK, Outputs

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answers:
    """The outputs of a model for those entities of a question that it could answer of, each array as long as `ids`.

    `model` is its name and version, as decisions store it. Without an answer the baseline of the decision stands in.
    """

    model: str = ""
    ids: Sequence[str] = ()
    outputs: Outputs = field(default_factory=dict)
    prediction_ids: Mapping[str, str] = field(default_factory=dict)
    """By entity: what identifies the prediction, as `predict…` does."""

    def each(self, output: str) -> Iterator[tuple[str, float]]:
        """Return an output by entity."""
        return zip(self.ids, map(float, self.outputs.get(output, ())), strict=True)


@dataclass(frozen=True, slots=True)
class Observed:
    """What was counted of some entities in the last week, for splitting what a model says of them as a whole."""

    view: View
    ids: Sequence[str]

    def totals(self, table: str, column: str) -> dict[str, float]:
        """Return the sum of a column over the week by entity; 0 where nothing is known."""
        (key,) = self.view.rows.entities
        return dict(zip(self.ids, map(float, self.view.total(table, column, key, WEEK)), strict=True))

    def counts(self, table: str) -> dict[str, float]:
        """Return how often it happened in the week by entity."""
        (key,) = self.view.rows.entities
        return dict(zip(self.ids, map(float, self.view.count(table, key, WEEK)), strict=True))


def observed(forecaster: Forecaster, key: str, ids: Sequence[str], as_of: datetime) -> Observed:
    """Return what was known of some entities of a key at a time."""
    return observed_in(forecaster.history.history, key, ids, as_of)


def observed_in(history: History, key: str, ids: Sequence[str], as_of: datetime) -> Observed:
    """Return what a history knew of some entities of a key at a time."""
    return Observed(View(history, rows_at(history, {key: ids}, epoch_milliseconds(as_of), timedelta(0))), ids)


NO_ANSWERS: Final = Answers()


async def answers_of(forecaster: Forecaster, question: Question, as_of: datetime) -> Answers:
    """Ask a model in one call; of an entity that the history does not know, or without a finite number, nothing is said.

    Nothing is answered where the baseline would, or where the model does not look so far ahead. Raises UnknownModelError.
    """
    if not question.ids or not forecaster.is_served(question.model):
        return NO_ANSWERS
    try:
        forecast = await forecaster.ask(question, as_of)
    except BadQuestionError as error:
        log.info("model_not_asked", model=question.model, reason=error.message)
        return NO_ANSWERS
    return answered(forecast, question.ids)


def answered(forecast: Forecast, ids: Sequence[str]) -> Answers:
    """Return what a decision may use of a forecast of some entities, given in the order of its rows."""
    if forecast.source is not Source.MODEL:
        return NO_ANSWERS
    usable = forecast.is_covered & np.all(
        [np.isfinite(values) for values in forecast.outputs.values()], axis=0
    )
    return Answers(
        f"{forecast.spec.name} {forecast.version}",
        [entity_id for entity_id, is_usable in zip(ids, usable, strict=True) if is_usable],
        {name: values[usable] for name, values in forecast.outputs.items()},
        _ids(forecast, ids),
    )


def _ids(forecast: Forecast, entity_ids: Sequence[str]) -> dict[str, str]:
    """Return what identifies the predictions of some entities, in the order of the rows."""
    rows = zip(entity_ids, forecast.rows.as_of_ms.tolist(), forecast.rows.horizon_ms.tolist(), strict=True)
    return {
        entity_id: prediction_id(
            forecast.spec.name,
            forecast.version,
            forecast.source,
            entity_id,
            datetime.fromtimestamp(as_of_ms / 1000, UTC),
            horizon_ms * MILLISECOND,
        )
        for entity_id, as_of_ms, horizon_ms in rows
    }
