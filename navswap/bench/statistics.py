"""The arithmetic of a bench: quantiles, spreads over rounds, ratios of paired rounds. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that a share (0 to 1) of the values does not exceed, between two neighbours linearly.

    Type 7 of Hyndman and Fan, the default of NumPy, R and spreadsheets. Raises ValueError without values.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError("a quantile needs at least one value and a share between 0 and 1")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = math.ceil(place)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@dataclass(frozen=True, slots=True)
class Spread:
    """What several rounds gave: the median, and the least and the greatest as the measure of the noise."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Sum up the values of at least one round."""
        return cls(quantile(values, 0.5), min(values), max(values))

    @property
    def noise(self) -> float:
        """Return the range as a share of the median."""
        return (self.greatest - self.least) / self.median


def ratios(candidate: Sequence[float], reference: Sequence[float]) -> Spread:
    """Return NavSwap over the reference, round by round: the two of a round met the same weather on the machine."""
    return Spread.of([rate / other for rate, other in zip(candidate, reference, strict=True)])


@dataclass(frozen=True, slots=True)
class Latency:
    """How long operations took, in milliseconds: the median, and what 99 of 100 stayed within."""

    p50_milliseconds: float
    p99_milliseconds: float
    operations: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Sum up at least one operation, each in seconds."""
        return cls(1000 * quantile(seconds, 0.5), 1000 * quantile(seconds, 0.99), len(seconds))
