"""AI4I 2020: will a milling machine fail in this state? Tests the recipe of `fault`."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.history import Floats, Integers
from navswap.ml.published.learning import learn_in_folds
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file, fold_numbers
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.growing import Part
from navswap.ml.training.trainer import Options

Flags = NDArray[np.bool_]
FOLDS: Final = 5
_THRESHOLDS: Final = np.linspace(0.05, 0.95, 91)
_HEAD: Final = (
    Head(  # of `fault`, but by LightGBM: held-out folds of the first training part lost 0.043, not 0.047
        "failure",
        HeadKind.PROBABILITY,
        Learner.LIGHTGBM,
        "",
        "probability that the machine fails in this state",
    )
)
_RATED_STRAIN: Final = {"L": 11_000.0, "M": 12_000.0, "H": 13_000.0}
"""Minutes times newton metres that a product of each grade stands, by the description of the data set."""
_GRADES: Final = {"L": 0.0, "M": 1.0, "H": 2.0}


def read(folder: Path) -> Part:
    """Return the states of machines, a row each, and whether each failed."""
    frame = pl.read_csv(data_file(folder, "ai4i/ai4i2020.tsv"), separator="\t")
    air, process = pl.col("Air temperature [K]"), pl.col("Process temperature [K]")
    speed, torque = pl.col("Rotational speed [rpm]"), pl.col("Torque [Nm]")
    wear, grade = pl.col("Tool wear [min]"), pl.col("Type")
    features = frame.select(
        grade.replace_strict(_GRADES, return_dtype=pl.Float64).alias("grade"),
        air.alias("air_kelvin"),
        process.alias("process_kelvin"),
        speed.alias("speed_rpm"),
        torque.alias("torque_nm"),
        wear.alias("wear_minutes"),
        (process - air).alias("difference_kelvin"),
        (speed * torque * (2 * np.pi / 60)).alias("power_watts"),
        (wear * torque).alias("strain_minutes_nm"),
        (wear * torque / grade.replace_strict(_RATED_STRAIN, return_dtype=pl.Float64)).alias("strain_share"),
    )
    return features.to_numpy().astype(np.float64), frame["Machine failure"].to_numpy().astype(np.float64)


def macro_f1(says: Flags, came: Flags) -> float:
    """Return the mean of the F1 of failures and of the F1 of all else."""
    scores = []
    for label in (False, True):
        right = int(((says == label) & (came == label)).sum())
        wrong = int((says != came).sum())
        scores.append(2 * right / (2 * right + wrong) if right + wrong else 0.0)
    return float(np.mean(scores))


def best_threshold(scores: Floats, came: Flags) -> float:
    """Return the probability from which on to say "failure" for the best macro F1."""
    return float(_THRESHOLDS[np.argmax([macro_f1(scores >= threshold, came) for threshold in _THRESHOLDS])])


def _stratified(came: Floats, folds: int, seed: int) -> Integers:
    numbers = np.empty(len(came), dtype=np.int64)
    for label in (0.0, 1.0):
        places = np.flatnonzero(came == label)
        numbers[places] = fold_numbers(len(places), folds, seed)
    return numbers


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    matrix, came = read(folder)
    outer = _stratified(came, FOLDS, options.seed)
    scores, naive, learnt = [], [], None
    for fold in range(FOLDS):
        progress(f"fold {fold + 1} of {FOLDS}")
        is_test = outer == fold
        train = matrix[~is_test], came[~is_test]
        learnt = learn_in_folds(_HEAD, train, _stratified(train[1], 4, options.seed), options, bags=2)
        threshold = best_threshold(learnt.held_out, train[1] > 0)
        has_failed = came[is_test] > 0
        scores.append(macro_f1(learnt.predict(matrix[is_test]) >= threshold, has_failed))
        naive.append(macro_f1(np.zeros_like(has_failed), has_failed))
    result = Result(
        "macro F1", 0.8952, "XGBoost", float(np.mean(naive)), float(np.mean(scores)), more_is_better=True
    )
    return Answer((result,), f"of the last fold: {learnt}")


STUDY: Final = Study(
    "ai4i",
    "fault",
    "AI4I 2020, failures of milling machines",
    "stratified 5-fold, mean macro F1; threshold from folds within each training part",
    "never a failure",
    _run,
)
