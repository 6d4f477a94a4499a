"""CHARGED, Melbourne: the energy that 62 charging sites give in the next hour. Tests the recipe of `load`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from navswap.ml.asking import thinned
from navswap.ml.history import Floats
from navswap.ml.metrics import mean_absolute_error, root_mean_squared_error
from navswap.ml.published.learning import Learnt, learn_before
from navswap.ml.published.study import Answer, Progress, Result, Study, data_file
from navswap.ml.spec import Head, HeadKind, Learner
from navswap.ml.training.growing import Part, Settings
from navswap.ml.training.trainer import Options

HOURS_IN: Final = 12
_MOST_ROWS: Final = 80_000
_SHARES: Final = (0.8, 0.1)
_WEATHER: Final = ("temp", "humidity", "precip", "windspeed", "cloudcover")
_BLENDS: Final = tuple(np.linspace(0, 1, 11))
_MEAN_HEAD: Final = Head(
    "mean", HeadKind.MEAN, Learner.LIGHTGBM, "kWh", "mean change to the next hour", objective="regression"
)
_MEDIAN_HEAD: Final = Head(
    "median",
    HeadKind.MEAN,
    Learner.LIGHTGBM,
    "kWh",
    "median change to the next hour",
    objective="regression_l1",
)
_REFERENCES: Final = (("RMSE, kWh", 78.3), ("RAE", 0.269), ("MAE, kWh", 14.55))


@dataclass(frozen=True, slots=True)
class Sites:
    """Hours in rows, sites in columns: energy in kWh, hours of use; of each hour its month, hour, weekday and weather."""

    energy: NDArray[np.float64]
    use: NDArray[np.float64]
    months: NDArray[np.int64]
    clock: NDArray[np.int64]
    weekday: NDArray[np.int64]
    weather: NDArray[np.float64]

    def until(self, hour: int) -> "Sites":
        """Return the hours before one."""
        return Sites(
            self.energy[:hour],
            self.use[:hour],
            self.months[:hour],
            self.clock[:hour],
            self.weekday[:hour],
            self.weather[:hour],
        )


def read(folder: Path) -> Sites:
    """Return the sites of Melbourne, April to September 2023."""
    energy, use = (
        pl.read_csv(data_file(folder, f"charged_melbourne/{name}.csv"), infer_schema_length=None)
        for name in ("volume", "duration")
    )
    weather = pl.read_csv(data_file(folder, "charged_melbourne/weather.csv"), infer_schema_length=None)
    time = energy[energy.columns[0]].str.to_datetime("%Y-%m-%d %H:%M:%S")
    sites = energy.columns[1:]
    return Sites(
        energy.select(sites).cast(pl.Float64).to_numpy(),
        use.select(sites).cast(pl.Float64).to_numpy(),
        time.dt.month().to_numpy().astype(np.int64),
        time.dt.hour().to_numpy().astype(np.int64),
        time.dt.weekday().to_numpy().astype(np.int64),
        weather.select(_WEATHER).cast(pl.Float64).to_numpy()[: len(energy)],
    )


def folds(months: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return where the training, the validation and the test part of each expanding fold end: hours from the first on."""
    ends = np.flatnonzero(np.diff(months, append=-1)) + 1
    first, second = _SHARES
    return [(int(end * first), int(end * first) + int(end * second), int(end)) for end in ends]


def features(sites: Sites, hours: NDArray[np.int64], train_end: int) -> NDArray[np.float64]:
    """Return what twelve hours show of each site before some hours; rows by hour, then by site.

    A site's usual day and size are those of the training part, the hour that is forecast left out.
    """
    energy, count = sites.energy, sites.energy.shape[1]
    lags = np.stack([energy[hours - lag] for lag in range(1, HOURS_IN + 1)], axis=-1)
    use = np.stack([sites.use[hours - lag] for lag in (1, 2, 3)], axis=-1)
    usual, usual_before = _usual(sites, hours, train_end), _usual(sites, hours - 1, train_end)
    size = energy[:train_end].mean(axis=0)
    network = energy.sum(axis=1)
    by_hour = np.column_stack(
        (
            sites.clock[hours],
            sites.weekday[hours],
            sites.weather[hours - 1],
            network[hours - 1],
            network[hours - 1] - network[hours - 2],
        )
    )
    last = lags[..., 0]
    by_site = np.stack(
        (
            np.broadcast_to(np.arange(count), last.shape),
            np.broadcast_to(size, last.shape),
            np.broadcast_to(energy[:train_end].max(axis=0), last.shape),
            usual,
            usual - usual_before,
            last - usual_before,
            last - lags[..., 1],
            last - lags[..., 3],
            lags.mean(axis=-1),
            lags.std(axis=-1),
            lags.max(axis=-1),
            (lags == last[..., None]).sum(axis=-1),
            (lags > 0).sum(axis=-1),
        ),
        axis=-1,
    )
    spread = np.broadcast_to(by_hour[:, None, :], (*last.shape, by_hour.shape[1]))
    return np.concatenate((lags, use, by_site, spread), axis=-1).reshape(len(hours) * count, -1)


