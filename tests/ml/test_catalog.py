"""What holds for every model of the catalogue, on a recorded city: training row = serving row, and no look ahead."""

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from navswap.ml.catalog import CATALOG
from navswap.ml.features import matrix
from navswap.ml.history import NOWHERE, Floats, History, Integers, Rows, View
from navswap.ml.serving import Model
from navswap.ml.spec import HeadKind, ModelSpec, Span
from navswap.ml.training.needs import tables_of
from tests.ml.city import DAYS, City, known_at, record_city

pytestmark = pytest.mark.xdist_group("catalog")  # one worker records the city

PAIRS = 10_000
"""Random pairs of a model and an instant, in all."""
ENTITIES = 3
"""At each instant of a pair at most so many entities are compared."""
ROUNDING = 1e-9
"""What sums over a window may differ by where entities have other numbers: they are differences of one running total over all."""
every_model = pytest.mark.parametrize("spec", CATALOG.values(), ids=CATALOG.keys())


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return record_city(tmp_path_factory.mktemp("city"))


def _asked(spec: ModelSpec, city: City) -> Rows:
    newest = city.whole.newest_ms
    days = 2 if spec.horizons else DAYS - 1  # events are few
    return spec.ask(city.whole, Span(newest - days * 86_400_000, newest - 3_600_000))


def _ids(history: History, spec: ModelSpec, rows: Rows) -> list[str]:
    known = history.entities(spec.key).ids
    return [known[number] for number in rows.entity(spec.key)]


def _pairs(spec: ModelSpec, city: City, count: int, drawn: np.random.Generator) -> list[Rows]:
    """Return the rows of training of some random instants, each at one instant and horizon.

    A model of moments may be asked at any millisecond; one of events is asked when they come.
    """
    newest, span_ms = city.whole.newest_ms, (DAYS - 1) * 86_400_000
    asked = _asked(spec, city)
    if asked.given or not spec.horizons:
        chosen = drawn.choice(len(asked), size=min(count, len(asked)), replace=False)
        return [asked.take(chosen[place : place + 1]) for place in range(len(chosen))]
    known = city.whole.entities(spec.key).ids
    found = []
    for moment in newest - drawn.integers(0, span_ms, size=count):
        ids = [known[number] for number in drawn.integers(0, len(known), size=ENTITIES)]
        horizon = spec.horizons[int(drawn.integers(0, len(spec.horizons)))]
        found.append(spec.ask_of(city.whole, ids, int(moment), horizon))
    return found


def test_a_row_of_training_is_the_row_of_serving_at_random_instants_of_all_models(city: City) -> None:
    drawn = np.random.default_rng(2)
    wanted: dict[int, list[tuple[ModelSpec, Rows]]] = defaultdict(list)
    trained: dict[str, list[Rows]] = {}
    models = sorted(CATALOG.values(), key=lambda spec: len(_asked(spec, city)))  # those of few events first
    for place, spec in enumerate(models):
        left = PAIRS - sum(map(len, trained.values()))
        trained[spec.name] = _pairs(spec, city, -(-left // (len(models) - place)), drawn)
        for rows in trained[spec.name]:
            wanted[int(rows.as_of_ms[0])].append((spec, rows))
    assert min(map(len, trained.values())) > 0
    assert sum(map(len, trained.values())) >= PAIRS
    served: dict[str, dict[int, Floats]] = defaultdict(dict)
    for moment, history in known_at(city, sorted(wanted)):
        history.drop_repeats()
        for spec, rows in wanted[moment]:
            horizon = int(rows.horizon_ms[0]) * timedelta(milliseconds=1)
            asked = spec.ask_of(history, _ids(city.whole, spec, rows), moment, horizon)
            asked = replace(asked, given=rows.given)  # what the question says is no matter of the history
            served[spec.name][id(rows)] = matrix(spec, history, asked)
    for spec in models:
        whole = matrix(spec, city.whole, _together(trained[spec.name]))
        rows_served = np.vstack([served[spec.name][id(rows)] for rows in trained[spec.name]])
        _assert_equal(spec, whole, rows_served)


def _together(parts: list[Rows]) -> Rows:
    """Return rows as training has them: all in one table."""
    return Rows(
        np.concatenate([rows.as_of_ms for rows in parts]),
        np.concatenate([rows.horizon_ms for rows in parts]),
        {key: np.concatenate([rows.entities[key] for rows in parts]) for key in parts[0].entities},
        {name: np.concatenate([rows.given[name] for rows in parts]) for name in parts[0].given},
    )


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


@every_model
def test_the_tables_that_a_model_looks_at_are_all_that_it_learns_from(spec: ModelSpec, city: City) -> None:
    narrow = History(tables_of(spec), "Asia/Kolkata")
    for fact, payload in city.facts:
        narrow.take(fact, payload)
    narrow.newest_ms = city.whole.newest_ms
    rows = _asked(spec, replace(city, whole=narrow))
    same = replace(
        rows, entities={key: _numbers(narrow, city.whole, key, each) for key, each in rows.entities.items()}
    )
    _assert_same(
        {"features": matrix(spec, narrow, rows)}, {"features": matrix(spec, city.whole, same)}, ROUNDING
    )
    for baseline in spec.baselines:
        _assert_same(
            baseline.forecast(View(narrow, rows)), baseline.forecast(View(city.whole, same)), ROUNDING
        )
    _assert_same(spec.came(narrow, rows), spec.came(city.whole, same), ROUNDING)


@every_model
def test_what_a_model_looks_back_on_is_kept_where_it_is_served(spec: ModelSpec) -> None:
    whole = [
        table for table in tables_of(spec) if not table.drops_repeats
    ]  # of the others the newest row is enough
    assert {table.name for table in whole if table.kept <= spec.memory} == set()


@every_model
def test_no_model_misses_what_says_nothing_new(spec: ModelSpec, city: City) -> None:
    lean = deepcopy(city.whole)
    dropped = lean.drop_repeats()
    assert dropped == sum(city.whole.sizes().values()) - sum(lean.sizes().values()) > 0
    rows = _asked(spec, city)
    np.testing.assert_array_equal(matrix(spec, lean, rows), matrix(spec, city.whole, rows))
    for baseline in spec.baselines:
        _assert_same(baseline.forecast(View(lean, rows)), baseline.forecast(View(city.whole, rows)))
    _assert_same(spec.came(lean, rows), spec.came(city.whole, rows))


def _numbers(one: History, other: History, key: str, numbers: Integers) -> Integers:
    """Return the numbers that entities of one history have in another."""
    ids = one.entities(key).ids
    return other.entities(key).find([None if number == NOWHERE else ids[number] for number in numbers])


def _assert_same(found: Mapping[str, Floats], expected: Mapping[str, Floats], rounding: float = 0.0) -> None:
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=rounding, atol=rounding, err_msg=name)
