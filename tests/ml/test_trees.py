"""Trees that say the same of every row are not asked, and answer what the library would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from navswap.ml.beside import Beside
from navswap.ml.spec import Learner
from navswap.ml.trees import Trees

ROWS = np.random.default_rng(5).normal(size=(400, 3))
RARE = (np.random.default_rng(6).random(400) < 0.02).astype(np.float64)
WHOLE = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "seed": 1}


def grown(path: Path, came: NDArray[np.float64], rounds: int = 3, **settings: Any) -> Path:
    """Write trees that have learnt what came of the rows."""
    booster = lightgbm.train({**WHOLE, **settings}, lightgbm.Dataset(ROWS, came), num_boost_round=rounds)
    booster.save_model(path)
    return path


def counted_asks(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the rows that the library is asked about."""
    asked: list[int] = []
    ask: Callable[..., Any] = trees.booster.predict

    def predict(matrix: NDArray[np.float64], **named: Any) -> Any:
        asked.append(len(matrix))
        return ask(matrix, **named)

    monkeypatch.setattr(trees.booster, "predict", predict)
    return asked


def test_trees_whose_leaves_are_alike_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = grown(tmp_path / "low.txt", RARE, objective="quantile", alpha=0.1)
    trees, beside = Trees.load(Learner.LIGHTGBM, path), Trees.load(Learner.LIGHTGBM, path, Beside(1))
    expected = trees.ask_booster(ROWS)
    assert len(set(expected.tolist())) == 1
    asked = counted_asks(trees, monkeypatch)
    np.testing.assert_array_equal(trees.predict(ROWS), expected)
    assert (trees.predict(ROWS[:1]).shape, trees.predict(ROWS[:0]).shape) == ((1,), (0,))
    assert asked == []
    np.testing.assert_array_equal(beside.predict(ROWS), expected + ROWS[:, 1])


def test_classes_that_are_alike_everywhere_keep_their_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = (np.arange(400) % 3).astype(np.float64)
    path = grown(tmp_path / "classes.txt", came, objective="multiclass", num_class=3, min_gain_to_split=1e9)
    trees = Trees.load(Learner.LIGHTGBM, path)
    expected = trees.ask_booster(ROWS)
    asked = counted_asks(trees, monkeypatch)
    np.testing.assert_array_equal(trees.predict(ROWS), expected)
    assert (expected.shape, asked) == ((400, 3), [])


def test_trees_that_tell_rows_apart_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for rounds in (1, 4):
        trees = Trees.load(Learner.LIGHTGBM, grown(tmp_path / "mean.txt", ROWS[:, 0], rounds))
        asked = counted_asks(trees, monkeypatch)
        assert len(set(trees.predict(ROWS).tolist())) > 1
        assert asked == [len(ROWS)]
