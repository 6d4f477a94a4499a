"""C-MAPSS FD001: how many cycles will a turbofan engine still run? Tests the recipe of `station_reliability`."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.history import Floats
from navswap.ml.metrics import root_mean_squared_error
from navswap.ml.published.learning import learn_in_folds
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file, fold_numbers
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.trainer import Options

CAP: Final = 125.0
"""Cycles; a healthy engine's remaining life is called this, as all published results do."""
FOLDS: Final = 5
_HEAD: Final = Head("cycles", HeadKind.MEAN, Learner.LIGHTGBM, "cycles", "cycles until it fails, 125 at most")
_SENSORS: Final = ("s2", "s3", "s4", "s7", "s8", "s9", "s11", "s12", "s13", "s14", "s15", "s17", "s20", "s21")
"""Those that do not stand still."""
_HEALTHY: Final = 15
"""Cycles at the beginning that say what is normal for an engine."""


def read(path: Path) -> pl.DataFrame:
    """Return a row a cycle of each engine: `engine`, `cycle`, the sensors."""
    settings = ("engine", "cycle", "setting1", "setting2", "setting3")
    names = (*settings, *(f"s{number}" for number in range(1, 22)))
    rows = np.loadtxt(path)
    return pl.DataFrame(rows, schema=list(names)).sort("engine", "cycle")


def features(frame: pl.DataFrame, healthy: pl.DataFrame) -> NDArray[np.float64]:
    """Return what is known of an engine at each cycle, by sensors in deviations of `healthy` engines.

    Of each sensor: its mean of the last 5 and 20 cycles, of all, its trend over 20, and how far it is from its own beginning.
    """
    scaled = frame.with_columns(
        ((pl.col(name) - healthy[name].mean()) / healthy[name].std()).alias(name) for name in _SENSORS
    )
    columns = []
    for name in _SENSORS:
        sensor = pl.col(name)
        short = sensor.rolling_mean(5, min_samples=1).over("engine")
        long = sensor.rolling_mean(20, min_samples=1).over("engine")
        begin = sensor.head(_HEALTHY).mean().over("engine")  # of a younger engine: of the cycles so far
        so_far = sensor.cum_sum().over("engine") / pl.col("cycle")
        columns += [
            short.alias(f"{name}_5"),
            long.alias(f"{name}_20"),
            (short - long.shift(10).over("engine")).alias(f"{name}_trend"),
            pl.when(pl.col("cycle") >= _HEALTHY).then(long - begin).alias(f"{name}_drift"),
            so_far.alias(f"{name}_mean"),
        ]
    computed = scaled.select("cycle", *columns)
    return computed.to_numpy().astype(np.float64)


def wear(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix with the mean size of all sensors' deviations, over 5 and over 20 cycles."""
    width = 5
    short, long = matrix[:, 1::width], matrix[:, 2::width]
    return np.column_stack((matrix, np.abs(short).mean(axis=1), np.abs(long).mean(axis=1)))


def remaining(frame: pl.DataFrame) -> Floats:
    """Return the cycles that each engine still runs after each of its cycles, `CAP` at most."""
    left = frame.select((pl.col("cycle").max().over("engine") - pl.col("cycle")).clip(upper_bound=CAP))
    return left.to_series().to_numpy().astype(np.float64)


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    train = read(data_file(folder, "cmapss_fd001/train_FD001.txt"))
    healthy = train.filter(pl.col("cycle") <= _HEALTHY)
    engines = train["engine"].to_numpy().astype(np.int64)
    folds = fold_numbers(int(engines.max()), FOLDS, options.seed)[engines - 1]
    progress("folds by engine")
    came = remaining(train)
    learnt = learn_in_folds(_HEAD, (wear(features(train, healthy)), came), folds, options, bags=2)
    test = read(data_file(folder, "cmapss_fd001/test_FD001.txt"))
    is_last = test.select((pl.col("cycle") == pl.col("cycle").max().over("engine")).alias("last"))[
        "last"
    ].to_numpy()
    truth = np.minimum(np.loadtxt(data_file(folder, "cmapss_fd001/RUL_FD001.txt")), CAP)
    said = np.clip(learnt.predict(wear(features(test, healthy))[is_last]), 0, CAP)
    life = float(train.group_by("engine").agg(pl.col("cycle").max())["cycle"].mean())  # type: ignore[arg-type]
    naive = np.clip(life - test["cycle"].to_numpy()[is_last], 0, CAP)
    result = Result(
        "RMSE, cycles",
        12.61,
        "DCNN",
        root_mean_squared_error(naive, truth),
        root_mean_squared_error(said, truth),
    )
    return Answer(
        (result,), f"{learnt}; RMSE of held-out cycles {root_mean_squared_error(learnt.held_out, came):.2f}"
    )


STUDY: Final = Study(
    "cmapss",
    "station_reliability",
    "C-MAPSS FD001, remaining life of turbofan engines",
    "100 engines to learn from, the last cycle of 100 others, remaining life capped at 125; folds by engine",
    "the mean life of the training engines less the cycles so far",
    _run,
)
