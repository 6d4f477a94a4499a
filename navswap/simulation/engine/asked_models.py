"""The models of a run: asked about many entities and horizons in one call, from what the run has remembered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Final, TypeVar

import numpy as np

from navswap.kit.clock import epoch_milliseconds
from navswap.ml.answers import Answers, Observed, answered, observed_in
from navswap.ml.forecaster import LEAST_DAYS
from navswap.ml.history import History, Rows
from navswap.ml.serving import Forecast, Models
from navswap.simulation.engine.events import Agenda

Answer = TypeVar("Answer")
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Memory:
    """What a run remembers, and the models that look back on it; younger than `least_days`, no model answers."""

    models: Models
    history: History
    least_days: float = LEAST_DAYS


@dataclass(slots=True)
class Asked:
    """How often a model was called, and how many of the entities that were asked about it or the rule answered for."""

    calls: int = 0
    by_model: int = 0
    by_rule: int = 0


class AskedModels:
    """Asks the models as production does, at minutes of the run; `asked` counts how often, by the name of the model."""

    def __init__(self, memory: Memory, agenda: Agenda) -> None:
        self._memory = memory
        self._agenda = agenda
        self.asked: dict[str, Asked] = {}

    @property
    def calls(self) -> int:
        """Return how often any model was called."""
        return sum(asked.calls for asked in self.asked.values())

    def days_known(self, now: float) -> float:
        """Return how many days ago the oldest fact became known; 0 where there is none."""
        oldest_ms = self._memory.history.oldest_ms
        return 0.0 if oldest_ms is None else (self._milliseconds(now) - oldest_ms) / _DAY_MS

    def is_served(self, name: str, now: float) -> bool:
        """Return whether a model, and not its baseline, answers."""
        return self._memory.models[name].serves_model and self.days_known(now) >= self._memory.least_days

    def answers(
        self, name: str, ids: Sequence[str], horizons: Sequence[timedelta], now: float
    ) -> dict[timedelta, Answers]:
        """Return what a model says of all entities for all horizons, asked in one call; empty where it does not answer."""
        if not ids:
            return {}
        asked = self.asked.setdefault(name, Asked())
        if not self.is_served(name, now):
            asked.by_rule += len(ids) * len(horizons)
            return {}
        model, history, as_of_ms = self._memory.models[name], self._memory.history, self._milliseconds(now)
        parts = [model.spec.ask_of(history, ids, as_of_ms, horizon) for horizon in horizons]
        forecast = model.forecast(history, _joined(parts))
        ends = accumulate(map(len, parts), initial=0)
        found = {
            horizon: answered(_part(forecast, first, end), ids)
            for horizon, (first, end) in zip(horizons, pairwise(ends), strict=True)
        }
        of_model = sum(len(answers.ids) for answers in found.values())
        asked.calls += 1
        asked.by_model += of_model
        asked.by_rule += len(ids) * len(horizons) - of_model
        return found

    def ask_one(
        self,
        name: str,
        rows_of: Callable[[History], Rows],
        read: Callable[[Forecast], Answer | None],
        now: float,
    ) -> Answer | None:
        """Return what is read of a forecast of one row that the question says something of; None where the rule answers."""
        asked = self.asked.setdefault(name, Asked())
        answer = None
        if self.is_served(name, now):
            history = self._memory.history
            asked.calls += 1
            answer = read(self._memory.models[name].forecast(history, rows_of(history)))
        asked.by_model += answer is not None
        asked.by_rule += answer is None
        return answer

    def observed(self, key: str, ids: Sequence[str], now: float) -> Observed:
        """Return what was known of some entities of a key."""
        return observed_in(self._memory.history, key, ids, self._agenda.moment_of(now))

    def moment_of(self, now: float) -> datetime:
        """Return the time of a minute of the run."""
        return self._agenda.moment_of(now)

    def forget(self, now: float) -> None:
        """Drop what production would not remember either."""
        self._memory.history.forget(self._milliseconds(now))

    def _milliseconds(self, now: float) -> int:
        return epoch_milliseconds(self._agenda.moment_of(now))


def _joined(parts: Sequence[Rows]) -> Rows:
    first = parts[0]
    return Rows(
        np.concatenate([part.as_of_ms for part in parts]),
        np.concatenate([part.horizon_ms for part in parts]),
        {key: np.concatenate([part.entities[key] for part in parts]) for key in first.entities},
        {name: np.concatenate([part.given[name] for part in parts]) for name in first.given},
    )


def _part(forecast: Forecast, first: int, end: int) -> Forecast:
    """Return some rows of a forecast, one after the other."""
    chosen = slice(first, end)
    return Forecast(
        forecast.spec,
        forecast.version,
        forecast.source,
        forecast.rows.take(range(first, end)),
        {name: values[chosen] for name, values in forecast.outputs.items()},
        forecast.features[chosen],
        forecast.is_covered[chosen],
    )
