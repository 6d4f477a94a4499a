"""Yaz: how many portions of steak to prepare for a day. Tests the recipe of `stock_order`."""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from navswap.ml.history import Floats
from navswap.ml.published.learning import learn_in_folds
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.growing import Part
from navswap.ml.training.trainer import Options

UNDERAGE, OVERAGE = 15.0, 5.0
"""Cost of a portion that is lacking, and of one that is left."""
FOLDS: Final = 5
_LEVEL: Final = UNDERAGE / (UNDERAGE + OVERAGE)
_HEAD: Final = Head(
    "portions",
    HeadKind.QUANTILES,
    Learner.LIGHTGBM,
    "portions",
    "portions of a day",
    levels=(0.5, _LEVEL),
    lowest=0.0,
)
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WEATHER: Final = ("wind", "clouds", "rain", "sunshine", "temperature")


def read(folder: Path) -> Part:
    """Return a row a day with what was known the evening before and the day's weather, and the portions of steak."""
    days = pl.read_csv(data_file(folder, "yaz/yaz_data.csv"), infer_schema_length=None, try_parse_dates=True)
    sold = pl.read_csv(data_file(folder, "yaz/yaz_target.csv"), infer_schema_length=None).cast(pl.Float64)
    frame = pl.concat((days, sold), how="horizontal").with_columns(
        pl.sum_horizontal(sold.columns).alias("all")
    )
    weekday = pl.col("weekday").replace_strict({name: float(place) for place, name in enumerate(_DAYS)})
    holiday, steak, total = pl.col("is_holiday"), pl.col("steak"), pl.col("all")
    computed = frame.select(
        weekday.alias("weekday"),
        pl.col("date").dt.month().alias("month"),
        pl.col("date").dt.ordinal_day().alias("day_of_year"),
        "is_closed",
        holiday,
        holiday.shift(-1).alias("is_eve"),
        *_WEATHER,
        *(steak.shift(days).alias(f"steak_{days}d") for days in (1, 2, 7, 14)),
        steak.shift(1).rolling_mean(7).alias("steak_week"),
        steak.shift(1).rolling_mean(28).alias("steak_month"),
        pl.mean_horizontal(*(steak.shift(7 * weeks) for weeks in range(1, 5))).alias("steak_weekday"),
        pl.mean_horizontal(*(total.shift(7 * weeks) for weeks in range(1, 5))).alias("all_weekday"),
        total.shift(1).alias("all_1d"),
        total.shift(1).rolling_mean(7).alias("all_week"),
    )
    return computed.cast(pl.Float64).to_numpy().astype(np.float64), frame["steak"].to_numpy().astype(
        np.float64
    )


def mean_cost(stock: Floats, came: Floats) -> float:
    """Return the mean cost of a day for some stocks."""
    return float((UNDERAGE * np.maximum(came - stock, 0) + OVERAGE * np.maximum(stock - came, 0)).mean())


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    matrix, came = read(folder)
    count = int(0.75 * len(came))
    train = matrix[:count], came[:count]
    blocks = np.arange(count) * FOLDS // count
    progress("folds of consecutive days")
    learnt = learn_in_folds(_HEAD, train, FOLDS - 1 - blocks, options, level=_LEVEL, bags=4)
    said = np.maximum(np.round(learnt.predict(matrix[count:])), 0)
    naive = np.full(len(came) - count, np.quantile(train[1], _LEVEL))
    result = Result(
        "mean cost", 46.28, "kNN-weighted", mean_cost(naive, came[count:]), mean_cost(said, came[count:])
    )
    held_out = mean_cost(np.round(learnt.held_out), train[1])
    return Answer((result,), f"{learnt}; mean cost of held-out days {held_out:.2f}")


STUDY: Final = Study(
    "yaz",
    "stock_order",
    "Yaz, portions of steak of a restaurant",
    "the first 75 % of the days to learn from, in folds of consecutive days, the last 25 % to judge; underage 15, overage 5",
    "sample average approximation: the 75 % quantile of the days before",
    _run,
)
