"""Los-loop: the speed at 207 sensors of motorways in the next hour. Tests the recipe of `traffic`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.asking import thinned
from navswap.ml.history import Floats, Integers
from navswap.ml.published.learning import Learnt, learn_again, learn_before
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.growing import Part
from navswap.ml.training.trainer import Options

STEPS_IN: Final = 12
AHEAD: Final = 12
DAY_STEPS: Final = 288
_NEIGHBOURS: Final = 4
_MOST_ROWS: Final = 160_000
_REFERENCES: Final = ((3, 5.126), (6, 6.060), (9, 6.707), (12, 7.268))
"""Steps of 5 minutes, and what T-GCN reports up to there."""
_HEAD: Final = Head(
    "change",
    HeadKind.MEAN,
    Learner.LIGHTGBM,
    "mph",
    "change of the speed up to a step",
    objective="regression",
)


@dataclass(frozen=True, slots=True)
class Roads:
    """Speeds in miles an hour, steps in rows and sensors in columns, and how near sensors are to each other, 0 to 1."""

    speed: NDArray[np.float64]
    nearness: NDArray[np.float64]

    @property
    def train_end(self) -> int:
        """Return the step at which the test part begins."""
        return int(len(self.speed) * 0.8)


def read(folder: Path) -> Roads:
    """Return the sensors of Los Angeles, the first week of March 2012."""
    speed = pl.read_csv(data_file(folder, "los_loop/los_speed.csv"), infer_schema_length=None).cast(
        pl.Float64
    )
    nearness = np.loadtxt(data_file(folder, "los_loop/los_adj.csv"), delimiter=",")
    return Roads(speed.to_numpy(), nearness)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual at each sensor, from a training part; `smooth` are its speeds over a quarter of an hour."""

    smooth: NDArray[np.float64]
    totals: NDArray[np.float64]
    days: NDArray[np.float64]
    free: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(cls, speed: NDArray[np.float64]) -> Self:
        """Return what is usual in a training part."""
        smooth = np.mean([np.roll(speed, shift, axis=0) for shift in (-1, 0, 1)], axis=0)
        smooth[[0, -1]] = speed[[0, -1]]
        clock = np.arange(len(speed)) % DAY_STEPS
        totals = np.zeros((DAY_STEPS, speed.shape[1]))
        np.add.at(totals, clock, smooth)
        days = np.bincount(clock, minlength=DAY_STEPS).astype(np.float64)
        return cls(smooth, totals, days, np.quantile(speed, 0.9, axis=0), speed.std(axis=0))

    def at(self, step: Integers, sensor: Integers) -> Floats:
        """Return the mean speed of a sensor at that time of day; a day that is itself of the training part is left out."""
        clock = step % DAY_STEPS
        is_own = step < len(self.smooth)
        own = np.where(is_own, self.smooth[np.minimum(step, len(self.smooth) - 1), sensor], 0.0)
        return np.asarray((self.totals[clock, sensor] - own) / np.maximum(self.days[clock] - is_own, 1))


def features(roads: Roads, usual: Usual, rows: tuple[Integers, Integers, Integers]) -> NDArray[np.float64]:
    """Return what twelve steps show, for rows of (last known step, sensor, steps ahead)."""
    now, sensor, ahead = rows
    speed = roads.speed
    lags = np.stack([speed[now - lag, sensor] for lag in range(STEPS_IN)], axis=-1)
    weights = roads.nearness - np.diag(np.diag(roads.nearness))
    near = np.argsort(-weights, axis=1, kind="stable")[:, :_NEIGHBOURS]
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    around = speed @ weights.T
    network = speed.mean(axis=1)
    target = now + ahead
    expected, expected_now = usual.at(target, sensor), usual.at(now, sensor)
    last = lags[:, 0]
    columns = [
        ahead,
        sensor,
        target % DAY_STEPS,
        usual.free[sensor],
        usual.spread[sensor],
        expected,
        expected - expected_now,
        last - expected_now,
        last - usual.free[sensor],
        last - lags[:, 2],
        last - lags[:, 5],
        lags.mean(axis=1),
        lags.std(axis=1),
        lags.min(axis=1),
        network[now],
        network[now] - network[now - 3],
        *(around[now - lag, sensor] for lag in (0, 1, 3, 6)),
        around[now, sensor] - around[now - 3, sensor],
        last - around[now, sensor],
    ]
    for place in range(_NEIGHBOURS):
        neighbour = near[sensor, place]
        columns += [
            speed[now, neighbour] - usual.free[neighbour],
            speed[now, neighbour] - speed[now - 3, neighbour],
        ]
    return np.column_stack((lags, *columns)).astype(np.float64)


