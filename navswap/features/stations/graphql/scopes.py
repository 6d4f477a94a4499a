"""The stations that a control room watches."""

from typing import Annotated

import strawberry

from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql.types import Station
from navswap.features.stations.service import StationsServices
from navswap.graphql.context import Context
from navswap.graphql.nodes import database_ids
from navswap.kit.errors import InvalidInputError

MAX_WATCHED_STATIONS = 200

WatchedStations = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="Stations to watch, 1 to 200; left out: all, also those that are added later."
    ),
]


async def watched_stations(context: Context, station_ids: list[strawberry.ID] | None) -> list[str] | None:
    """Return the ids of the stations that are watched, None for all; raises InvalidInputError, StationNotFoundError."""
    if station_ids is None:
        return None
    ids = database_ids(station_ids, Station, "station_ids")
    if not 1 <= len(ids) <= MAX_WATCHED_STATIONS:
        raise InvalidInputError(
            "station_ids", f"Watch 1 to {MAX_WATCHED_STATIONS} stations in one subscription, or all."
        )
    known = await StationsServices.of(context).reader.list_by_ids(ids)
    if missing := [station_id for station_id in ids if station_id not in known]:
        raise StationNotFoundError(f"There is no station {missing[0]}.")
    return ids
