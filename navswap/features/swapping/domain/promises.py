"""How many packs may be promised, and how many are kept back for riders who come without a hold."""

import math
from dataclasses import dataclass
from datetime import datetime

from navswap.features.swapping.domain.parameters import BufferParameters
from navswap.features.swapping.errors import NoChargedPackError, StationClosedError
from navswap.kit.forecasts import Source
from navswap.kit.poisson import poisson_quantile
from navswap.kit.units import Count
from navswap.kit.values import quick_init

SWAPS_BELIEVED = 20
"""How many swaps of a station the share of walk-ins that is believed beforehand weighs as much as."""


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """Walk-in swaps expected at a station over the time of a hold."""

    expected_swaps: float
    source: Source
    model: str = ""
    """The model that forecast it, with its version; empty where a rule did."""


NOTHING_FORECAST = DemandForecast(0.0, Source.BASELINE)
"""No walk-in is expected, and no model says so."""


def walk_in_share(walk_ins: float, swaps: float, believed: float) -> float:
    """Return which share of swaps is without a hold: that believed, until many swaps were seen."""
    return (walk_ins + SWAPS_BELIEVED * believed) / (swaps + SWAPS_BELIEVED)


@quick_init
@dataclass(frozen=True, slots=True)
class ReadyPacks:
    """The packs of one model at a station: charged to the promise, held of those, and charged up in half a hold."""

    charged: Count
    held: Count
    soon: Count = 0

    @property
    def free(self) -> int:
        """Return the charged packs that are not held."""
        return max(0, self.charged - self.held)


def walk_in_buffer(forecast: DemandForecast, packs: ReadyPacks, parameters: BufferParameters) -> int:
    """Return how many charged packs are kept back for the walk-ins expected."""
    needed = poisson_quantile(forecast.expected_swaps, parameters.sufficient) - packs.soon
    return max(0, min(needed, _largest_buffer(packs, parameters)))


def packs_to_promise(packs: ReadyPacks, buffer: int) -> int:
    """Return how many more packs may be held."""
    return max(0, packs.free - buffer)


def buffer_matters(packs: ReadyPacks, wanted: int, parameters: BufferParameters) -> bool:
    """Return whether a hold of `wanted` packs depends on the buffer; else no forecast is needed to decide."""
    return packs.free >= wanted > packs.free - _largest_buffer(packs, parameters)


def require_open(*, is_open: bool, opens_at: datetime | None = None) -> None:
    """Raise StationClosedError unless a station hands out packs until a hold ends; `opens_at` says when it does again."""
    if not is_open:
        raise StationClosedError(opens_at)


def require_promise(packs: ReadyPacks, wanted: int, buffer: int = 0) -> None:
    """Raise NoChargedPackError unless so many packs may be promised, all of them."""
    if (ready := packs_to_promise(packs, buffer)) < wanted:
        raise NoChargedPackError(ready, wanted)


def _largest_buffer(packs: ReadyPacks, parameters: BufferParameters) -> int:
    return math.floor(packs.charged * parameters.largest_share)
