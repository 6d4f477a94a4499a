"""The weather of a city, hour by hour: season, time of day, warm and cold spells, dry and wet days."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from navswap.simulation.draws import Draws, Purpose
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.scenario import Scenario

HOURS = 24
SPELL_DAYS = 10
"""How many days back the weather remembers."""
_TEMPERATURE, _RAIN_DAY, _RAIN_AMOUNT, _RAIN_START, _RAIN_LENGTH = range(5)


@dataclass(frozen=True, slots=True)
class Climate:
    """What the weather of a place is like; the defaults are those of the demonstration: hot, with a monsoon.

    Temperatures in °C; `wet_*` are the shares of days with rain; `rain_mm` is the mean of a wet day.
    """

    mean_celsius: float = 26.5
    season_celsius: float = 8.5
    """The warmest days are so much above the mean, the coldest ones so much below."""
    warmest_part_of_year: float = 0.42
    day_celsius: float = 6.0
    """The warmest hour is so much above the mean of its day."""
    warmest_hour: float = 15.0
    spell_celsius: float = 2.2
    """Standard deviation of a day about the season."""
    spell_memory: float = 0.7
    """Correlation of neighbouring days, 0 to 1."""
    wet_share_dry_season: float = 0.04
    wet_share_monsoon: float = 0.5
    monsoon_part_of_year: float = 0.59
    monsoon_width: float = 0.09
    rain_mm: float = 9.0


@dataclass(frozen=True, slots=True)
class WeatherDay:
    """Temperature (°C) and rain (mm an hour) of each local hour, 24 of each."""

    celsius: tuple[float, ...]
    rain_mm: tuple[float, ...]

    @property
    def mean_celsius(self) -> float:
        """The mean of the day, °C."""
        return sum(self.celsius) / HOURS


class Weather:
    """The weather of a run; a day depends on seed, date and scenario alone, whatever was asked before."""

    def __init__(
        self,
        draws: Draws,
        calendar: Calendar,
        climate: Climate | None = None,
        scenario: Scenario | None = None,
    ) -> None:
        self._draws = draws
        self._calendar = calendar
        self._climate = climate or Climate()
        self._scenario = scenario or Scenario()
        self.day = lru_cache(maxsize=64)(self._day)

    def _day(self, number: int) -> WeatherDay:
        """Return the weather of a day by its number."""
        scenario = self._scenario
        celsius, rain = self._temperatures(number), self._rain(number)
        return WeatherDay(
            tuple(value + scenario.celsius_added(number, hour) for hour, value in enumerate(celsius)),
            tuple(value + scenario.rain_added(number, hour) for hour, value in enumerate(rain)),
        )

    def _temperatures(self, number: int) -> list[float]:
        climate = self._climate
        season = math.cos(2 * math.pi * (self._part_of_year(number) - climate.warmest_part_of_year))
        mean = (
            climate.mean_celsius
            + climate.season_celsius * season
            + climate.spell_celsius * self._spell(number)
        )
        turn = 2 * math.pi / HOURS
        return [
            mean + climate.day_celsius * math.cos(turn * (hour + 0.5 - climate.warmest_hour))
            for hour in range(HOURS)
        ]

    def _spell(self, number: int) -> float:
        """Return how much warmer than usual a day is, in standard deviations: a moving average of keyed normal draws."""
        weights = self._climate.spell_memory ** np.arange(SPELL_DAYS)
        days = np.array([self._absolute(number - back) for back in range(SPELL_DAYS)], dtype=np.int64)
        normal = ndtri(self._draws.uniforms(Purpose.WEATHER, days, _TEMPERATURE))
        return float(weights @ normal / math.sqrt(weights @ weights))

    def _rain(self, number: int) -> list[float]:
        """Return the rain of each hour: none on most days, else one spell whose hours rise and fall."""
        key, climate = self._absolute(number), self._climate
        if self._draws.uniform(Purpose.WEATHER, key, _RAIN_DAY) >= self._wet_share(number):
            return [0.0] * HOURS
        amount = climate.rain_mm * self._draws.exponential(Purpose.WEATHER, key, _RAIN_AMOUNT)
        start = HOURS * self._draws.uniform(Purpose.WEATHER, key, _RAIN_START)
        length = 1 + 5 * self._draws.uniform(Purpose.WEATHER, key, _RAIN_LENGTH)
        weights = [max(0.0, 1 - abs(hour + 0.5 - start - length / 2) / length) for hour in range(HOURS)]
        total = sum(weights) or 1.0
        return [amount * weight / total for weight in weights]

    def _wet_share(self, number: int) -> float:
        climate = self._climate
        away = (self._part_of_year(number) - climate.monsoon_part_of_year) / climate.monsoon_width
        extra = climate.wet_share_monsoon - climate.wet_share_dry_season
        return climate.wet_share_dry_season + extra * math.exp(-0.5 * away * away)

    def _part_of_year(self, number: int) -> float:
        return self._calendar.day(number).part_of_year

    def _absolute(self, number: int) -> int:
        """Return the day's number in the calendar of the world, so that a run that begins later sees the same weather."""
        return self._calendar.start.toordinal() + number
