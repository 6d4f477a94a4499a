"""ENTSO-E, Belgium: the load of each hour of tomorrow, issued at 10:00 today. Tests the recipe of `energy_stability`."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.history import Floats
from navswap.ml.published.learning import learn_before
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.trainer import Options

_VALIDATION: Final = datetime(2021, 7, 1)  # noqa: DTZ001 - the file has local times without a zone
_TEST: Final = datetime(2022, 1, 1)  # noqa: DTZ001
_ISSUED_HOUR: Final = 10
_LEAST_LOAD: Final = 1_000.0
"""MW; a forecast below is a gap in the file."""
_HEAD: Final = Head(
    "share",
    HeadKind.MEAN,
    Learner.LIGHTGBM,
    "",
    "what the load comes to as a share of the operator's forecast",
    objective="regression_l1",
)


def read(folder: Path) -> pl.DataFrame:
    """Return a row an hour: `time`, the load, and the operator's forecasts; MW, prices in EUR/MWh."""
    frame = pl.read_csv(data_file(folder, "entsoe/BE.csv"), infer_schema_length=None)
    operator = pl.when(pl.col("Load_DA") >= _LEAST_LOAD).then(pl.col("Load_DA").cast(pl.Float64))
    return frame.select(
        pl.col(frame.columns[0]).str.to_datetime("%m/%d/%Y %H:%M").alias("time"),
        pl.col("Load_AC").cast(pl.Float64).alias("load"),
        pl.coalesce(operator, operator.shift(168)).alias("operator"),  # of 22 June 2023 there is none
        pl.col("Price_DA").cast(pl.Float64).alias("price"),
        pl.col("Sol_DA").cast(pl.Float64).alias("sun"),
        pl.col("Won_DA").cast(pl.Float64).alias("wind"),
    ).sort("time")


def features(frame: pl.DataFrame) -> NDArray[np.float64]:
    """Return what was known at 10:00 the day before of each hour.

    Of the day itself that is the operator's forecast of the load, due by then; forecasts of sun and wind and prices come later,
    so those of the day before stand in. Measured loads are known up to 09:00 of the day before.
    """
    hour = pl.col("time").dt.hour()
    share = pl.col("load") / pl.col("operator")
    known = frame.with_columns(
        hour.cast(pl.Float64).alias("hour"),
        pl.col("time").dt.date().alias("day"),
        share.alias("share"),
        pl.when(hour < _ISSUED_HOUR).then(share).alias("early"),
    )
    by_day = _of_days(known)
    lagged = (
        known.join(by_day, on="day", how="left")
        .sort("time")
        .with_columns(
            pl.col("time").dt.weekday().cast(pl.Float64).alias("weekday"),
            pl.col("time").dt.ordinal_day().cast(pl.Float64).alias("day_of_year"),
            *(pl.col("share").shift(24 * days).alias(f"share_{days}d") for days in (2, 3, 7, 14)),
            pl.mean_horizontal(*(pl.col("share").shift(24 * days) for days in range(2, 9))).alias(
                "share_week"
            ),
            pl.mean_horizontal(*(pl.col("share").shift(168 * weeks) for weeks in range(1, 5))).alias(
                "share_weekday"
            ),
            (pl.col("load").shift(48) / pl.col("operator")).alias("load_2d"),
            (pl.col("load").shift(168) / pl.col("operator")).alias("load_7d"),
            (pl.col("operator") / pl.col("operator").shift(24)).alias("operator_step"),
            (pl.col("operator") / pl.col("operator").shift(168)).alias("operator_week"),
            (pl.col("operator") / pl.col("operator").shift(1)).alias("operator_rise"),
            *(pl.col(name).shift(24).alias(f"{name}_1d") for name in ("price", "sun", "wind")),
        )
    )
    columns = lagged.drop("time", "load", "share", "early", "day", "price", "sun", "wind")
    return columns.cast(pl.Float64).to_numpy().astype(np.float64)


def _of_days(known: pl.DataFrame) -> pl.DataFrame:
    """Return a row a day: how its morning and the days before it deviated, its kind, the operator's mean."""
    days = known.group_by("day").agg(
        pl.col("early").mean(),
        pl.col("early").drop_nulls().last().alias("newest"),
        pl.col("share").mean().alias("whole"),
        pl.col("operator").mean().alias("operator_day"),
        pl.col("operator").max().alias("operator_peak"),
    )
    holiday = pl.Series([float(is_holiday(day)) for day in days["day"]], dtype=pl.Float64)
    return (
        days.with_columns(holiday.alias("is_holiday"))
        .sort("day")
        .select(
            "day",
            "is_holiday",
            "operator_day",
            "operator_peak",
            pl.col("is_holiday").shift(1).alias("was_holiday"),
            pl.col("is_holiday").shift(-1).alias("is_eve"),
            pl.col("early").shift(1).alias("early_1d"),
            pl.col("newest").shift(1).alias("newest_1d"),
            pl.col("whole").shift(2).alias("whole_2d"),
            pl.col("whole").shift(2).rolling_mean(7).alias("whole_week"),
            pl.col("whole").shift(2).rolling_mean(28).alias("whole_month"),
        )
    )


def is_holiday(day: date) -> bool:
    """Return whether a day is a public holiday of Belgium."""
    easter = _easter(day.year)
    moving = {easter + timedelta(days=days) for days in (1, 39, 50)}
    fixed = {(1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25)}
    return day in moving or (day.month, day.day) in fixed


def _easter(year: int) -> date:
    """Return Easter Sunday by the anonymous Gregorian computus."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def percentage_error(forecast: Floats, came: Floats) -> float:
    """Return the mean absolute error as a percentage of what came."""
    return float((np.abs(forecast - came) / came).mean() * 100)


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    frame = read(folder)
    matrix, load = features(frame), frame["load"].to_numpy().astype(np.float64)
    operator = frame["operator"].to_numpy().astype(np.float64)
    time = frame["time"]
    usable = np.arange(len(load)) >= 28 * 24
    is_test = (time >= _TEST).to_numpy()
    is_validation = usable & (time >= _VALIDATION).to_numpy() & ~is_test
    is_train = usable & (time < _VALIDATION).to_numpy()
    share = load / operator
    progress("learning")
    learnt = learn_before(
        _HEAD,
        (matrix[is_train], share[is_train]),
        (matrix[is_validation], share[is_validation]),
        options,
        bags=3,
    )
    said = learnt.predict(matrix[is_test]) * operator[is_test]
    week_ago = np.roll(load, 168)[is_test]
    result = Result(
        "MAPE, %",
        2.872,
        "the operator",
        percentage_error(week_ago, load[is_test]),
        percentage_error(said, load[is_test]),
    )
    return Answer((result,), f"{learnt}; loss on the validation part {learnt.loss:.5f}")


STUDY: Final = Study(
    "entsoe",
    "energy_stability",
    "ENTSO-E, hourly load of Belgium a day ahead",
    "learnt before 2021-07, validated up to 2021-12, test 2022-01 to 2023-06, issued at 10:00 the day before with the operator's "
    "forecast at hand",
    "the same hour a week ago",
    _run,
)
