"""The stations that a control room watches."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from navswap.events.stream import Loaded
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql.types import Station
from navswap.features.stations.service import StationsServices
from navswap.graphql.context import Context, Info
from navswap.graphql.live import At, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_ids
from navswap.kit.errors import InvalidInputError
from navswap.kit.facts import Fact
from navswap.kit.streams import streams_of

State = TypeVar("State")
Event = TypeVar("Event", bound=Fact)
Snapshot = TypeVar("Snapshot", bound=StreamMoment)
Update = TypeVar("Update", bound=StreamMoment)

MAX_WATCHED_STATIONS = 200

WatchedStations = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="Stations to watch, 1 to 200; left out: all, also those that are added later."
    ),
]


async def stream_of_stations(  # noqa: PLR0913 - each is named where it is called
    info: Info,
    kind: str,
    station_ids: list[strawberry.ID] | None,
    load: Callable[[list[str] | None], Awaitable[Loaded[State]]],
    after: str | None,
    *,
    event: type[Event],
    snapshot: Callable[[State, At], Snapshot],
    update: Callable[[Event, At], Update],
) -> AsyncGenerator[Snapshot | Update | Resync, None]:
    """Follow the feeds of a kind at the stations that are watched, None for all; `load` reads the state at these stations.

    Equal subscriptions share their messages: none of the functions may depend on who asks. Raises InvalidInputError and
    StationNotFoundError beside what `stream` raises.
    """
    ids = await _watched_stations(info.context, station_ids)
    moments = stream(
        info,
        streams_of(kind, ids),
        lambda: load(ids),
        after,
        event=event,
        snapshot=snapshot,
        update=update,
        is_shared=True,
    )
    async with aclosing(moments):
        async for message in moments:
            yield message


async def _watched_stations(context: Context, station_ids: list[strawberry.ID] | None) -> list[str] | None:
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
