"""Queries, mutations and subscriptions of the stations slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OPERATORS
from navswap.events.payloads import read_fact
from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.features.stations import errors
from navswap.features.stations.events import StationChanged, station_stream
from navswap.features.stations.graphql.types import Station, StationNotFound, StationStatus
from navswap.features.stations.service import (
    Near,
    StationFilter,
    StationsServices,
    StationState,
)
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.geography import CoordinatesInput
from navswap.graphql.nodes import BadId, database_id, relay_id
from navswap.graphql.permissions import public, roles, signed_in
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of

MAX_WATCHED_STATIONS = 200


@strawberry.type(description="A station in a list.")
class StationEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this station.")
    node: Station = strawberry.field(description="The station.")
    distance_metres: float | None = strawberry.field(
        description="Straight distance from `near`, metres, at least 0; null where no place was given."
    )


@strawberry.type(description="A page of stations.")
class StationConnection:
    """The stations that match, page by page."""

    edges: list[StationEdge] = strawberry.field(description="The stations of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
    wanted: strawberry.Private[StationFilter]

    @strawberry.field(description="How many stations match in all, at least 0; costs a count.")
    async def total_count(self, info: Info) -> int:
        """Count what matches."""
        return await StationsServices.of(info.context).stations.count(self.wanted)


@strawberry.input(description="A place and how far around it to look.")
class NearInput:
    """A circle as clients give it."""

    point: CoordinatesInput = strawberry.field(description="The middle.")
    within_metres: float = strawberry.field(
        default=3000.0, description="Radius in metres, more than 0 and at most 100,000."
    )

    def to_near(self) -> Near:
        """Return the circle; raises InvalidInputError or BadAreaError."""
        return Near(self.point.to_point(), self.within_metres)


@strawberry.input(description="Which stations to list; everything given must hold.")
class StationFilterInput:
    """Filters as clients give them."""

    near: NearInput | None = strawberry.field(
        default=None, description="Only stations around a place; sorts by distance."
    )
    state: StationState | None = strawberry.field(default=None, description="Only stations in this state.")
    minimum_charged_packs: int | None = strawberry.field(
        default=None, description="Only stations with at least so many charged packs; at least 0."
    )

    def to_filter(self) -> StationFilter:
        """Return the filter; raises InvalidInputError or BadAreaError."""
        return StationFilter(
            near=None if self.near is None else self.near.to_near(),
            state=self.state,
            minimum_charged_packs=self.minimum_charged_packs,
        )


StationId = Annotated[relay.GlobalID, strawberry.argument(description="Id of the station.")]


@strawberry.input(description="The station and its new state.")
class SetStationStateInput:
    """The input of setStationState."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station.")
    state: StationState = strawberry.field(description="The state it shall have.")


SetStationStateResult = Annotated[
    Station | StationNotFound | BadId,
    strawberry.union("SetStationStateResult", description="The station, or why its state stays."),
]


@strawberry.type(description="The whole state of the stations that a subscription watches.")
class StationsSnapshot:
    """The first moment of stationChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    stations: list[Station] = strawberry.field(description="The stations watched, in the order asked for.")


@strawberry.type(description="One station changed.")
class StationUpdate:
    """A later moment of stationChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(
        description="The revision of the station; grows by 1 with each update of one station."
    )
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    status: StationStatus = strawberry.field(description="The whole new status.")


StationChange = Annotated[
    StationsSnapshot | StationUpdate | Resync,
    strawberry.union("StationChange", description="A moment of stationChanged."),
]


@strawberry.type
class StationsQuery:
    """Queries of the stations slice."""

    @strawberry.field(
        description="Stations page by page: by distance where `filter.near` is given, else by id.",
        extensions=public(),
    )
    async def stations(
        self,
        info: Info,
        filter: Annotated[
            StationFilterInput | None, strawberry.argument(description="Which stations to list.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last station seen.")
        ] = None,
    ) -> StationConnection:
        """List stations."""
        wanted = filter.to_filter() if filter else StationFilter()
        size = page_size(first)
        found = await StationsServices.of(info.context).stations.list_page(
            wanted, after=_place_of(after), limit=size + 1
        )
        edges = [
            StationEdge(
                cursor=encode_page_cursor([one.distance_metres or 0.0, one.station.id]),
                node=Station.of(one.station),
                distance_metres=one.distance_metres,
            )
            for one in found[:size]
        ]
        return StationConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after), wanted=wanted
        )

    @strawberry.field(description="A station; null when there is none with this id.", extensions=public())
    async def station(self, info: Info, id: StationId) -> Station | None:
        """Return a station."""
        key = database_id(id, Station)
        return (await Station.load_many(info.context, [key])).get(key)

    @strawberry.field(
        description="The status of a station; null when there is none with this id.", extensions=public()
    )
    async def station_status(self, info: Info, station_id: StationId) -> StationStatus | None:
        """Return the status of a station."""
        key = database_id(station_id, Station)
        station = (await Station.load_many(info.context, [key])).get(key)
        return None if station is None else station.status


@strawberry.type
class StationsMutation:
    """Mutations of the stations slice."""

    @strawberry.mutation(
        description="Open or close a station. One that is not open gives no new holds. Holds that stand move to "
        "another station near, with the rider told by queueEntryChanged, or end with a compensation; a swap whose code "
        "was scanned is finished at a CLOSED one.",
        extensions=roles(*OPERATORS),
    )
    async def set_station_state(
        self,
        info: Info,
        input: Annotated[SetStationStateInput, strawberry.argument(description="The station and its state.")],
    ) -> SetStationStateResult:
        """Open or close a station."""
        station_id = database_id(input.station_id, Station)
        principal = info.context.signed_in()
        return Station.of(
            await StationsServices.of(info.context).stations.set_state(station_id, input.state, principal)
        )


@strawberry.type
class StationsSubscription:
    """Subscriptions of the stations slice."""

    @strawberry.subscription(
        description="The status of some stations, live: a snapshot, then each change once and in order.",
        extensions=signed_in(),
    )
    async def station_changed(
        self,
        info: Info,
        station_ids: Annotated[
            list[relay.GlobalID], strawberry.argument(description="Stations to watch, 1 to 200.")
        ],
        after: AfterCursor = None,
    ) -> AsyncGenerator[StationChange, None]:
        """Watch stations."""
        ids = list(dict.fromkeys(database_id(one, Station) for one in station_ids))
        if not 1 <= len(ids) <= MAX_WATCHED_STATIONS:
            raise errors.BadStationListError(
                f"Watch 1 to {MAX_WATCHED_STATIONS} stations in one subscription."
            )
        service = StationsServices.of(info.context).stations
        streams = frozenset(station_stream(one) for one in ids)
        async for moment in live(
            info.context, "stationChanged", streams, lambda: service.load_live(ids), after
        ):
            if isinstance(moment, SnapshotMoment):
                yield StationsSnapshot(
                    cursor=moment.cursor, stations=[Station.of(station) for station in moment.state]
                )
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                change = read_fact(StationChanged, moment.envelope.payload)
                yield StationUpdate(
                    cursor=moment.cursor,
                    sequence=moment.sequence,
                    station_id=relay_id(Station, change.station_id),
                    status=StationStatus.of(change),
                )


def _place_of(after: str | None) -> tuple[float, str] | None:
    """Return the sort key of the last station seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [int() | float() as distance, str() as station_id]:
            return float(distance), station_id
        case _:
            raise CursorError("This cursor was not handed out by `stations`.")
