"""MIT cells: the capacity of a lithium cell from how it took its last charge. Tests the recipe of `battery_usage`."""

import io
import re
import tarfile
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.history import Floats, Integers
from navswap.ml.published.learning import learn_in_folds
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file, fold_numbers
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.trainer import Options

NOMINAL_AH: Final = 1.1
FOLDS: Final = 4
_TEST_EVERY: Final = 5
_FIRST: Final = 10
"""Cycles at the beginning that say how a cell was when it was new."""
_THINNED: Final = 3
"""Every third cycle is learnt from: those beside it are nearly the same."""
_HEAD: Final = Head(
    "soh",
    HeadKind.MEAN,
    Learner.LIGHTGBM,
    "",
    "capacity as a share of the nominal one",
    objective="regression_l1",
)


def read(folder: Path) -> pl.DataFrame:
    """Return a row a cycle of each cell: `cell`, `battery` (the number in the file's name), `cycle`, features, `soh`."""
    found: list[tuple[str, int, bytes]] = []
    with tarfile.open(data_file(folder, "battery_ageing_mit/mit_cells.tar.gz")) as archive:
        for entry in archive:  # in the order of the file, for looking back would decompress it again
            content, number = archive.extractfile(entry), re.search(r"battery-(\d+)\.csv$", entry.name)
            if content is not None and number is not None:
                found.append((entry.name, int(number[1]), content.read()))
    return pl.concat(
        pl.read_csv(io.BytesIO(text), infer_schema_length=None)
        .cast(pl.Float64)
        .with_columns(
            pl.lit(cell).alias("cell"),
            pl.lit(number).alias("battery"),
            pl.int_range(1, pl.len() + 1).cast(pl.Float64).alias("cycle"),
            (pl.col("capacity") / NOMINAL_AH).alias("soh"),
        )
        .drop("capacity")
        for cell, (_, number, text) in enumerate(sorted(found))
    )


def features(frame: pl.DataFrame) -> NDArray[np.float64]:
    """Return what the charges up to each cycle show: this one, the median of the last ones, and the change since it was new."""
    charge = [name for name in frame.columns if name not in {"cell", "battery", "cycle", "soh"}]
    columns = []
    for name in charge:
        value = pl.col(name)
        recent = value.rolling_median(9, min_samples=1).over("cell")
        new = value.head(_FIRST).median().over("cell")
        older = recent.shift(50).over("cell")
        columns += [
            value,
            recent.alias(f"{name} recent"),
            pl.when(pl.col("cycle") >= _FIRST).then(recent - new).alias(f"{name} change"),
            pl.when(pl.col("cycle") >= _FIRST).then(new).alias(f"{name} new"),
            (recent - older).alias(f"{name} trend"),
        ]
    return frame.select("cycle", *columns).to_numpy().astype(np.float64)


def mean_of_cells(forecast: Floats, came: Floats, cells: Integers) -> float:
    """Return the mean absolute percentage error as a share: of each cell, then over all cells."""
    shares = np.abs(forecast - came) / came
    return float(np.mean([shares[cells == cell].mean() for cell in np.unique(cells)]))


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    progress("reading")
    frame = read(folder)
    matrix, came = features(frame), frame["soh"].to_numpy()
    cells, cycles = frame["cell"].to_numpy().astype(np.int64), frame["cycle"].to_numpy()
    is_test = (frame["battery"] % _TEST_EVERY == 0).to_numpy()
    known = np.unique(cells[~is_test])
    fold_of_cell = np.zeros(int(cells.max()) + 1, dtype=np.int64)
    fold_of_cell[known] = fold_numbers(len(known), FOLDS, options.seed)
    progress("folds by cell")
    is_train = ~is_test & (cycles % _THINNED == 0)
    train = matrix[is_train], came[is_train]
    learnt = learn_in_folds(_HEAD, train, fold_of_cell[cells[is_train]], options)
    said = learnt.predict(matrix[is_test])
    naive = _usual_fade(cycles[~is_test], came[~is_test], cycles[is_test])
    result = Result(
        "MAPE, share",
        0.00652,
        "PINN",
        mean_of_cells(naive, came[is_test], cells[is_test]),
        mean_of_cells(said, came[is_test], cells[is_test]),
    )
    held_out = mean_of_cells(learnt.held_out, train[1], cells[is_train])
    return Answer((result,), f"{learnt}; error of held-out cells {held_out:.5f}")


def _usual_fade(cycles: Floats, came: Floats, asked: Floats) -> Floats:
    """Return the mean capacity of the cells learnt from at a cycle; past the last of these its own."""
    totals = np.bincount(cycles.astype(np.int64), weights=came)
    counts = np.bincount(cycles.astype(np.int64))
    mean = np.divide(totals, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    return np.asarray(mean[np.minimum(asked.astype(np.int64), len(mean) - 1)])


STUDY: Final = Study(
    "mit_cells",
    "battery_usage",
    "MIT cells, capacity from the charge curve",
    "test: every battery whose number is a multiple of 5; error of capacity / 1.1 Ah, mean over batteries; folds by cell",
    "the mean capacity of the other cells at that cycle",
    _run,
)
