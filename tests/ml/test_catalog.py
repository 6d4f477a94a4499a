"""What holds for every model of the catalogue, on a recorded city: training row = serving row, and no look ahead."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import orjson
import pytest

from navswap.events.archive.reader import read_events
from navswap.ml.catalog import CATALOG
from navswap.ml.features import matrix
from navswap.ml.history import NOWHERE, Floats, History, Rows
from navswap.ml.history.reading import Known
from navswap.ml.serving import Model
from navswap.ml.spec import HeadKind, ModelSpec, Span
from navswap.ml.tables import new_history
from navswap.simulation.offline import OfflineOptions, run_offline

SEEDS = Path(__file__).parents[2] / "seeds"
DAYS = 9
MOMENTS = 4
"""At so many moments the history is cut, and what it then says is compared to what the whole one says."""
every_model = pytest.mark.parametrize("spec", CATALOG.values(), ids=CATALOG.keys())


@dataclass(frozen=True)
class City:
    """A recorded run: its facts in the order in which they became known, and the history that they make."""

    facts: list[tuple[Known, dict[str, object]]]
    whole: History

    def until(self, moment_ms: int) -> History:
        """Return the history as it was known at a moment."""
        history = new_history()
        for fact, payload in self.facts:
            if fact.known_ms > moment_ms:
                break
            history.take(fact, payload)
        return history


def _facts(folder: Path) -> Iterator[tuple[Known, dict[str, object]]]:
    history = new_history()
    for topic in history.topics:
        frame = read_events(folder, topic, types=sorted(history.types)).collect()
        times = zip(frame["occurred_at"].dt.epoch("ms"), frame["known_at"].dt.epoch("ms"), strict=True)
        for type_, (occurred, known), payload in zip(frame["type"], times, frame["payload"], strict=True):
            yield Known(type_, occurred, known), orjson.loads(payload)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    folder = tmp_path_factory.mktemp("city")
    run_offline(OfflineOptions(SEEDS, "rules", days=DAYS, stations=6, record=str(folder)))
    facts = sorted(_facts(folder), key=lambda each: each[0].known_ms)
    whole = new_history()
    for fact, payload in facts:
        whole.take(fact, payload)
    return City(facts, whole)


def _asked(spec: ModelSpec, city: City) -> Rows:
    newest = city.whole.newest_ms
    days = 2 if spec.horizons else DAYS - 1  # events are few
    return spec.ask(city.whole, Span(newest - days * 86_400_000, newest - 3_600_000))


def _ids(history: History, spec: ModelSpec, rows: Rows) -> list[str]:
    known = history.entities(spec.key).ids
    return [known[number] for number in rows.entity(spec.key)]


@every_model
def test_a_row_of_training_is_the_row_of_serving_and_knows_nothing_later(spec: ModelSpec, city: City) -> None:
    rows = _asked(spec, city)
    assert len(rows), f"{spec.name}: the city of the test holds nothing to ask about"
    moments = np.unique(rows.as_of_ms)
    compared = 0
    for moment in moments[np.linspace(0, len(moments) - 1, num=min(MOMENTS, len(moments)), dtype=int)]:
        history = city.until(int(moment))
        at_once = rows.take(np.flatnonzero(rows.as_of_ms == moment))
        for horizon_ms in np.unique(at_once.horizon_ms):
            chosen = at_once.take(np.flatnonzero(at_once.horizon_ms == horizon_ms))
            horizon = int(horizon_ms) * timedelta(milliseconds=1)
            served = spec.ask_of(history, _ids(city.whole, spec, chosen), int(moment), horizon)
            served = replace(served, given=chosen.given)  # what the question says is no matter of the history
            _assert_equal(spec, matrix(spec, city.whole, chosen), matrix(spec, history, served))
            compared += len(chosen)
    assert compared


def _assert_equal(spec: ModelSpec, trained: Floats, served: Floats) -> None:
    for place, name in enumerate(spec.feature_names):
        np.testing.assert_allclose(
            served[:, place],
            trained[:, place],
            rtol=1e-9,
            atol=1e-9,
            equal_nan=True,
            err_msg=f"{spec.name}.{name}",
        )


@every_model
def test_the_baseline_that_is_served_forecasts_every_row(spec: ModelSpec, city: City) -> None:
    rows = _asked(spec, city)
    outputs = Model(spec).forecast(city.whole, rows).outputs
    assert set(outputs) == {name for head in spec.heads for name in head.outputs}
    for head in spec.heads:
        columns = np.column_stack([outputs[name] for name in head.outputs])
        assert columns.shape == (len(rows), len(head.outputs))
        if head.kind in {HeadKind.PROBABILITY, HeadKind.CLASSES}:
            assert ((columns >= 0) & (columns <= 1)).all()
        if head.kind is HeadKind.CLASSES:
            np.testing.assert_allclose(columns.sum(axis=1), 1)


@every_model
def test_an_entity_that_nothing_is_known_of_is_no_error(spec: ModelSpec, city: City) -> None:
    horizon = spec.horizons[0] if spec.horizons else timedelta(0)
    rows = spec.ask_of(city.whole, ["nothing-like-it"], city.whole.newest_ms, horizon)
    found = Model(spec).forecast(city.whole, rows)
    assert rows.entity(spec.key).tolist() == [NOWHERE]
    assert found.is_covered.tolist() == [False]


@every_model
def test_what_came_of_the_last_rows_is_unknown_until_it_has_come(spec: ModelSpec, city: City) -> None:
    newest = city.whole.newest_ms
    rows = spec.ask(city.whole, Span(newest - 86_400_000, newest + 1))
    late = rows.take(np.flatnonzero(rows.target_ms() > newest))
    came = spec.came(city.whole, late)
    for head in spec.heads:
        assert np.isnan(came[head.name]).all() or head.kind is HeadKind.SURVIVAL, head.name


@every_model
def test_costs_are_least_for_those_who_know_what_comes(spec: ModelSpec, city: City) -> None:
    rows = _asked(spec, city)
    came = spec.came(city.whole, rows)
    best = spec.stakes.cost(spec.stakes.best(came), came)
    for decision in (
        spec.stakes.idle(rows),
        spec.stakes.decide(Model(spec).forecast(city.whole, rows).outputs),
    ):
        cost = spec.stakes.cost(decision, came)
        known = ~np.isnan(cost) & ~np.isnan(best)
        assert (cost[known] >= best[known] - 1e-9).all()
