"""Asks the models of a process about now: the one door by which decisions and the schema reach a forecast."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import structlog

from navswap.events.hub import Hub
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.ml.catalog import find_model
from navswap.ml.features import matrix
from navswap.ml.folders import models_dir
from navswap.ml.history import BadQuestionError, Floats, History, Rows
from navswap.ml.live import LiveHistory
from navswap.ml.monitoring.quality import ModelQuality
from navswap.ml.monitoring.scores import with_margins
from navswap.ml.serving import Forecast, Model, Models
from navswap.ml.spec import ModelSpec
from navswap.ml.tables import new_history
from navswap.settings import Settings

log = structlog.get_logger(__name__)

MOST_ROWS: Final = 10_000
"""Rows of one question."""
LEAST_DAYS: Final = 7.0
"""Of history, before a model answers."""
_LONG_ROWS: Final = 200
"""Above so many rows the trees are asked in a thread."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a model, for some entities at once.

    `ids` are of the model's key; `what_if` are values in the place of computed features, by name, a value a row.
    """

    model: str
    ids: Sequence[str]
    horizon: timedelta = timedelta(0)
    what_if: Mapping[str, Sequence[float]] = field(default_factory=dict)


class Forecaster:
    """The models and the history of a process; before both are there, baselines answer on nothing but the question."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._folder: Path = models_dir(settings)
        self._live = LiveHistory(settings, clock, partial(new_history, settings.time_zone))
        self._models: Models | None = None
        self._qualities: Mapping[str, ModelQuality] = {}
        self.least_days = LEAST_DAYS

    async def run(self, hub: Hub | None = None) -> None:
        """Load the models unless they are loaded, then keep the history up to date until cancelled.

        It follows the hub of a process that runs one, and reads Kafka itself without. Raises BadArtefactError.
        """
        if self._models is None:
            self._models = await asyncio.to_thread(Models.load, self._folder)
        served = [model.spec.name for model in self._models.all() if model.serves_model]
        log.info("models_loaded", serving=served, folder=str(self._folder))
        await self._live.run(hub)

    def serve(self, models: Models, history: History) -> None:
        """Answer from models and a history that are at hand, however short it is: for a bench, which has no Kafka to follow."""
        self._models, self._live.history, self.least_days = models, history, 0.0
        self._live.ready.set()

    @property
    def is_ready(self) -> bool:
        """Return whether models are loaded, what was known before has been read, and it reaches back a week.

        A younger network is the baselines' and priors': what a model has learnt from weeks says nothing of it.
        """
        is_loaded = self._models is not None and self._live.ready.is_set()
        return is_loaded and self._live.days_known() >= self.least_days

    @property
    def history(self) -> LiveHistory:
        """Return the history that forecasts are made on."""
        return self._live

    def model(self, name: str) -> Model:
        """Return a model as it is served; raises UnknownModelError."""
        return Model(find_model(name)) if self._models is None else self._models[find_model(name).name]

    @property
    def models(self) -> list[Model]:
        """Return all models in the order of the catalogue; none before they are loaded."""
        return [] if self._models is None else self._models.all()

    def follow(self, qualities: Iterable[ModelQuality]) -> None:
        """Let bands and abstentions be those of some qualities from now on; one of another version says nothing."""
        self._qualities = {quality.id: quality for quality in qualities}

    def quality(self, name: str) -> ModelQuality | None:
        """Return what is known of the outcomes of a model as it is loaded; None where nothing is. Raises UnknownModelError."""
        model, found = self.model(name), self._qualities.get(name)
        return found if found is not None and found.version == model.version else None

    def is_served(self, name: str) -> bool:
        """Return whether a model, and not its baseline, would answer now."""
        return not self.why_baseline(name)

    def why_baseline(self, name: str) -> str:
        """Return why the baseline of a model would answer now; empty where the model would. Raises UnknownModelError."""
        model, quality = self.model(name), self.quality(name)
        if model.reason:
            return model.reason
        if not self.is_ready:
            return f"less than {self.least_days:g} days of history are known"
        if quality is not None and quality.source is Source.BASELINE:
            return f"the model abstains: {quality.reason}"
        return ""

    async def ask(self, question: Question, as_of: datetime | None = None) -> Forecast:
        """Forecast all entities of a question as of now, or of an earlier moment, in one call.

        Raises UnknownModelError, BadQuestionError.
        """
        model, history = self.model(question.model), self._live.history
        rows = self._rows(model.spec, question, as_of or self._clock.now())
        what_if = {name: _array(values) for name, values in question.what_if.items()}
        check_what_if(model.spec, what_if)
        return await self._forecast(model, history, rows, what_if)

    async def ask_rows(self, name: str, make: Callable[[History], Rows]) -> Forecast:
        """Forecast rows that the question itself says something of, made for the history of now.

        Raises UnknownModelError.
        """
        history = self._live.history
        return await self._forecast(self.model(name), history, make(history), {})

    async def _forecast(
        self, model: Model, history: History, rows: Rows, what_if: Mapping[str, Floats]
    ) -> Forecast:
        reason, quality = self.why_baseline(model.spec.name), self.quality(model.spec.name)
        if reason or len(rows) <= _LONG_ROWS:
            found = model.forecast(history, rows, what_if, abstains=bool(reason))
        else:
            features = matrix(model.spec, history, rows, what_if)  # the history is the event loop's own
            own = await asyncio.to_thread(model.outputs_of, features, rows)
            found = model.as_forecast(
                Source.MODEL, features, rows, model.with_baseline_heads(own, history, rows)
            )
        margins = () if quality is None else quality.margins
        if not (margins or reason):
            return found
        return replace(found, reason=reason, outputs=with_margins(model.spec, found, margins))

    def _rows(self, spec: ModelSpec, question: Question, as_of: datetime) -> Rows:
        if spec.horizons and question.horizon not in spec.horizons:
            known = ", ".join(f"{horizon // timedelta(minutes=1)}" for horizon in spec.horizons)
            raise BadQuestionError(f"{spec.name} looks {known} minutes ahead, not {question.horizon}.")
        if len(question.ids) > MOST_ROWS:
            raise BadQuestionError(
                f"At most {MOST_ROWS:,} rows are forecast at once, not {len(question.ids):,}."
            )
        return spec.ask_of(self._live.history, question.ids, epoch_milliseconds(as_of), question.horizon)


def check_what_if(spec: ModelSpec, what_if: Mapping[str, Floats]) -> None:
    """Raise BadQuestionError for a feature that the model has not, or a value out of its bounds."""
    features = {feature.name: feature for feature in spec.features}
    for name, values in what_if.items():
        if name not in features:
            raise BadQuestionError(f"{spec.name} has no feature {name!r}; it has {', '.join(features)}.")
        feature = features[name]
        outside = values[~((values >= feature.lowest) & (values <= feature.highest))]
        if len(outside):
            raise BadQuestionError(
                f"{name} is {outside[0]:g}; {feature.label} lies between {feature.lowest:g} and {feature.highest:g}."
            )


def _array(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=np.float64)
