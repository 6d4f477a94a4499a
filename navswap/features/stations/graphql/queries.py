"""Queries of the stations slice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from navswap.features.stations.graphql.types import STATIONS, Station, StationStatus
from navswap.features.stations.service import (
    EVERY_STATION,
    FoundStation,
    Near,
    StationFilter,
    StationsServices,
    StationState,
)
from navswap.graphql.cacheable import Version, cacheable
from navswap.graphql.context import Context, Info
from navswap.graphql.geography import AreaInput, CoordinatesInput
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.pages import After, Connection, Edge, Ordering, PageInfo, page_size
from navswap.graphql.permissions import public
from navswap.graphql.scalars import Metres, NonNegativeInt
from navswap.graphql.views import Views
from navswap.kit.errors import InvalidInputError, inside

LARGEST_PAGE = 1000
"""Stations on a page: a map of a whole city is one request."""

Position = tuple[float, str]
"""Distance in metres, 0 where no point is given, and id of a station in a list."""

BY_ID: Ordering[FoundStation, Position] = Ordering(
    "stations", tuple[float, str], lambda found: (0.0, found.station.id)
)
BY_DISTANCE: Ordering[FoundStation, Position] = Ordering(
    "stations:distance", tuple[float, str], lambda found: (found.distance_metres or 0.0, found.station.id)
)


@strawberry.type(description="A station in a list.")
class StationEdge(Edge[Station]):
    """An edge that says how far away the station is."""

    distance: Metres | None = strawberry.field(
        description="Straight distance from `near`; null where no point was given."
    )


EDGES: Views[FoundStation, StationEdge] = Views(
    lambda found: StationEdge(cursor=BY_ID.cursor_of(found), node=STATIONS.of(found.station), distance=None),
    lambda found: found.station.id,
)
"""The edges of stations in the order of their ids."""


def _edges_at_distance(stations: list[FoundStation]) -> list[StationEdge]:
    return [
        StationEdge(
            cursor=BY_DISTANCE.cursor_of(found),
            node=STATIONS.of(found.station),
            distance=found.distance_metres,
        )
        for found in stations
    ]


@strawberry.type(description="A page of stations.")
class StationConnection(Connection[Station]):
    """The stations that match, page by page."""

    edges: Sequence[StationEdge] = strawberry.field(description="The stations of this page, in order.")
    as_of: datetime = strawberry.field(
        description="What was changed before this time (UTC) is in the page; it is at most 10 seconds before the answer."
    )
    wanted: strawberry.Private[StationFilter]

    @strawberry.field(description="How many stations match in all; costs a count.")
    async def total_count(self, info: Info) -> NonNegativeInt:
        """Count what matches."""
        return await StationsServices.of(info.context).reader.count(self.wanted)


@strawberry.input(description="A point and how far around it to look.")
class NearInput:
    """A circle as clients give it."""

    point: CoordinatesInput = strawberry.field(description="The middle.")
    within: Metres = strawberry.field(
        default=3000.0, description="Radius, more than 0 and at most 100,000 metres."
    )

    def to_near(self) -> Near:
        """Return the circle; raises InvalidInputError."""
        with inside("point"):
            point = self.point.to_point()
        try:
            return Near(point, self.within)
        except ValueError as error:
            raise InvalidInputError("within", str(error)) from error


@strawberry.input(description="Which stations to list; everything given must hold.")
class StationFilterInput:
    """Filters as clients give them."""

    near: NearInput | None = strawberry.field(
        default=None, description="Only stations around a point; sorts by distance."
    )
    within: AreaInput | None = strawberry.field(
        default=None,
        description="Only stations in a box, such as the part of a map that is shown; edges included.",
    )
    state: StationState | None = strawberry.field(default=None, description="Only stations in this state.")
    minimum_charged_packs: NonNegativeInt | None = strawberry.field(
        default=None, description="Only stations with at least so many charged packs."
    )
    pack_model: str | None = strawberry.field(
        default=None,
        description="Count only packs of the model with this designation, such as NS-48; without meaning where no "
        "minimum is given.",
    )

    def to_filter(self) -> StationFilter:
        """Return the filter; raises InvalidInputError."""
        with inside("filter.near"):
            near = None if self.near is None else self.near.to_near()
        with inside("filter.within"):
            within = None if self.within is None else self.within.to_area()
        return StationFilter(
            near=near,
            within=within,
            state=self.state,
            minimum_charged_packs=self.minimum_charged_packs,
            pack_model_id=self.pack_model,
        )


MinimumRevision = Annotated[
    int | None,
    strawberry.argument(
        description="Revision, 1 or more, that was seen already, such as that of the status in the answer of a mutation: no older station "
        "is answered, whichever server is asked. Left out: at most 10 seconds old."
    ),
]


def _version_of_stations(context: Context) -> Version:
    return StationsServices.of(context).reader.version


@strawberry.type
class StationsQuery:
    """Queries of the stations slice."""

    @strawberry.field(
        description="Stations page by page: by distance where `filter.near` is given, else by id.",
        extensions=public(),
        metadata=cacheable(_version_of_stations),
    )
    async def stations(
        self,
        info: Info,
        filter: Annotated[
            StationFilterInput | None, strawberry.argument(description="Which stations to list.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 1,000; 20 if left out.")
        ] = None,
        after: After = None,
    ) -> StationConnection:
        """List stations."""
        wanted = filter.to_filter() if filter else EVERY_STATION
        ordering, edges_of = (
            (BY_ID, EDGES.of_all) if wanted.near is None else (BY_DISTANCE, _edges_at_distance)
        )
        size = page_size(first, most=LARGEST_PAGE)
        last = None if after is None else ordering.key_in(after)
        reader = StationsServices.of(info.context).reader
        as_of = reader.as_of() or info.context.clock.now()
        found = await reader.list_page(wanted, after=last, limit=size + 1)
        edges = edges_of(found[:size])
        page_info = PageInfo.of(edges, more=len(found) > size, after=after)
        return StationConnection(edges=edges, page_info=page_info, as_of=as_of, wanted=wanted)

    @strawberry.field(
        description="A station; null when there is none with this id.",
        extensions=public(),
        metadata=cacheable(_version_of_stations),
    )
    async def station(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the station.")],
        minimum_revision: MinimumRevision = None,
    ) -> Station | None:
        """Return a station."""
        return await _find(info, database_id(id, Station), minimum_revision)

    @strawberry.field(
        description="The status of a station; null when there is none with this id.",
        extensions=public(),
        metadata=cacheable(_version_of_stations),
    )
    async def station_status(
        self,
        info: Info,
        station_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the station.")],
        minimum_revision: MinimumRevision = None,
    ) -> StationStatus | None:
        """Return the status of a station."""
        station = await _find(info, database_id(station_id, Station, "station_id"), minimum_revision)
        return None if station is None else station.status


async def _find(info: Info, station_id: str, minimum_revision: int | None) -> Station | None:
    reader = StationsServices.of(info.context).reader
    if minimum_revision is None:
        station = reader.at_hand(station_id)
        return await find_node(info.context, Station, station_id) if station is None else STATIONS.of(station)
    found = await reader.list_by_ids([station_id], at_least=minimum_revision)
    return STATIONS.of(found[station_id]) if station_id in found else None
