"""For how many minutes the model of arrivals would hold packs for a rider who is given a hold now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from navswap.kit.clock import epoch_milliseconds
from navswap.kit.forecasts import Source
from navswap.ml.catalog.arrival import ARRIVAL, GIVEN
from navswap.ml.history import History, Rows
from navswap.ml.serving import Forecast


@dataclass(frozen=True, slots=True)
class AskedHold:
    """A hold that is about to be given, of which the history knows nothing yet; `held_minutes` as all holds last."""

    station_id: str
    rider_id: str
    distance_metres: float
    ride_minutes: float
    held_minutes: float
    packs: int
    bonus_credits: int


def hold_rows(history: History, questions: Sequence[AskedHold], as_of: datetime) -> Rows:
    """Return a row of each hold with what the question says of it."""
    count = len(questions)
    return Rows(
        np.full(count, epoch_milliseconds(as_of), dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        {
            "hold": np.full(count, -1, dtype=np.int64),
            "station": history.entities("station").find([asked.station_id for asked in questions]),
            "rider": history.entities("rider").find([asked.rider_id for asked in questions]),
        },
        {name: np.array([float(getattr(asked, name)) for asked in questions]) for name in GIVEN},
    )


def minutes_to_hold(forecast: Forecast) -> float | None:
    """Return for how long to hold, by the decision that the model is judged by, of a forecast of one hold.

    None where the model has not answered in numbers, or the history does not know the station.
    """
    is_known = bool(forecast.rows.entity("station")[0] >= 0)
    answers = all(np.isfinite(values).all() for values in forecast.outputs.values())
    if forecast.source is not Source.MODEL or not (is_known and answers):
        return None
    return float(ARRIVAL.stakes.decide(forecast.outputs)[0])
