"""Fits the shape of demand on CHARGED Melbourne, and the level and scatter on figures of real swap stations.

The data set (hourly charging of 62 sites, April to September 2023, MIT licence) is not part of the project; the parameters that
come out of it are kept in `seeds/demand.json`.
"""

import csv
import dataclasses
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.errors import NavSwapError
from navswap.simulation.draws import Draws
from navswap.simulation.world.calendar import SATURDAY, Calendar, Day
from navswap.simulation.world.demand_model import DemandModel, KindDemand, Numbers, as_json
from navswap.simulation.world.weather import HOURS, Weather, WeatherDay

STANDARD_DEVIATIONS: Mapping[SiteKind, float] = {SiteKind.URBAN: 8.6, SiteKind.HIGHWAY: 11.7}
"""Of the swaps of a day, at 117 a day in cities and 36 at highways: figures of stations in use that the project was given."""
WEEK_STRENGTHS: Mapping[SiteKind, float] = {SiteKind.URBAN: 1.0, SiteKind.HIGHWAY: 2.0}
"""Assumed: traffic on highways differs more between the days of the week than that in cities."""
HARMONICS = 3
"""Waves a day that the profile is made of: the third one still halves the error on the second half of the data."""
SEEDS, DAYS = 8, 730
"""Days of simulated weather and calendars that the scatter between days is measured on."""
ASSUMED = {
    "holiday_factor": 0.93,
    "cold_per_degree": -0.003,
    "heat_per_degree": -0.004,
    "comfortable_celsius": (15.0, 33.0),
    "city_day_spread": 0.02,
    "station_spread": 0.15,
}
"""What the data does not show, by judgement."""


class UnreadableDataError(NavSwapError):
    """The folder is not the data set; the message names what is absent."""

    code = "UNREADABLE_DATA"


@dataclass(frozen=True)
class ChargingData:
    """Energy by hour and site, shape (days, 24, sites), with the weekday (0 to 6) of each day and the rain (mm) of each hour."""

    energy: Numbers
    weekday: npt.NDArray[np.int64]
    rain: Numbers
    start: date


@dataclass(frozen=True)
class Shape:
    """What was fitted: smooth and raw shares of the hours, factors of the days of the week, and the effect of rain."""

    weekday_hours: Numbers
    free_hours: Numbers
    raw_weekday: Numbers
    raw_free: Numbers
    week: Numbers
    rain_per_mm: float
    sites: int
    days: int


def read_charged(folder: Path) -> ChargingData:
    """Read the data set; raises UnreadableDataError."""
    try:
        with (folder / "volume.csv").open(newline="") as file:
            rows = list(csv.reader(file))[1:]
        with (folder / "weather.csv").open(newline="") as file:
            rain = {row["time"]: float(row["precip"] or 0) for row in csv.DictReader(file)}
        days = len(rows) // HOURS
        times = [row[0] for row in rows[: days * HOURS]]
        energy = np.array([[float(value or 0) for value in row[1:]] for row in rows[: days * HOURS]])
        start = datetime.fromisoformat(times[0]).date()
        weekdays = np.array([datetime.fromisoformat(time).weekday() for time in times[::HOURS]])
        by_hour = np.array([rain.get(time, 0.0) for time in times]).reshape(days, HOURS)
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise UnreadableDataError(f"{folder} does not hold volume.csv and weather.csv: {error}") from error
    return ChargingData(energy.reshape(days, HOURS, -1), weekdays, by_hour, start)


def fit_shape(data: ChargingData) -> Shape:
    """Fit the profile of working days and weekends, the week and the effect of rain; each site counts the same.

    Sites that charge all the time or hardly ever, which are meters and not people, are left out.
    """
    energy = data.energy[:, :, _used(data.energy)]
    free = data.weekday >= SATURDAY
    raw_weekday, raw_free = _mean_profile(energy[~free]), _mean_profile(energy[free])
    level = energy.sum(axis=1) / energy.sum(axis=1).mean(axis=0)
    by_day = level.mean(axis=1)
    week = np.array([by_day[data.weekday == day].mean() for day in range(7)])
    return Shape(
        weekday_hours=smooth(raw_weekday),
        free_hours=smooth(raw_free),
        raw_weekday=raw_weekday,
        raw_free=raw_free,
        week=np.asarray(week / week.mean()),
        rain_per_mm=_effect_of_rain(energy, data),
        sites=energy.shape[2],
        days=len(energy),
    )


