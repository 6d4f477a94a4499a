"""Gradient-boosted trees in the native files of LightGBM and XGBoost: loaded, asked, explained.

The libraries load when a model does: importing this module costs nothing.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from navswap.ml.beside import NOTHING, Beside
from navswap.ml.spec import Head, HeadKind, Learner

if TYPE_CHECKING:
    from navswap.ml.history import Floats

SUFFIXES: Final = {Learner.LIGHTGBM: ".txt", Learner.XGBOOST: ".ubj"}
"""How the native file of a learner ends."""

_NOT_NEEDED: Final = ("pandas", "dask", "pyarrow", "sklearn", "matplotlib", "graphviz")
"""Packages that LightGBM and XGBoost load where they find them, 30 MB of a process; matrices come to them as arrays of numpy."""


class Trees:
    """The trees of one output of a head, by whichever library grew them."""

    def __init__(self, learner: Learner, booster: Any, beside: Beside = NOTHING) -> None:
        self.learner = learner
        self.booster = booster
        self.beside = beside
        """What the trees learnt their target beside."""
        self._constant: NDArray[np.float64] | None = None
        """What the trees say of any row, where all leaves of each are alike, as of a low quantile of a rare count."""

    @classmethod
    def load(cls, learner: Learner, path: Path, beside: Beside = NOTHING) -> Self:
        """Read a native file; raises the library's own error for one that is none."""
        lightgbm, xgboost = _libraries()
        if learner is Learner.LIGHTGBM:
            text = path.read_text(encoding="utf-8")
            trees = cls(learner, lightgbm.Booster(model_str=text), beside)
            if _have_equal_leaves(text):
                trees._constant = trees.ask_booster(np.zeros((1, trees.booster.num_feature())))
            return trees
        booster = xgboost.Booster()
        booster.load_model(bytearray(path.read_bytes()))
        booster.set_param({"nthread": 1})
        return cls(learner, booster, beside)

    def save(self, path: Path) -> None:
        """Write the native file."""
        if self.learner is Learner.LIGHTGBM:
            path.write_text(self.booster.model_to_string(), encoding="utf-8")
        else:
            path.write_bytes(bytes(self.booster.save_raw(raw_format="ubj")))

    def predict(self, matrix: NDArray[np.float64], threads: int = 1) -> "Floats":
        """Return what is predicted: a value a row, or a row of classes."""
        if self._constant is None:
            said = self.ask_booster(matrix, threads)
        else:
            said = np.repeat(self._constant, len(matrix), axis=0)
        return self.beside.target(matrix, said)

    def ask_booster(self, matrix: NDArray[np.float64], threads: int = 1) -> "Floats":
        """Return what the library itself answers: `predict` without what it learnt beside, and with no way around it."""
        if self.learner is Learner.LIGHTGBM:
            return cast("Floats", np.asarray(self.booster.predict(matrix, num_threads=threads)))
        return np.asarray(self.booster.inplace_predict(matrix, validate_features=False), dtype=np.float64)

    def contributions(self, matrix: NDArray[np.float64]) -> "Floats":
        """Return by how much each feature moved the raw score of each row, as the library computes it.

        Shape (rows, features); of classes (rows, classes, features). What the score is without features is left out.
        """
        if self.learner is Learner.LIGHTGBM:
            shares = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))
            width = matrix.shape[1] + 1
            shares = shares.reshape(len(matrix), -1, width)[:, :, :-1]
            return cast("Floats", shares[:, 0] if shares.shape[1] == 1 else shares)
        import xgboost

        shares = self.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True, validate_features=False)
        return np.asarray(shares[..., :-1], dtype=np.float64)


def _have_equal_leaves(text: str) -> bool:
    """Return whether each tree of LightGBM's native text ends in leaves of one value, so that the way to them does not matter."""
    leaves = [line.partition("=")[2].split() for line in text.splitlines() if line.startswith("leaf_value=")]
    return bool(leaves) and "is_linear=1" not in text and all(len(set(values)) == 1 for values in leaves)


@cache
def _libraries() -> tuple[Any, Any]:
    """Return LightGBM and XGBoost."""
    with _without(_NOT_NEEDED):
        import lightgbm
        import xgboost
    return lightgbm, xgboost


@contextmanager
def _without(packages: Iterable[str]) -> Iterator[None]:
    """Let packages that are not loaded yet look as if they were not installed."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # Python's own sign of a module that cannot be had
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def file_names(head: Head) -> tuple[str, ...]:
    """Return the files of a head: one a quantile, else one."""
    suffix = SUFFIXES[head.learner]
    if head.kind is HeadKind.QUANTILES:
        return tuple(f"{output}{suffix}" for output in head.outputs)
    return (f"{head.name}{suffix}",)
