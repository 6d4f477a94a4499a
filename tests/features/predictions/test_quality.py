"""Predictions are kept with what came of them, once, and a model that was wrong abstains where it is asked."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from navswap.auth.roles import Role
from navswap.features.predictions.service import PredictionsServices, QualityService
from navswap.features.predictions.storage import ForecastBatches, ModelQualities
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.kit.lifecycle import Transition
from navswap.ml.answers import answers_of
from navswap.ml.catalog import CATALOG
from navswap.ml.forecaster import Question
from navswap.ml.monitoring.batches import ForecastBatch
from navswap.ml.monitoring.quality import ModelQuality, ServingState, restarted
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.models import a_known_swap, serve_model, to_the_hour
from tests.factories.network import a_station
from tests.factories.users import a_user
from tests.support.api import Api, running
from tests.support.command import navswap
from tests.support.profiling import profiled, scans

BAND = {"swaps_p10": 0.5, "swaps_p50": 1.0, "swaps_p90": 1.5}
HORIZONS = 4

QUALITY = """
query Quality($models: [String!], $days: Int! = 1) {
  modelQuality(models: $models, days: $days) {
    model title version source state reason since outcomes windowOutcomes windowBeginsAt windowEndsAt measure error
    baselineError lossRatio coverage promisedCoverage modelCoverage driftAt margins { source horizonMinutes low high }
  }
}"""


def quality_of(runtime: Runtime) -> QualityService:
    return PredictionsServices.of(runtime).quality


async def a_forecast_station(runtime: Runtime, clock: ManualClock) -> str:
    """Return a station of which a model of load that serves knows something, at a full hour."""
    station = await a_station(runtime)
    await serve_model(runtime, "load", BAND)
    to_the_hour(clock)
    a_known_swap(runtime, station.id)
    return station.id


async def settled_hour(runtime: Runtime, clock: ManualClock, station: str) -> int:
    """Keep the predictions of an hour and let what they were about pass; return how many outcomes were new."""
    await quality_of(runtime).record_hour()
    clock.advance(timedelta(minutes=130))
    a_known_swap(runtime, station)
    outcomes = await quality_of(runtime).settle_due()
    clock.advance(timedelta(minutes=50))
    return outcomes


async def test_the_predictions_of_an_hour_are_kept_once_by_whoever_comes_first(
    runtime: Runtime, clock: ManualClock
) -> None:
    await a_forecast_station(runtime, clock)
    kept = await asyncio.gather(*(quality_of(runtime).record_hour() for _ in range(3)))
    assert sum(kept) == 1
    [batch] = await ForecastBatches.list_where({})
    assert (batch.model, batch.version, len(batch.forecasts)) == ("load", "test-1", HORIZONS)
    assert {each.own for each in batch.forecasts} == {(0.5, 1.0, 1.5)}


async def test_an_hour_that_was_missed_is_not_predicted_afterwards(
    runtime: Runtime, clock: ManualClock
) -> None:
    await a_forecast_station(runtime, clock)
    clock.advance(timedelta(minutes=11))
    assert await quality_of(runtime).record_hour() == 0


async def test_two_workers_count_an_outcome_once(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_forecast_station(runtime, clock)
    await quality_of(runtime).record_hour()
    assert await quality_of(runtime).settle_due() == 0
    clock.advance(timedelta(minutes=130))
    a_known_swap(runtime, station)
    found = await asyncio.gather(*(quality_of(runtime).settle_due() for _ in range(3)))
    assert sum(found) == HORIZONS
    assert await quality_of(runtime).settle_due() == 0
    [quality] = await quality_of(runtime).list(["load"])
    assert quality.outcomes == HORIZONS
    [batch] = await ForecastBatches.list_where({})
    assert batch.due_at is None
    assert {each.came for each in batch.forecasts} == {0.0}


async def test_an_outcome_is_waited_for_until_it_is_known(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_forecast_station(runtime, clock)
    await quality_of(runtime).record_hour()
    clock.advance(timedelta(minutes=40))
    a_known_swap(runtime, station)
    assert await quality_of(runtime).settle_due() == 2  # of 15 and 30 minutes
    clock.advance(timedelta(minutes=90))
    a_known_swap(runtime, station)
    assert await quality_of(runtime).settle_due() == 2
    [quality] = await quality_of(runtime).list(["load"])
    assert [hour.outcomes for hour in quality.hours] == [HORIZONS]


async def test_the_quality_is_shown_with_error_coverage_and_margins(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_forecast_station(runtime, clock)
    assert await settled_hour(runtime, clock, station) == HORIZONS
    user = await a_user(Role.ANALYST)
    token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        [found] = await api.ask(QUALITY, models=["load"])
        everything = await api.ask(QUALITY)
        refused = await api.post(QUALITY, models=["nonsense"])
        too_long = await api.post(QUALITY, days=22)
    assert (found["model"], found["version"], found["state"]) == ("load", "test-1", "LEARNING")
    assert (found["outcomes"], found["windowOutcomes"]) == (HORIZONS, HORIZONS)
    assert (found["measure"], found["error"]) == ("swaps per 15 min", 1.0)
    assert (found["coverage"], found["modelCoverage"]) == (0.0, 0.0)
    assert found["promisedCoverage"] == pytest.approx(0.8)
    own = [each for each in found["margins"] if each["source"] == "MODEL"]
    assert [each["horizonMinutes"] for each in own] == [15, 30, 60, 120]
    assert all(each["low"] > 0 > each["high"] for each in own)
    assert len(everything) == 13
    assert refused["errors"][0]["extensions"]["field"] == "models"
    assert too_long["errors"][0]["extensions"]["field"] == "days"


async def test_a_model_that_abstains_answers_nowhere_and_its_baseline_says_why(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_forecast_station(runtime, clock)
    question = Question("load", [station], timedelta(minutes=60))
    assert (await answers_of(runtime.forecaster, question, clock.now())).ids == [station]
    await abstain(runtime)
    assert (await answers_of(runtime.forecaster, question, clock.now())).ids == ()
    assert runtime.forecaster.is_served("load") is False
    found = await predict(runtime, station)
    assert (found["source"], found["swapsP50"]) == ("BASELINE", 0.0)
    assert "its bands held 50 %" in found["baselineReason"]


async def test_a_new_version_is_not_judged_by_the_old_ones_outcomes(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_forecast_station(runtime, clock)
    await abstain(runtime, version="test-0")
    assert runtime.forecaster.is_served("load") is True
    assert await settled_hour(runtime, clock, station) == HORIZONS
    [quality] = await quality_of(runtime).list(["load"])
    assert (quality.version, quality.state) == ("test-1", ServingState.LEARNING)


async def test_what_a_version_forecast_that_is_gone_is_given_up(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_forecast_station(runtime, clock)
    await quality_of(runtime).record_hour()
    [made] = await ForecastBatches.list_where({})

    async def by_another_version(session: Any) -> ForecastBatch:
        older = replace(made, version="test-0", revision=made.revision + 1)
        return await ForecastBatches.apply(Transition(made, older), session)

    await runtime.mongo.in_transaction(by_another_version)
    clock.advance(timedelta(minutes=130))
    a_known_swap(runtime, station)
    assert await quality_of(runtime).settle_due() == 0
    [batch] = await ForecastBatches.list_where({})
    assert (batch.due_at, {each.came for each in batch.forecasts}) == (None, {None})
    [quality] = await quality_of(runtime).list(["load"])
    assert quality.outcomes == 0


async def test_answers_have_the_adapted_band(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_forecast_station(runtime, clock)
    for _ in range(3):
        await settled_hour(runtime, clock, station)
    await quality_of(runtime).refresh()
    found = await predict(runtime, station)
    assert (found["source"], found["baselineReason"], found["swapsP50"]) == ("MODEL", None, 1.0)
    assert found["swapsP10"] < 0.5
    assert found["swapsP90"] < 1.5


async def abstain(runtime: Runtime, version: str = "test-1") -> None:
    """Let the model of load have been wrong, and this process know of it."""
    new = ModelQuality.new("load", version, 0.8, runtime.clock.now(), serves_model=True)
    await ModelQualities.insert_missing([new])
    broken = ModelQuality(
        "load", version, True, 0.8, ServingState.ABSTAINING, "its bands held 50 %", new.since, new.first_at
    )  # fmt: skip

    async def work(session: Any) -> ModelQuality:
        stored = await ModelQualities.find("load", session)
        assert stored is not None
        return await ModelQualities.apply(Transition(stored, restarted(stored, broken)), session)

    await runtime.mongo.in_transaction(work)
    await quality_of(runtime).refresh()


async def predict(runtime: Runtime, station: str) -> dict[str, Any]:
    user = await a_user(Role.ANALYST)
    token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
    history = runtime.forecaster.history.history
    async with running(runtime) as address, Api(address, token) as api:
        await runtime.forecaster.history.ready.wait()
        runtime.forecaster.history.history = history
        [found] = await api.ask(
            "query($ids: [ID!]) { predictLoad(stationIds: $ids, horizonMinutes: 60) "
            "{ source baselineReason swapsP10 swapsP50 swapsP90 } }",
            ids=[node("Station", station)],
        )
    return dict(found)


async def test_what_is_due_is_found_through_an_index_and_the_metrics_say_what_bands_held(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_forecast_station(runtime, clock)
    await quality_of(runtime).record_hour()
    clock.advance(timedelta(minutes=130))
    a_known_swap(runtime, station)
    async with profiled(runtime) as operations:
        assert await quality_of(runtime).settle_due() == HORIZONS
        await quality_of(runtime).refresh()
    assert scans(operations) == set()
    values = {
        name: REGISTRY.get_sample_value(f"navswap_model_{name}", {"model": "load"})
        for name in ("coverage", "coverage_promised", "abstains")
    }
    assert values == {"coverage": 0.0, "coverage_promised": pytest.approx(0.8), "abstains": 0.0}


async def test_the_command_line_shows_what_came_of_forecasts(runtime: Runtime, clock: ManualClock) -> None:
    await a_forecast_station(runtime, clock)
    await abstain(runtime)
    done = await asyncio.to_thread(navswap, runtime.settings, "models", "list", "--live", "--json")
    assert done.stderr == ""
    found = {model["model"]: model for model in json.loads(done.stdout)}
    assert (found["load"]["state"], found["load"]["reason"]) == ("ABSTAINING", "its bands held 50 %")
    assert (found["traffic"]["state"], found["traffic"]["outcomes"]) == (None, 0)


PAST = """
query Past($model: String!, $hours: Int! = 24, $horizon: NonNegativeInt, $station: ID) {
  predictionHistory(model: $model, hours: $hours, horizonMinutes: $horizon, stationId: $station) {
    model title unit horizonMinutes
    hours { forecastAt targetAt source version forecasts outcomes predicted low high baseline came }
  }
}"""


async def test_what_was_forecast_stands_beside_what_came_hour_by_hour(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_forecast_station(runtime, clock)
    first = clock.now()
    await settled_hour(runtime, clock, station)
    to_the_hour(clock)
    second = clock.now()
    await quality_of(runtime).record_hour()
    async with running(runtime) as address, await an_analyst(runtime, address) as api:
        past = await api.ask(PAST, model="load", horizon=60)
        of_station = await api.ask(PAST, model="load", horizon=60, station=node("Station", station))
        of_another = await api.ask(PAST, model="load", station=node("Station", new_id()))
        newest = await api.ask(PAST, model="load", hours=1)
    assert (past["unit"], past["horizonMinutes"], past["title"]) == (
        "swaps per 15 min",
        60,
        CATALOG["load"].title,
    )
    known, waiting = past["hours"]
    assert datetime.fromisoformat(known["forecastAt"]) == first
    assert datetime.fromisoformat(known["targetAt"]) == first + timedelta(minutes=60)
    assert (known["source"], known["version"]) == ("MODEL", "test-1")
    assert (known["forecasts"], known["outcomes"], known["came"]) == (1, 1, 0.0)
    assert (known["predicted"], known["low"], known["high"]) == (1.0, 0.5, 1.5)
    assert datetime.fromisoformat(waiting["forecastAt"]) == second
    assert (waiting["outcomes"], waiting["came"]) == (0, None)
    assert waiting["low"] < 0.5, "as it was given out, with the margin of the hour"
    assert of_station == past
    assert (of_another["hours"], of_another["horizonMinutes"]) == ([], 15)
    assert [hour["forecastAt"] for hour in newest["hours"]] == [waiting["forecastAt"]]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"model": "nonsense"}, "model"),
        ({"model": "action"}, "model"),
        ({"model": "load", "hours": 73}, "hours"),
        ({"model": "load", "horizon": 61}, "horizonMinutes"),
        ({"model": "traffic", "station": node("Station", "x")}, "stationId"),
    ],
)
async def test_a_past_that_there_is_not_is_refused(
    runtime: Runtime, asked: dict[str, Any], field: str
) -> None:
    async with running(runtime) as address, await an_analyst(runtime, address) as api:
        answer = await api.post(PAST, **asked)
    assert answer["errors"][0]["extensions"]["field"] == field


async def an_analyst(runtime: Runtime, address: str) -> Api:
    user = await a_user(Role.ANALYST)
    return Api(address, runtime.access_tokens.issue(user.id, user.role, new_id())[0])
