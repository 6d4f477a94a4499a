"""Asks the models for clients: many entities in one call, with reasons where they are wanted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from navswap.features.predictions.domain.values import Prediction
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source, prediction_id
from navswap.ml.catalog import find_model
from navswap.ml.forecaster import Forecaster, Question
from navswap.ml.history import BadQuestionError
from navswap.ml.serving import Contribution, Forecast, Model
from navswap.ml.spec import ModelSpec

MOST_PREDICTIONS: Final = 2_500
_FEW_EXPLAINED: Final = 8
"""More rows are explained in a thread: each takes a millisecond or so, a hundred times a forecast."""
_LEVELS: Final = "/"


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A prediction of an answer, and what is needed to explain it; each is a key of its own."""

    answer: "Predictions"
    row: int

    @property
    def prediction(self) -> Prediction:
        """Return it as a value of its own."""
        return self.answer.prediction(self.row)

    @property
    def id(self) -> str:
        """Return the id of the prediction."""
        return self.answer.id_of(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """The predictions of one call of a model, in the order of `ids`: what all share stands once, numbers are columns."""

    ids: Sequence[str]
    forecast: Forecast
    as_of: datetime
    horizon: timedelta
    reasons: dict[int, list[list[Any]]] = field(default_factory=dict)
    """By how many at most are given: those of all rows as clients see them, where they were found together."""

    def __len__(self) -> int:
        return len(self.ids)

    def id_of(self, row: int) -> str:
        """Return the id of the prediction of a row, numbered from 0."""
        forecast = self.forecast
        return prediction_id(
            forecast.spec.name, forecast.version, forecast.source, self.ids[row], self.as_of, self.horizon
        )

    def prediction(self, row: int) -> Prediction:
        """Return the prediction of a row, numbered from 0."""
        forecast = self.forecast
        return Prediction(
            model=forecast.spec.name,
            version=forecast.version,
            source=forecast.source,
            entity_id=self.ids[row],
            as_of=self.as_of,
            horizon=self.horizon,
            values={output: float(values[row]) for output, values in forecast.outputs.items()},
            is_known=bool(forecast.is_covered[row]),
            reason=forecast.reason,
        )


class PredictionService:
    """Forecasts of all models as of now."""

    def __init__(self, forecaster: Forecaster, clock: Clock) -> None:
        self._forecaster = forecaster
        self._clock = clock

    def model(self, name: str) -> Model:
        """Return a model as it is served; raises UnknownModelError."""
        return self._forecaster.model(name)

    def source_of(self, name: str) -> Source:
        """Return whether a model or its baseline would answer now; raises UnknownModelError."""
        return Source.MODEL if self._forecaster.is_served(name) else Source.BASELINE

    async def predict(
        self,
        name: str,
        ids: Sequence[str],
        horizon: timedelta,
        what_if: Mapping[str, float] | None = None,
    ) -> Predictions:
        """Forecast some entities in one call, in the order of their ids.

        `what_if` takes the place of features, for all of them. Raises InvalidInputError.
        """
        spec = find_model(name)
        if len(ids) > MOST_PREDICTIONS:
            raise InvalidInputError(
                "ids", f"At most {MOST_PREDICTIONS:,} are forecast at once, not {len(ids):,}."
            )
        check_horizon(spec, horizon)
        now = self._clock.now()
        repeated = {feature: [value] * len(ids) for feature, value in (what_if or {}).items()}
        try:
            forecast = await self._forecaster.ask(Question(name, ids, horizon, repeated), now)
        except BadQuestionError as error:
            raise InvalidInputError("what_if", error.message) from None
        return Predictions(ids, forecast, now, horizon)

    def ids_below(self, name: str, parents: Sequence[str]) -> list[str]:
        """Return the entities of a model that belong to some others, such as the slots of stations, as far as known."""
        wanted = set(parents)
        known = self._forecaster.history.history.entities(find_model(name).key).ids
        return [entity_id for entity_id in known if entity_id.rpartition(_LEVELS)[0] in wanted]

    def ids_known(self, name: str) -> list[str]:
        """Return all entities of a model that something is known of, up to MOST_PREDICTIONS."""
        return list(self._forecaster.history.history.entities(find_model(name).key).ids[:MOST_PREDICTIONS])

    async def explain(self, asked: Sequence[Asked], most: int) -> list[list[Contribution]]:
        """Return the strongest contributions to each prediction; none where a baseline answered."""
        reasons: list[list[Contribution]] = [[] for _ in asked]
        together: dict[int, list[int]] = {}
        for place, each in enumerate(asked):
            together.setdefault(id(each.answer), []).append(place)
        for places in together.values():
            forecast = asked[places[0]].answer.forecast
            model = self._forecaster.model(forecast.spec.name)
            if forecast.source is not Source.MODEL:
                continue
            features = forecast.features[[asked[place].row for place in places]]
            explained = (
                model.explain(features, most=most)
                if len(places) <= _FEW_EXPLAINED
                else await asyncio.to_thread(model.explain, features, most=most)
            )
            for place, found in zip(places, explained, strict=True):
                reasons[place] = found
        return reasons


def check_horizon(spec: ModelSpec, horizon: timedelta) -> None:
    """Raise InvalidInputError for a horizon that the model does not look ahead to."""
    if spec.horizons and horizon not in spec.horizons:
        known = ", ".join(str(each // timedelta(minutes=1)) for each in spec.horizons)
        minutes = horizon // timedelta(minutes=1)
        raise InvalidInputError(
            "horizon_minutes", f"{spec.title} is forecast for {known} minutes ahead, not {minutes}."
        )
