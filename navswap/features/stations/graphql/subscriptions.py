"""The subscription of the stations slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.features.stations.events import StationChanged, station_stream
from navswap.features.stations.graphql.types import Station, StationStatus, load_station
from navswap.features.stations.service import StationsServices
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_ids, relay_id
from navswap.graphql.permissions import signed_in
from navswap.kit.errors import InvalidInputError

MAX_WATCHED_STATIONS = 200


@strawberry.type(description="The stations that a subscription watches, as they are.")
class StationsSnapshot(StreamMoment):
    """The first message of stationChanged."""

    stations: list[Station] = strawberry.field(
        description="The stations watched, in the order asked for. Updates follow their `status`; what else a station says, "
        "is as it was read, and an update has it in its `station`."
    )


@strawberry.type(description="One station changed; `sequence` is its revision.")
class StationUpdate(StreamMoment):
    """A later message of stationChanged."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    status: StationStatus = strawberry.field(description="The whole new status.")

    @strawberry.field(
        description="The station with this update, or a later one: `status.revision` says which. A client that keeps objects by "
        "their ids asks for it, and all that it shows of the station is up to date."
    )
    async def station(self, info: Info) -> Station:
        """Return the station."""
        return await load_station(info.context, self.status.station_key)


StationChange = Annotated[
    StationsSnapshot | StationUpdate | Resync,
    strawberry.union("StationChange", description="A message of stationChanged."),
]


@strawberry.type
class StationsSubscription:
    """Subscriptions of the stations slice."""

    @strawberry.subscription(
        description="The status of some stations, live: a snapshot, then each change once and in order.",
        extensions=signed_in(),
    )
    def station_changed(
        self,
        info: Info,
        station_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Stations to watch, 1 to 200.")
        ],
        after: AfterCursor = None,
    ) -> AsyncGenerator[StationChange, None]:
        """Watch stations."""
        ids = database_ids(station_ids, Station, "station_ids")
        if not 1 <= len(ids) <= MAX_WATCHED_STATIONS:
            raise InvalidInputError(
                "station_ids", f"Watch 1 to {MAX_WATCHED_STATIONS} stations in one subscription."
            )
        reader = StationsServices.of(info.context).reader
        return stream(
            info,
            [station_stream(station_id) for station_id in ids],
            lambda: reader.load_live(ids),
            after,
            event=StationChanged,
            snapshot=lambda stations, at: StationsSnapshot(
                **at, stations=[Station.of(station) for station in stations]
            ),
            update=lambda changed, at: StationUpdate(
                **at,
                station_id=relay_id(Station, changed.station_id),
                status=StationStatus.of(changed),
            ),
            is_shared=True,
        )
