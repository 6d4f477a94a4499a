"""Choosing from the stations in memory by what `Stations.list_page` chooses by in the database."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from navswap.features.stations.domain.values import Station
from navswap.features.stations.storage import (
    EVERY_STATION,
    FoundStation,
    Near,
    StationFilter,
    comparable_metres,
)
from navswap.kit.geo import EARTH_RADIUS_METRES, distance_metres


def select_page(
    stations: Sequence[FoundStation],
    wanted: StationFilter,
    *,
    after: tuple[float, str] | None,
    limit: int,
) -> list[FoundStation]:
    """Return a page of stations that are in the order of their ids; see `StationReader.list_page`."""
    if wanted.near is not None:
        found = sorted(_around(stations, wanted, wanted.near), key=_place)
        start = 0 if after is None else bisect_right(found, after, key=_place)
        return found[start : start + limit]
    start = 0 if after is None else bisect_right(stations, after[1], key=_identifier)
    if wanted is EVERY_STATION or wanted == EVERY_STATION:
        return list(stations[start : start + limit])
    matches = matcher(wanted)
    return list(islice((found for found in islice(stations, start, None) if matches(found.station)), limit))


def count(stations: Sequence[FoundStation], wanted: StationFilter) -> int:
    """Return how many stations match."""
    if wanted.near is not None:
        return sum(1 for _ in _around(stations, wanted, wanted.near))
    matches = matcher(wanted)
    return sum(1 for found in stations if matches(found.station))


def matcher(wanted: StationFilter) -> Callable[[Station], bool]:
    """Return whether a station has everything that is asked for, but its distance."""
    within, state, packs = wanted.within, wanted.state, wanted.minimum_charged_packs

    def matches(station: Station) -> bool:
        status = station.status
        if state is not None and status.state is not state:
            return False
        if within is not None and not within.contains(station.information.point):
            return False
        if packs is None:
            return True
        if wanted.pack_model_id is None:
            return status.stock.charged_packs >= packs
        return any(
            part.model_id == wanted.pack_model_id and part.stock.charged_packs >= packs
            for part in status.stock_by_model
        )

    return matches


def _around(stations: Sequence[FoundStation], wanted: StationFilter, near: Near) -> Iterator[FoundStation]:
    """Yield what matches in a circle; a band of latitude leaves most others out without a distance."""
    matches = matcher(wanted)
    band = math.degrees(near.within_metres / EARTH_RADIUS_METRES) + 1e-6
    south, north = near.point.latitude - band, near.point.latitude + band
    for found in stations:
        point = found.station.information.point
        if south <= point.latitude <= north and matches(found.station):
            metres = distance_metres(near.point, point)
            if metres <= near.within_metres:
                yield FoundStation(found.station, comparable_metres(metres))


def _place(found: FoundStation) -> tuple[float, str]:
    return found.distance_metres or 0.0, found.station.id


def _identifier(found: FoundStation) -> str:
    return found.station.id
