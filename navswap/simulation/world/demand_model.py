"""How many riders ask for a swap: the shape of days and weeks, what weather and holidays do, and how counts scatter.

The parameters were fitted by `calibration` and are kept in `seeds/demand.json` with where they come from.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from navswap.kit.demand import SiteKind
from navswap.kit.errors import NavSwapError
from navswap.simulation.world.calendar import Day
from navswap.simulation.world.weather import HOURS, WeatherDay

DEMAND_FILE = "demand.json"
PACKAGE = Path(__file__).parents[2]

Numbers = npt.NDArray[np.float64]


class BadDemandError(NavSwapError):
    """The file of demand parameters is absent or broken; the message names it."""

    code = "BAD_DEMAND"


@dataclass(frozen=True, slots=True)
class KindDemand:
    """What holds for one kind of sites.

    `contrast` stretches the profile of the day about its mean (1: as it was fitted), `week_strength` does so with the days
    of the week. `level` makes up for what weather and holidays take away over a year. `dispersion` is the variance of a count over its mean once the day is known.
    """

    contrast: float
    week_strength: float
    dispersion: float
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class DemandModel:
    """The parameters; `weekday_hours` and `free_hours` are the shares of 24 hours, `week` factors from Monday on.

    `rain_per_mm` is the relative change for each mm of rain in an hour, `cold_per_degree` and `heat_per_degree` that for each
    °C below or above what is comfortable. `city_day_spread` is the standard deviation of the level of a day that all stations
    share, `station_spread` that of the level of a station.
    """

    weekday_hours: tuple[float, ...]
    free_hours: tuple[float, ...]
    week: tuple[float, ...]
    kinds: Mapping[SiteKind, KindDemand]
    holiday_factor: float
    rain_per_mm: float
    cold_per_degree: float
    heat_per_degree: float
    comfortable_celsius: tuple[float, float]
    city_day_spread: float
    station_spread: float

    @classmethod
    def load(cls, path: Path) -> "DemandModel":
        """Read the parameters from a file; raises BadDemandError."""
        try:
            return TypeAdapter(cls).validate_python(json.loads(path.read_bytes())["model"])
        except OSError as error:
            raise BadDemandError(f"{path}: {error.strerror or error}") from error
        except (ValueError, KeyError, ValidationError) as error:
            raise BadDemandError(f"{path}: {error}") from error

    def day_factor(self, kind: SiteKind, day: Day, weather: WeatherDay) -> float:
        """Return the riders of a day as a multiple of the usual number, without chance."""
        profile = self.profile(kind, day)
        return (
            self.kinds[kind].level
            * self._week_factor(kind, day)
            * float(profile @ self.weather_factors(weather))
        )

    def profile_on(self, kind: SiteKind, day: Day, weather: WeatherDay) -> Numbers:
        """Return the share of each hour, 24 of them that add up to 1, in the weather of the day."""
        shares = self.profile(kind, day) * self.weather_factors(weather)
        return np.asarray(shares / shares.sum(), dtype=np.float64)

    def profile(self, kind: SiteKind, day: Day) -> Numbers:
        """Return the share of each hour in weather that keeps no rider away."""
        hours = np.array(self.free_hours if day.is_free else self.weekday_hours)
        return stretched(hours, self.kinds[kind].contrast)

    def weather_factors(self, weather: WeatherDay) -> Numbers:
        """Return how many times as many riders as otherwise each hour has; at least 0.3."""
        celsius, rain = np.array(weather.celsius), np.array(weather.rain_mm)
        cold, heat = self.comfortable_celsius
        change = (
            self.rain_per_mm * np.minimum(rain, 10.0)
            + self.cold_per_degree * np.maximum(cold - celsius, 0.0)
            + self.heat_per_degree * np.maximum(celsius - heat, 0.0)
        )
        return np.asarray(np.maximum(1 + change, 0.3), dtype=np.float64)

    def _week_factor(self, kind: SiteKind, day: Day) -> float:
        factor = max(0.2, 1 + self.kinds[kind].week_strength * (self.week[day.weekday] - 1))
        return factor * (self.holiday_factor if day.is_holiday else 1.0)


def stretched(shares: Numbers, contrast: float) -> Numbers:
    """Return shares of a day with their distances from the mean multiplied; none falls below a tenth of the mean."""
    mean = 1 / HOURS
    wide = np.maximum(mean + contrast * (shares - mean), 0.1 * mean)
    return np.asarray(wide / wide.sum(), dtype=np.float64)


def seeds_folder() -> Path:
    """Return the folder of the seeds that came with the package: inside it when installed, beside it in a checkout."""
    inside = PACKAGE / "seeds"
    return inside if inside.is_dir() else PACKAGE.parent / "seeds"


@cache
def fitted() -> DemandModel:
    """Return the parameters that came with the package; raises BadDemandError."""
    return DemandModel.load(seeds_folder() / DEMAND_FILE)


def as_json(model: DemandModel) -> dict[str, Any]:
    """Return the parameters as they stand in the file."""
    found: dict[str, Any] = TypeAdapter(DemandModel).dump_python(model, mode="json")
    return found
