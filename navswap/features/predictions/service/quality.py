"""Keeps what models forecast each hour, compares it with what comes, and lets a model abstain whose bands do not hold."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge

from navswap.features.predictions.service.predictions import check_horizon
from navswap.features.predictions.storage import ForecastBatches, ModelQualities
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source
from navswap.kit.lifecycle import Transition, unchanged
from navswap.ml.catalog import CATALOG
from navswap.ml.forecaster import Forecaster
from navswap.ml.monitoring.batches import (
    ForecastBatch,
    batch_id,
    forecast_batch,
    given_up,
    nominal_share,
    outcomes_of,
    settle,
)
from navswap.ml.monitoring.parameters import MonitoringParameters
from navswap.ml.monitoring.past import PastHour, has_past, past_hour
from navswap.ml.monitoring.quality import ModelQuality, ServingState, learn, restarted
from navswap.ml.serving import Model
from navswap.ml.spec import ModelSpec

log = structlog.get_logger(__name__)

IN_TIME: Final = timedelta(minutes=10)
"""So long after the full hour its predictions are made at the latest: nothing is predicted that may have come already."""
LOOK_AGAIN: Final = timedelta(minutes=15)
MOST_PAST_HOURS: Final = 72

COVERAGE = Gauge(
    "navswap_model_coverage",
    "Share of outcomes of the last day inside the bands that were given out, 0 to 1",
    ["model"],
    multiprocess_mode="mostrecent",
)
PROMISED = Gauge(
    "navswap_model_coverage_promised",
    "The share that those bands said they would hold, 0 to 1",
    ["model"],
    multiprocess_mode="mostrecent",
)
ABSTAINS = Gauge(
    "navswap_model_abstains",
    "1 while the baseline answers because the outcomes of a model are not as it says, else 0",
    ["model"],
    multiprocess_mode="mostrecent",
)


@dataclass(frozen=True, slots=True)
class PastForecasts:
    """What a model forecast in past hours, the oldest first, of one horizon (minutes; 0 for a model without)."""

    spec: ModelSpec
    horizon_minutes: int
    hours: Sequence[PastHour]


class QualityService:
    """The quality of all models by the outcomes of their predictions."""

    def __init__(
        self, mongo: Mongo, clock: Clock, forecaster: Forecaster, parameters: MonitoringParameters
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._forecaster = forecaster
        self._parameters = parameters

    async def list(self, names: Sequence[str]) -> list[ModelQuality]:
        """Return what is known of some models, in their order; of one without outcomes that it has none."""
        now = self._clock.now()
        stored = await ModelQualities.find_by_ids(names)
        models = [self._forecaster.model(name) for name in names]
        return [_of_version(model, stored.get(model.spec.name), now).after for model in models]

    async def list_stored(self) -> dict[str, ModelQuality]:
        """Return what workers know of the outcomes of all models, by name; one without any is left out."""
        return await ModelQualities.find_by_ids(list(CATALOG))

    async def past(
        self, name: str, hours: int, horizon_minutes: int | None, station_id: str | None
    ) -> PastForecasts:
        """Return what a model forecast in the newest hours beside what came, of a station or of all; raises InvalidInputError."""
        spec = CATALOG.get(name)
        if spec is None or not has_past(spec):
            usable = ", ".join(each for each, known in CATALOG.items() if has_past(known))
            raise InvalidInputError("model", f"{name!r} is not one of {usable}.")
        if not 1 <= hours <= MOST_PAST_HOURS:
            raise InvalidInputError("hours", f"Between 1 and {MOST_PAST_HOURS} hours are shown, not {hours}.")
        if station_id is not None and spec.key != "station":
            raise InvalidInputError("station_id", f"{spec.title} is not forecast by station.")
        horizon = (
            timedelta(minutes=horizon_minutes)
            if horizon_minutes is not None
            else min(spec.horizons, default=timedelta())
        )
        check_horizon(spec, horizon)
        minutes = horizon // timedelta(minutes=1)
        newest = self._clock.now().replace(minute=0, second=0, microsecond=0)
        ids = [batch_id(name, newest - timedelta(hours=back)) for back in range(hours)]
        batches = await ForecastBatches.list_of(ids, minutes, station_id)
        found = (past_hour(spec, batch) for batch in batches)
        return PastForecasts(spec, minutes, [hour for hour in found if hour is not None])

    async def record_hour(self) -> int:
        """Keep the predictions of the full hour, once of each trained model; return how many models there were."""
        now = self._clock.now()
        at = now.replace(minute=0, second=0, microsecond=0)
        trained = [model for model in self._forecaster.models if model.manifest is not None]
        if not self._forecaster.is_ready or now - at > IN_TIME:
            return 0
        present = await ForecastBatches.list_present([batch_id(model.spec.name, at) for model in trained])
        batches = []
        for model in trained:
            if batch_id(model.spec.name, at) not in present:
                batches.append(await self._forecast(model, at))
                await asyncio.sleep(0)  # other work of the process goes on between two models
        return await ForecastBatches.insert_missing(batches)

    async def settle_due(self) -> int:
        """Compare what is due with what came; return how many outcomes were new."""
        if not self._forecaster.is_ready:
            return 0
        due = await ForecastBatches.list_due(self._clock.now(), list(CATALOG))
        return sum([await self._settle(batch) for batch in due])

    async def refresh(self) -> None:
        """Let this process serve as the qualities say."""
        found = await self.list_stored()
        self._forecaster.follow(found.values())
        for quality in found.values():
            window = quality.window(self._parameters.loses_within)
            ABSTAINS.labels(quality.id).set(quality.state is ServingState.ABSTAINING)
            if window.coverage_in_force is not None and window.promised_in_force is not None:
                COVERAGE.labels(quality.id).set(window.coverage_in_force)
                PROMISED.labels(quality.id).set(window.promised_in_force)

    async def _forecast(self, model: Model, at: datetime) -> ForecastBatch:
        quality = await self._current(model, at)
        return forecast_batch(model, quality, self._forecaster.history.history, at)

    async def _current(self, model: Model, at: datetime) -> ModelQuality:
        """Return the quality of a model as it is loaded; that of a version that is new is stored."""
        name = model.spec.name
        if await ModelQualities.find(name) is None:
            await ModelQualities.insert_missing([_new(model, at)])

        async def renew(session: Session) -> ModelQuality:
            stored = await ModelQualities.find(name, session)
            return await ModelQualities.apply(_of_version(model, stored, at), session)

        return await self._mongo.in_transaction(renew)

    async def _settle(self, due: ForecastBatch) -> int:
        """Store outcomes and the quality after them in one transaction, so that each outcome counts once."""
        model, history, now = (
            self._forecaster.model(due.model),
            self._forecaster.history.history,
            self._clock.now(),
        )

        async def work(session: Session) -> tuple[int, ModelQuality | None, ModelQuality | None]:
            batch = await ForecastBatches.find(due.id, session)
            before = await ModelQualities.find(due.model, session)
            if batch is None or batch.due_at is None or batch.due_at > now:
                return 0, None, None  # another worker was first
            if batch.version != model.version:
                await ForecastBatches.apply(Transition(batch, given_up(batch)), session)
                return 0, None, None
            changed, places = settle(model.spec, batch, history, now, LOOK_AGAIN)
            await ForecastBatches.apply(Transition(batch, changed), session)
            if not places or before is None or before.version != batch.version:
                return len(places), None, None
            hour, margins = outcomes_of(model.spec, changed, places, before.margins, self._parameters)
            after = learn(before, hour, margins, now, self._parameters)
            await ModelQualities.apply(Transition(before, after), session)
            return len(places), before, after

        outcomes, before, after = await self._mongo.in_transaction(work)
        if before is not None and after is not None and before.state is not after.state:
            _say(after)
        return outcomes


def _of_version(model: Model, stored: ModelQuality | None, now: datetime) -> Transition[ModelQuality]:
    """Return the quality of a model as it is loaded: of another version than what is stored, nothing is known."""
    if stored is None:
        return Transition(None, _new(model, now))
    if stored.version == model.version:
        return unchanged(stored)
    return Transition(stored, restarted(stored, _new(model, now)))


def _new(model: Model, now: datetime) -> ModelQuality:
    return ModelQuality.new(
        model.spec.name, model.version, nominal_share(model.spec), now, serves_model=model.serves_model
    )


def _say(quality: ModelQuality) -> None:
    speak = log.warning if quality.source is Source.BASELINE else log.info
    speak("model_state", model=quality.id, state=quality.state, reason=quality.reason)
