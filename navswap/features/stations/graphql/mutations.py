"""Mutations of the stations slice."""

from typing import Annotated

import strawberry

from navswap.auth.roles import OPERATORS
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql.types import Station
from navswap.features.stations.service import StationsServices, StationState
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused


@strawberry.input(description="The station and its new state.")
class SetStationStateInput:
    """The input of setStationState."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    state: StationState = strawberry.field(description="The state it shall have.")


@strawberry.type(description="The station has the state.")
class SetStationStatePayload:
    """The answer of setStationState."""

    station: Station = strawberry.field(description="The station as it is now.")


SetStationStateResult = Annotated[
    SetStationStatePayload | InvalidInput | Refused[StationNotFoundError],
    strawberry.union("SetStationStateResult", description="The station, or why its state stays."),
]


@strawberry.type
class StationsMutation:
    """Mutations of the stations slice."""

    @strawberry.mutation(
        description="Open or close a station. One that is not open gives no new holds. Holds that stand move to "
        "another station near, which queueEntryChanged reports to the rider, or end with a compensation; a swap whose "
        "code was scanned is finished at a CLOSED one.",
        extensions=roles(*OPERATORS),
    )
    async def set_station_state(
        self,
        info: Info,
        input: Annotated[SetStationStateInput, strawberry.argument(description="The station and its state.")],
    ) -> SetStationStateResult:
        """Open or close a station."""
        station_id = database_id(input.station_id, Station, "station_id")
        stations = StationsServices.of(info.context).stations
        changed = await stations.set_state(station_id, input.state, info.context.signed_in())
        return SetStationStatePayload(station=Station.of(changed))
