"""What a meter reading means: energy by local hour, each hour at its price."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from navswap.features.energy.rules.tariffs import HOUR, Prices


@dataclass(frozen=True, slots=True)
class Consumption:
    """Energy drawn from the feeder from one moment to another within one local hour, and what it cost."""

    start: datetime
    end: datetime
    kwh: float
    cost: float

    @property
    def kw(self) -> float:
        """Return the mean power."""
        return self.kwh / ((self.end - self.start) / HOUR)


def split_by_hour(start: datetime, end: datetime, kwh: float, prices: Prices) -> Iterator[Consumption]:
    """Split what was drawn evenly from `start` to `end` into local hours, each priced by itself."""
    whole = end - start
    while start < end:
        stop = min(end, prices.next_hour(start))
        part = kwh * ((stop - start) / whole)
        yield Consumption(start, stop, part, part * prices.at(start))
        start = stop
