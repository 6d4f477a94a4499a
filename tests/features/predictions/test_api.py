"""Predictions through the API: typed, in one call, with reasons, and refusals in words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.predictions.service import PredictionService
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.ids import new_id
from navswap.ml.catalog import CATALOG
from navswap.ml.evaluation.judging import judge
from navswap.ml.history import History
from navswap.ml.history.reading import Known
from navswap.ml.serving import Models
from navswap.ml.spec import Span
from navswap.ml.tables import new_history
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.trainer import Options, train
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.users import a_user
from tests.support.api import Api, running

HOUR_MS = 3_600_000

LOAD = """
query Load($ids: [ID!], $minutes: NonNegativeInt! = 60, $whatIf: LoadFeatures) {
  predictLoad(stationIds: $ids, horizonMinutes: $minutes, whatIf: $whatIf) {
    id model version source asOf horizonMinutes isKnown station { id } swapsP10 swapsP50 swapsP90
    reasons(first: 3) { feature label unit value effect }
  }
}"""


def swaps_until(history: History, station: str, end_ms: int, days: int) -> None:
    """Let a station swap packs for some days: three an hour by day, none by night."""
    for hour in range(days * 24):
        begin = end_ms - (days * 24 - hour) * HOUR_MS
        for number in range(3 if 8 <= (begin // HOUR_MS) % 24 < 20 else 0):
            moment = begin + number * 15 * 60_000
            swap = {"station_id": station, "packs_in": [], "packs_out": [{}], "walk_in": False}
            history.take(Known("swapping.swap.completed", moment, moment), {"swap": swap})


def fill(runtime: Runtime, station: str, days: int = 21) -> History:
    history = runtime.forecaster.history.history
    swaps_until(history, station, epoch_milliseconds(runtime.clock.now()), days)
    return history


def old_history(runtime: Runtime) -> History:
    """Return a history of three weeks that no process holds."""
    history = new_history("Asia/Kolkata")
    swaps_until(history, "S", epoch_milliseconds(runtime.clock.now()), 21)
    return history


def trained(history: History, folder: Path) -> Models:
    """Train the load model on what the history holds, whatever it is worth, and load it."""
    spec = CATALOG["load"]
    first = int(history.tables["swaps"].known_ms().min())
    window = Span(first, history.newest_ms)
    found = train(spec, history, window, Options(trials=0))
    verdict = judge(found, history)
    object.__setattr__(verdict, "reasons", ())
    write_trained(found, verdict, folder / "load", window=window, source="made up", seed=1)
    return Models.load(folder)


@asynccontextmanager
async def serving(runtime: Runtime, role: Role = Role.ANALYST) -> AsyncIterator[Api]:
    """Serve the app once its forecaster has read the past, so that what a test adds to the history stays."""
    user = await a_user(role)
    token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        await runtime.forecaster.history.ready.wait()
        yield api


async def test_a_station_is_forecast_with_a_band_its_source_and_its_reasons(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        models = trained(fill(runtime, station.id), tmp_path)
        monkeypatch.setattr(runtime.forecaster, "_models", models)
        ids = [node("Station", station.id), node("Station", "nowhere")]
        busy, unknown = await api.ask(LOAD, ids=ids)
    assert busy["station"] == {"id": ids[0]}
    assert (busy["model"], busy["source"], busy["isKnown"]) == ("load", "MODEL", True)
    assert busy["version"] == models["load"].version
    assert 0 <= busy["swapsP10"] <= busy["swapsP50"] <= busy["swapsP90"] <= 4
    assert [len(busy["reasons"]), len({reason["feature"] for reason in busy["reasons"]})] == [3, 3]
    assert (unknown["station"], unknown["isKnown"]) == (None, False)


async def test_reasons_of_a_list_are_found_together_and_are_those_of_each_alone(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stations = [(await a_station(runtime)).id for _ in range(3)]
    document = """query ($ids: [ID!], $first: Int! = 2, $more: Boolean!) {
      predictLoad(stationIds: $ids) {
        reasons(first: $first) { feature label unit value effect }
        ... on Prediction { usual: reasons { feature value effect } }
        left: reasons(first: 7) @include(if: $more) { feature }
      }
    }"""
    async with serving(runtime) as api:
        history = runtime.forecaster.history.history
        for days, station in enumerate(stations, start=19):
            swaps_until(history, station, epoch_milliseconds(runtime.clock.now()), days)
        monkeypatch.setattr(runtime.forecaster, "_models", trained(history, tmp_path))
        ids = [node("Station", station) for station in stations]
        together = await api.ask(document, ids=ids, more=False)
        alone = [(await api.ask(document, ids=[each], more=False))[0] for each in ids]
        asked: list[int] = []
        explain = PredictionService.explain

        async def counted(self: PredictionService, rows: Any, most: int) -> Any:
            asked.append(len(rows))
            return await explain(self, rows, most)

        monkeypatch.setattr(PredictionService, "explain", counted)
        again = await api.ask(document, ids=ids, more=False)
    assert together == alone == again
    assert [len(each["reasons"]) for each in together] == [2, 2, 2]
    assert [len(each["usual"]) for each in together] == [5, 5, 5]
    assert asked == [3, 3]


async def test_before_a_model_is_trained_the_baseline_answers_and_says_so(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        fill(runtime, station.id)
        monkeypatch.setattr(runtime.forecaster, "_models", Models.load(None))
        (found,) = await api.ask(LOAD, ids=[node("Station", station.id)])
    assert (found["source"], found["version"], found["reasons"]) == ("BASELINE", "none", [])
    assert found["swapsP50"] is not None


async def test_a_network_younger_than_a_week_is_forecast_by_baselines(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await a_station(runtime)
    models = trained(old_history(runtime), tmp_path)
    async with serving(runtime) as api:
        fill(runtime, station.id, days=6)
        monkeypatch.setattr(runtime.forecaster, "_models", models)
        (young,) = await api.ask(LOAD, ids=[node("Station", station.id)])
        fill(runtime, station.id, days=8)
        (old,) = await api.ask(LOAD, ids=[node("Station", station.id)])
    assert (young["source"], old["source"]) == ("BASELINE", "MODEL")


async def test_all_known_stations_are_forecast_where_none_is_named(runtime: Runtime) -> None:
    stations = [await a_station(runtime) for _ in range(3)]
    async with serving(runtime) as api:
        for station in stations:
            fill(runtime, station.id, days=1)
        found = await api.ask(LOAD)
    assert {each["station"]["id"] for each in found} >= {node("Station", station.id) for station in stations}


async def test_a_station_and_the_root_field_say_the_same(runtime: Runtime) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        fill(runtime, station.id)
        identifier = node("Station", station.id)
        (root,) = await api.ask(LOAD, ids=[identifier])
        joined = await api.ask(
            "query($id: ID!) { node(id: $id) { ... on Station { load(horizonMinutes: 60) { swapsP10 swapsP50 swapsP90 } } } }",
            id=identifier,
        )
    assert joined["load"] == {name: root[name] for name in ("swapsP10", "swapsP50", "swapsP90")}


async def test_what_if_values_are_the_reasons_that_are_given(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = await a_station(runtime)
    async with serving(runtime) as api:
        monkeypatch.setattr(runtime.forecaster, "_models", trained(fill(runtime, station.id), tmp_path))
        document = LOAD.replace("first: 3", "first: 20")
        (found,) = await api.ask(document, ids=[node("Station", station.id)], whatIf={"swaps1h": 12.5})
    assert {"swaps_1h": 12.5}.items() <= {each["feature"]: each["value"] for each in found["reasons"]}.items()


@pytest.mark.parametrize(
    ("variables", "field", "message"),
    [
        ({"minutes": 45}, "horizonMinutes", "15, 30, 60, 120 minutes ahead, not 45"),
        ({"ids": ["nonsense"]}, "stationIds[0]", "no id that the API handed out"),
        ({"ids": ["UGFjazox"]}, "stationIds[0]", "a Station is needed"),
        ({"whatIf": {"minuteOfDay": 5000}}, "whatIf.minuteOfDay", "between 0 and 1440"),
    ],
)
async def test_bad_questions_are_refused_by_field(
    runtime: Runtime, variables: dict[str, Any], field: str, message: str
) -> None:
    async with serving(runtime) as api:
        body = await api.post(LOAD, **variables)
    [error] = body["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["field"] == field
    assert message in error["message"]


async def test_riders_do_not_ask_the_models(runtime: Runtime) -> None:
    async with serving(runtime, Role.CONSUMER) as api:
        assert await api.refused(LOAD) == "NOT_ALLOWED"
