"""A head that learns the difference to a feature: what is served adds that feature again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from navswap.ml.evaluation.judging import judge
from navswap.ml.registry import BadArtefactError
from navswap.ml.serving import Model
from navswap.ml.spec import ModelSpec
from navswap.ml.training.artefact import write_trained
from navswap.ml.training.trainer import Options, asked, train
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
    assert spec.base_of(without) is None
    difference = middle.predict(part.features) - yesterday
    assert abs(difference.mean()) < abs(yesterday.mean()) / 4

    write_trained(trained, verdict, tmp_path / "toy", window=toy_span(), source="made up", seed=1)
    served = Model.load(tmp_path / "toy", spec).forecast(HISTORY, part.rows).outputs
    assert np.corrcoef(served["swaps_p50"], yesterday)[0, 1] > 0.7
    with pytest.raises(BadArtefactError, match="learnt beside last"):
        Model.load(tmp_path / "toy", _beside("last"))
    with pytest.raises(BadArtefactError, match="learnt beside nothing"):
        Model.load(tmp_path / "toy", _beside(""))
