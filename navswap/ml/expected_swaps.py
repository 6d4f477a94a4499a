"""The swaps that the model of load expects of stations in a span from now on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from navswap.kit.quarters import mean_of_quantiles, swaps_in_span
from navswap.ml.answers import Answers, answers_of
from navswap.ml.catalog.load import LOAD
from navswap.ml.forecaster import Forecaster, Question


@dataclass(frozen=True, slots=True)
class ExpectedSwaps:
    """The swaps of some quarters of an hour by station and by the quarter's end; stations without an answer are left out."""

    model: str = ""
    quarters: Mapping[str, Mapping[timedelta, float]] = field(default_factory=dict)

    def within(self, station_id: str, span: timedelta) -> float:
        """Return the swaps of a station in a span from the time of asking on."""
        return swaps_in_span(self.quarters[station_id], span)


NOTHING_EXPECTED: Final = ExpectedSwaps()


async def expected_swaps(
    forecaster: Forecaster, station_ids: Sequence[str], start: datetime, span: timedelta
) -> ExpectedSwaps:
    """Ask the model for all stations at once, a call for each quarter of an hour that it knows of the span."""
    return expected_by(
        {
            horizon: await answers_of(forecaster, Question(LOAD.name, station_ids, horizon), start)
            for horizon in _horizons_of(span)
        }
    )


def expected_by(answers: Mapping[timedelta, Answers]) -> ExpectedSwaps:
    """Return what answers by their horizons say of the stations that each of them has."""
    model, quarters = "", dict[str, dict[timedelta, float]]()
    for horizon, answer in answers.items():
        model = answer.model
        levels = (answer.each(f"swaps_p{level}") for level in (10, 50, 90))
        for (station_id, low), (_, middle), (_, high) in zip(*levels, strict=True):
            quarters.setdefault(station_id, {})[horizon] = mean_of_quantiles(low, middle, high)
    return ExpectedSwaps(
        model, {station_id: each for station_id, each in quarters.items() if len(each) == len(answers)}
    )


def _horizons_of(span: timedelta) -> list[timedelta]:
    """Return the horizons that a span needs: those within it, and the next after it."""
    within = [horizon for horizon in LOAD.horizons if horizon < span]
    return [*within, *LOAD.horizons[len(within) : len(within) + 1]]
