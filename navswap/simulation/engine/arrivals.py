"""The riders of a day as visits, in the order in which they ask."""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from navswap.simulation.engine.visits import Visit
from navswap.simulation.world.city import City
from navswap.simulation.world.demand import RiderDay
from navswap.simulation.world.travel import TravelTimes

BLOCK = 4096
"""Riders whose ways are computed at once: enough for arrays to pay, few enough to take no memory."""


class Surroundings:
    """The stations around each station that a rider of a pack model has use for, as arrays: its own index first, then the others'."""

    def __init__(self, city: City, travel: TravelTimes) -> None:
        self._city = city
        self._travel = travel
        rows = [
            [
                [index, *(near for near, _ in city.near_with(index, model))]
                for index in range(len(city.stations))
            ]
            for model in range(len(city.pack_models))
        ]
        width = max(len(row) for of_model in rows for row in of_model)
        self._indexes = np.array(
            [[row + [-1] * (width - len(row)) for row in of_model] for of_model in rows], dtype=np.int64
        )
        self._plane = city.plane(city.coordinates)

    def visits(self, day: RiderDay, first_minute: float) -> Iterator[Visit]:
        """Yield a visit for each rider of a day whose midnight is `first_minute` of the run."""
        people = zip(*_columns(day), strict=True)
        for begin in range(0, len(day), BLOCK):
            part = slice(begin, begin + BLOCK)
            around = (places.tolist() for places in self._around(day, part))
            for rider in zip(itertools.islice(people, BLOCK), *around, strict=True):
                yield self._visit(first_minute, *rider)

    def _around(
        self, day: RiderDay, part: slice
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the stations around each rider, nearest first, with metres and minutes to them, each of shape (riders, n).

        They have slots for the rider's packs. The metres are straight, the minutes those on free roads; a place without a station has the index -1 and comes last.
        """
        stations = self._indexes[day.model[part], day.station[part]]
        here = self._city.plane(np.column_stack((day.longitude[part], day.latitude[part])))
        apart = self._plane[stations] - here[:, None, :]
        metres = np.where(stations < 0, np.inf, np.hypot(apart[..., 0], apart[..., 1]))
        order = np.argsort(metres, axis=1, kind="stable")
        minutes = self._travel.base_minutes_of_riders(day.longitude[part], day.latitude[part], stations)
        return (
            np.take_along_axis(stations, order, 1),
            np.take_along_axis(metres, order, 1),
            np.take_along_axis(minutes, order, 1),
        )

    def _visit(
        self,
        first_minute: float,
        person: Sequence[float],
        stations: Sequence[int],
        metres: Sequence[float],
        ways: Sequence[float],
    ) -> Visit:
        home, minute, soc, packs, model, speed, patience, walks_in, misses, late, cancels, key = person
        if stations[-1] < 0:  # fewer stations than places
            there = stations.index(-1)
            stations, metres, ways = stations[:there], metres[:there], ways[:there]
        return Visit(
            key=int(key),
            home=int(home),
            asked_at=first_minute + minute,
            near=stations,
            metres=metres,
            ways=ways,
            model=self._city.pack_models[int(model)],
            packs=int(packs),
            soc_percent=soc,
            patience_minutes=patience,
            slow_ride=late / speed,
            walks_in=bool(walks_in),
            shows_up=not misses,
            cancels_after=math.inf if math.isnan(cancels) else cancels,
        )


def _columns(day: RiderDay) -> tuple[Sequence[float], ...]:
    """Return the arrays of a day as lists: reading one number of an array costs ten times as much."""
    return tuple(
        column.tolist()
        for column in (
            day.station,
            day.minute,
            day.soc_percent,
            day.packs,
            day.model,
            day.speed_factor,
            day.patience_minutes,
            day.is_walk_in,
            day.will_not_show,
            day.lateness_factor,
            day.cancels_after_minutes,
            day.key,
        )
    )