def smooth(profile: Numbers, harmonics: int = HARMONICS) -> Numbers:
    """Return the shares of 24 hours with the first few waves a day only, by least squares."""
    waves = np.fft.rfft(profile)
    waves[harmonics + 1 :] = 0
    shares = np.maximum(np.fft.irfft(waves, HOURS), 0.0)
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def calibrate(shape: Shape) -> DemandModel:
    """Return the model whose stations have the busiest hours and the standard deviations of the figures."""
    plain = DemandModel(
        weekday_hours=_rounded(shape.weekday_hours),
        free_hours=_rounded(shape.free_hours),
        week=_rounded(shape.week, 4),
        kinds={kind: KindDemand(1.0, WEEK_STRENGTHS[kind], 1.0) for kind in STANDARD_DEVIATIONS},
        rain_per_mm=round(shape.rain_per_mm, 4),
        **ASSUMED,  # type: ignore[arg-type]  # one table of numbers and a pair
    )
    kinds = {kind: _fitted_kind(plain, kind) for kind in STANDARD_DEVIATIONS}
    return dataclasses.replace(plain, kinds=kinds)


def write(model: DemandModel, shape: Shape, path: Path) -> None:
    """Keep the parameters with where they come from."""
    content = {
        "about": {
            "made_by": "python -m navswap.simulation.world.calibration_plot DATA seeds docs/images",
            "fitted": ["weekday_hours", "free_hours", "week", "rain_per_mm"],
            "fitted_on": f"CHARGED Melbourne (MIT licence): {shape.sites} sites, {shape.days} days from 2023-04-01",
            "solved_for": "contrast and dispersion, such that urban stations have 117 swaps a day (SD 8.6, busiest hour 6.3 %)"
            " and highway ones 36 (SD 11.7, 7.0 %), at 30 slots",
            "assumed": sorted([*ASSUMED, "week_strength"]),
        },
        "model": as_json(model),
    }
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _used(energy: Numbers) -> Numbers:
    hours = energy.reshape(-1, energy.shape[2])
    idle = (hours == 0).mean(axis=0)
    scatter = hours.std(axis=0) / np.maximum(hours.mean(axis=0), 1e-9)
    return np.asarray((idle > 0.02) & (idle < 0.98) & (scatter > 0.3))


def _mean_profile(energy: Numbers) -> Numbers:
    by_hour = energy.sum(axis=0)
    shares = by_hour / np.maximum(by_hour.sum(axis=0), 1e-9)
    return np.asarray(shares.mean(axis=1) / shares.mean(axis=1).sum())


def _effect_of_rain(energy: Numbers, data: ChargingData) -> float:
    """Return the relative change of an hour for each mm of rain, against the same hour of the same weekday without."""
    total = (energy / energy.mean(axis=(0, 1))).mean(axis=2)
    usual = np.array([total[data.weekday == day].mean(axis=0) for day in range(7)])[data.weekday]
    change, rain = (total / usual - 1).ravel(), np.minimum(data.rain.ravel(), 10.0)
    return float(np.polyfit(rain, change, 1)[0])


def _fitted_kind(plain: DemandModel, kind: SiteKind) -> KindDemand:
    """Return the contrast that gives the busiest hour, and the dispersion that gives the standard deviation."""
    prior, known = PRIORS[kind], plain.kinds[kind]

    def busiest(contrast: float) -> float:
        model = dataclasses.replace(plain, kinds={kind: dataclasses.replace(known, contrast=contrast)})
        return float(_days(model, kind, seeds=1)[1].max()) - prior.busiest_share

    contrast = round(float(brentq(busiest, 0.2, 4.0, xtol=1e-4)), 4)
    model = dataclasses.replace(plain, kinds={kind: dataclasses.replace(known, contrast=contrast)})
    factors, _ = _days(model, kind, seeds=SEEDS)
    between_days = float(np.var(factors) / np.mean(factors) ** 2) + plain.city_day_spread**2
    mean = prior.swaps_per_day
    explained = between_days * mean * mean * (1 + plain.station_spread**2)
    left = STANDARD_DEVIATIONS[kind] ** 2 - explained
    if left <= 0:
        raise ValueError(f"the days of {kind} sites differ more than their counts may")
    return KindDemand(
        contrast, known.week_strength, round(left / mean, 4), level=round(1 / float(np.mean(factors)), 4)
    )


def _days(model: DemandModel, kind: SiteKind, seeds: int) -> tuple[Numbers, Numbers]:
    """Return the factors of many days, and the mean share of each hour over them."""
    factors, hours = [], np.zeros(HOURS)
    for day, sky in itertools.chain.from_iterable(_weather(seed) for seed in range(seeds)):
        factor = model.day_factor(kind, day, sky)
        factors.append(factor)
        hours += factor * model.profile_on(kind, day, sky)
    return np.array(factors), np.asarray(hours / hours.sum())


@cache
def _weather(seed: int) -> list[tuple[Day, WeatherDay]]:
    calendar = Calendar(date(2026, 1, 1), "IN")
    weather = Weather(Draws(seed), calendar)
    return [(calendar.day(number), weather.day(number)) for number in range(DAYS)]


def _rounded(values: Sequence[float] | Numbers, digits: int = 6) -> tuple[float, ...]:
    return tuple(round(float(value), digits) for value in values)
