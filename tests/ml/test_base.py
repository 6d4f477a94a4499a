"""A head that learns the difference to a feature: what is served adds that feature again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from navswap.ml.beside import NOTHING, Beside
from navswap.ml.evaluation.judging import judge
from navswap.ml.forecasting import forecast_baseline, forecast_head
from navswap.ml.history import Floats, Rows, View
from navswap.ml.registry import BadArtefactError
from navswap.ml.serving import Model
from navswap.ml.spec import Baseline, Head, ModelSpec
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.trainer import Asked, Options, _train_head, asked, train
from tests.ml.toy import TOY, toy_history, toy_span

HISTORY = toy_history()


def _beside(base: str) -> ModelSpec:
    """Return the toy with its range alone, learnt beside a feature."""
    return replace(TOY, heads=(replace(TOY.heads[0], base=base),))


def test_a_difference_is_learnt_saved_and_added_again(tmp_path: Path) -> None:
    spec = _beside("yesterday")
    trained = train(spec, HISTORY, toy_span(), Options(trials=0))
    verdict = judge(trained, HISTORY)
    assert verdict.figures["model"]["swaps.pinball"] < verdict.figures["yesterday"]["swaps.pinball"]

    part = asked(spec, HISTORY, trained.split.test)
    yesterday = part.features[:, spec.feature_names.index("yesterday")]
    middle = trained.heads[0].trees[1]
    without = replace(spec.heads[0], base="")
    assert spec.beside_of(without) == NOTHING
    difference = middle.predict(part.features) - yesterday
    assert abs(difference.mean()) < abs(yesterday.mean()) / 4

    write_trained(trained, verdict, tmp_path / "toy", window=toy_span(), source="made up", seed=1)
    served = Model.load(tmp_path / "toy", spec).forecast(HISTORY, part.rows).outputs
    assert np.corrcoef(served["swaps_p50"], yesterday)[0, 1] > 0.7
    with pytest.raises(BadArtefactError, match="learnt beside last"):
        Model.load(tmp_path / "toy", _beside("last"))
    with pytest.raises(BadArtefactError, match="learnt beside nothing"):
        Model.load(tmp_path / "toy", _beside(""))
    scaled = replace(TOY, heads=(replace(TOY.heads[0], base="yesterday", scale="last"),))
    with pytest.raises(BadArtefactError, match="in units of last"):
        Model.load(tmp_path / "toy", scaled)


def test_a_difference_in_units_of_a_scale_is_the_same_for_small_and_large() -> None:
    beside = Beside(base=0, scale=1)
    matrix = np.array([[10.0, 2.0], [1_000.0, 200.0], [5.0, 0.0], [5.0, np.nan]])
    came = np.array([13.0, 1_300.0, 6.0, 6.0])
    learnt = beside.difference(matrix, came)
    assert learnt.tolist() == [1.5, 1.5, 1, 1]  # where there is no scale, it is 1
    assert beside.target(matrix, learnt).tolist() == came.tolist()


def test_a_band_holds_for_small_and_large_where_it_is_in_units_of_a_scale() -> None:
    drawn = np.random.default_rng(5)

    def part(count: int) -> Asked:
        spread = drawn.choice([1.0, 100.0], size=count)
        came = 10 * spread + spread * drawn.normal(size=count)
        moments = np.zeros(count, dtype=np.int64)
        return Asked(Rows(moments, moments, {}), np.column_stack((10 * spread, spread)), {"swaps": came})

    head = replace(TOY.heads[0], base="usual", scale="spread")
    trained = _train_head(head, Beside(0, 1), part(900), part(300), part(2_000), Options(trials=0))
    later = part(4_000)
    found = forecast_head(head, trained.trees, trained.calibration, later.features, later.rows.horizon_ms)
    low, high = found[head.outputs[0]], found[head.outputs[-1]]
    inside = (later.came["swaps"] >= low) & (later.came["swaps"] <= high)
    for is_large in (False, True):
        assert inside[(later.features[:, 1] > 1) == is_large].mean() == pytest.approx(0.8, abs=0.04)


def test_a_rule_may_say_its_band_itself() -> None:
    head = replace(TOY.heads[0], lowest=3.0)
    rule = Baseline("band", "2, 5 and 9", lambda view: _constant(head, len(view.rows)))
    spec = replace(TOY, heads=(head,), baselines=(rule,))
    trained = train(spec, HISTORY, toy_span(), Options(trials=0))
    assert trained.baseline_widths == {"band": {}}
    part = asked(spec, HISTORY, trained.split.test)
    said = forecast_baseline(spec, rule, View(HISTORY, part.rows), trained.baseline_widths["band"])
    assert [said[name][0] for name in head.outputs] == [3, 5, 9]


def _constant(head: Head, rows: int) -> dict[str, Floats]:
    return {name: np.full(rows, value) for name, value in zip(head.outputs, (2.0, 5.0, 9.0), strict=True)}
