"""Grows the trees of a head with either library, by one set of settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from navswap.ml.history import Floats
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.trees import Trees

MOST_ROUNDS: Final = 600
_PATIENCE: Final = 30
Part = tuple[NDArray[np.float64], Floats]
"""The matrix of some rows, and what came."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How trees are grown, whichever library grows them."""

    learning_rate: float = 0.06
    leaves: int = 31
    least_rows: int = 60
    """In a leaf."""
    feature_share: float = 0.8
    row_share: float = 0.9
    l2: float = 1.0
    sigma: float = 1.0
    """The scale of a survival's logarithm."""


@dataclass(frozen=True, slots=True)
class Grown:
    """Trees, after how many rounds they were best, and their loss there on later rows."""

    trees: Trees
    rounds: int
    loss: float


@dataclass(frozen=True, slots=True)
class Run:
    """How one growing goes: its seed, its most rounds, and the threads of the learner."""

    seed: int
    rounds: int = MOST_ROUNDS
    threads: int = 1


def grow(
    head: Head, level: float | None, train: Part, validation: Part | None, settings: Settings, run: Run
) -> Grown:
    """Grow trees; with `validation` until its loss has not fallen for 30 rounds, else for all `rounds`."""
    lacking = _lacking_classes(head, train)
    if lacking is not None:
        train = lacking
    if head.learner is Learner.LIGHTGBM:
        return _grow_lightgbm(head, level, train, validation, settings, run)
    return _grow_xgboost(head, level, train, validation, settings, run)


def _lacking_classes(head: Head, train: Part) -> Part | None:
    """Return the rows with one made-up row for each class that never came: the learners want to see all of them."""
    if head.kind is not HeadKind.CLASSES:
        return None
    missing = sorted(set(range(len(head.classes))) - set(np.unique(train[1]).astype(int)))
    if not missing:
        return None
    blank = np.full((len(missing), train[0].shape[1]), np.nan)
    return np.vstack((train[0], blank)), np.concatenate((train[1], np.array(missing, dtype=np.float64)))


def _grow_lightgbm(
    head: Head, level: float | None, train: Part, validation: Part | None, settings: Settings, run: Run
) -> Grown:
    import lightgbm

    parameters: dict[str, Any] = {
        "objective": _lightgbm_objective(head),
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.least_rows,
        "feature_fraction": settings.feature_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "max_bin": 127,
        "seed": run.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": run.threads,
        "verbosity": -1,
    }
    if level is not None:
        parameters["alpha"] = level
    if head.kind is HeadKind.CLASSES:
        parameters["num_class"] = len(head.classes)
    data = lightgbm.Dataset(train[0], train[1], free_raw_data=False)
    held_out: list[lightgbm.Dataset] = []
    callbacks: list[Callable[..., Any]] = []
    if validation is not None:
        held_out = [lightgbm.Dataset(*validation, reference=data)]
        callbacks = [lightgbm.early_stopping(_PATIENCE, verbose=False)]
    booster = lightgbm.train(parameters, data, run.rounds, valid_sets=held_out, callbacks=callbacks)
    if validation is None:
        return Grown(Trees(Learner.LIGHTGBM, booster), run.rounds, float("nan"))
    (loss,) = booster.best_score["valid_0"].values()
    return Grown(Trees(Learner.LIGHTGBM, booster), max(1, booster.best_iteration), float(loss))


def _lightgbm_objective(head: Head) -> str:
    match head.kind:
        case HeadKind.QUANTILES:
            return "quantile"
        case HeadKind.PROBABILITY:
            return "binary"
        case HeadKind.CLASSES:
            return "multiclass"
        case _:
            return head.objective or "regression"


def _grow_xgboost(
    head: Head, level: float | None, train: Part, validation: Part | None, settings: Settings, run: Run
) -> Grown:
    import xgboost

    objective = {
        HeadKind.PROBABILITY: "binary:logistic",
        HeadKind.SURVIVAL: "survival:aft",
        HeadKind.QUANTILES: "reg:quantileerror",
    }.get(head.kind, head.objective or "reg:squarederror")
    parameters: dict[str, Any] = {
        "objective": objective,
        "eta": settings.learning_rate,
        "grow_policy": "lossguide",
        "max_leaves": settings.leaves,
        "max_depth": 0,
        "min_child_weight": max(1.0, settings.least_rows / 20),
        "colsample_bytree": settings.feature_share,
        "subsample": settings.row_share,
        "lambda": settings.l2,
        "tree_method": "hist",
        "max_bin": 128,
        "seed": run.seed,
        "nthread": run.threads,
        "verbosity": 0,
    }
    if level is not None:
        parameters["quantile_alpha"] = level
    if head.kind is HeadKind.SURVIVAL:
        parameters |= {
            "aft_loss_distribution": "normal",
            "aft_loss_distribution_scale": settings.sigma,
            "eval_metric": "aft-nloglik",
        }
    data = _xgboost_matrix(head, train)
    if validation is None:
        booster = xgboost.train(parameters, data, run.rounds)
        return Grown(Trees(Learner.XGBOOST, booster), run.rounds, float("nan"))
    booster = xgboost.train(
        parameters,
        data,
        run.rounds,
        evals=[(_xgboost_matrix(head, validation), "validation")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    return Grown(Trees(Learner.XGBOOST, booster), booster.best_iteration + 1, float(booster.best_score))


def _xgboost_matrix(head: Head, part: Part) -> Any:
    import xgboost

    matrix, came = part
    if head.kind is not HeadKind.SURVIVAL:
        return xgboost.DMatrix(matrix, label=came)
    data = xgboost.DMatrix(matrix)
    days = np.maximum(np.abs(came), 1e-3)
    data.set_float_info("label_lower_bound", days)
    data.set_float_info("label_upper_bound", np.where(came < 0, np.inf, days))
    return data