def _usual(sites: Sites, hours: NDArray[np.int64], train_end: int) -> NDArray[np.float64]:
    """Return each site's mean at that time of day over the training part, without the hour itself."""
    trained = np.arange(train_end)
    clock = sites.clock[hours]
    totals = np.stack(
        [sites.energy[trained[sites.clock[:train_end] == hour]].sum(axis=0) for hour in range(24)]
    )
    counts = np.bincount(sites.clock[:train_end], minlength=24).astype(np.float64)
    own = (hours < train_end).astype(np.float64)
    usual: NDArray[np.float64] = (totals[clock] - own[:, None] * sites.energy[hours]) / (counts[clock] - own)[
        :, None
    ]
    return usual


def figures(forecast: Floats, came: Floats) -> tuple[float, float, float]:
    """Return RMSE, error relative to that of the mean of all, and MAE."""
    relative = float(np.abs(forecast - came).sum() / np.abs(came - came.mean()).sum())
    return root_mean_squared_error(forecast, came), relative, mean_absolute_error(forecast, came)


def _run(folder: Path, options: Options, progress: Progress) -> Answer:
    whole = read(folder)
    chosen: dict[str, Settings] = {}
    own, naive, said = [], [], ""
    parted = folds(whole.months)
    for number, (train_end, validation_end, end) in enumerate(parted, start=1):
        progress(f"fold {number} of {len(parted)}")
        sites = whole.until(end)
        train = _part(sites, np.arange(HOURS_IN, train_end), train_end, _MOST_ROWS)
        validation = _part(sites, np.arange(train_end, validation_end), train_end)
        learnt = [_learn(head, train, validation, chosen, options) for head in (_MEAN_HEAD, _MEDIAN_HEAD)]
        blend = _blend(learnt, validation)
        test = _part(sites, np.arange(validation_end + HOURS_IN, end), train_end)
        last = test[0][:, 0]
        own.append(figures(_forecast(learnt, blend, test[0]), test[1]))
        naive.append(figures(last, test[1]))
        said = (
            f"of the last fold: {blend:.1f} of the mean ({learnt[0]}), the rest of the median ({learnt[1]})"
        )
    means, naive_means = np.mean(own, axis=0), np.mean(naive, axis=0)
    return Answer(
        tuple(
            Result(metric, reference, "last value", float(baseline), float(mean))
            for (metric, reference), baseline, mean in zip(_REFERENCES, naive_means, means, strict=True)
        ),
        said,
    )


def _part(sites: Sites, hours: NDArray[np.int64], train_end: int, most: int = 10**9) -> Part:
    kept = hours[thinned(len(hours), most // sites.energy.shape[1])]
    return features(sites, kept, train_end), sites.energy[kept].reshape(-1)


def _learn(
    head: Head, train: Part, validation: Part, chosen: dict[str, Settings], options: Options
) -> Learnt:
    """Learn the change from the last hour; settings are those of the first fold, whose validation is the earliest."""
    changes = [(matrix, came - matrix[:, 0]) for matrix, came in (train, validation)]
    learnt = learn_before(head, changes[0], changes[1], options, settings=chosen.get(head.name))
    chosen[head.name] = learnt.settings
    return learnt


def _forecast(learnt: list[Learnt], blend: float, matrix: NDArray[np.float64]) -> Floats:
    mean, median = (half.predict(matrix) for half in learnt)
    return np.maximum(0, matrix[:, 0] + blend * mean + (1 - blend) * median)


def _blend(learnt: list[Learnt], validation: Part) -> float:
    """Return the weight of the mean at which the three figures, over those of the last value, come to least."""
    matrix, came = validation
    naive = np.array(figures(matrix[:, 0], came))
    scores = [float((np.array(figures(_forecast(learnt, w, matrix), came)) / naive).sum()) for w in _BLENDS]
    return float(_BLENDS[int(np.argmin(scores))])


STUDY: Final = Study(
    "charged",
    "load",
    "CHARGED Melbourne, energy of charging sites in the next hour",
    "six expanding folds by month, each 80 / 10 / 10, twelve hours in, one ahead; means over folds",
    "the last value",
    _run,
)