def _part(roads: Roads, usual: Usual, begin: int, end: int, most: int) -> Part:
    """Return rows whose steps, from the first known to the one forecast, lie from `begin` on and before `end`."""
    shape = (end - begin - STEPS_IN - AHEAD + 1, roads.speed.shape[1], AHEAD)
    step, sensor, ahead = np.unravel_index(thinned(int(np.prod(shape)), most), shape)
    now = step + begin + STEPS_IN - 1
    came = roads.speed[now + ahead + 1, sensor] - roads.speed[now, sensor]
    return features(roads, usual, (now, sensor, ahead + 1)), came


def squared_errors(
    roads: Roads, usual: Usual, learnt: Learnt
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the squared errors of the test part, NavSwap's and those of the last value: by window, step ahead and sensor.

    A window has its twelve steps in the test part, too; NaN where what comes lies past the end.
    """
    end, sensors = roads.train_end, roads.speed.shape[1]
    now = np.arange(end + STEPS_IN - 1, len(roads.speed) - 1)
    own, naive = (np.full((len(now), AHEAD, sensors), np.nan) for _ in range(2))
    for ahead in range(1, AHEAD + 1):
        known = now[now + ahead < len(roads.speed)]
        step, sensor = np.repeat(known, sensors), np.tile(np.arange(sensors), len(known))
        said = learnt.predict(features(roads, usual, (step, sensor, np.full(len(step), ahead))))
        change = (roads.speed[known + ahead] - roads.speed[known]).reshape(-1)
        own[: len(known), ahead - 1] = ((said - change) ** 2).reshape(len(known), sensors)
        naive[: len(known), ahead - 1] = (change**2).reshape(len(known), sensors)
    return own, naive


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    roads = read(folder)
    end = roads.train_end
    validation_begin = int(end * 0.875)
    progress("settings")
    early = Usual.of(roads.speed[:validation_begin])
    tried = learn_before(
        _HEAD,
        _part(roads, early, 0, validation_begin, _MOST_ROWS),
        _part(roads, early, validation_begin, end, _MOST_ROWS // 4),
        options,
    )
    progress("learning from the whole training part")
    usual = Usual.of(roads.speed[:end])
    final = learn_again(_HEAD, tried, _part(roads, usual, 0, end, _MOST_ROWS), options)
    progress("test part")
    errors, naive = squared_errors(roads, usual, final)
    results = []
    for steps, reference in _REFERENCES:
        windows = len(roads.speed) - end - STEPS_IN - steps
        own, last = (float(np.sqrt(some[:windows, :steps].mean())) for some in (errors, naive))
        results.append(Result(f"RMSE up to {5 * steps} min, mph", reference, "T-GCN", last, own))
    return Answer(tuple(results), f"{tried}; RMSE on the validation part {np.sqrt(tried.loss):.3f}")


STUDY: Final = Study(
    "los_loop",
    "traffic",
    "Los-loop, speed of motorways in Los Angeles",
    "the first 80 % to learn from, the last 20 % to judge, twelve steps of 5 minutes in; error over all steps up to the one named",
    "the last value",
    _run,
)
