"""The network as it was."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import OVERSEERS, Role
from navswap.features.network.service import MomentTotals, NetworkServices, PastNetwork, StationMoment
from navswap.features.stations.graphql import Station
from navswap.features.stations.service import StationState
from navswap.graphql.context import Info
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import find_node
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import NonNegativeInt


@strawberry.type(description="All stations together at a moment of the last 24 hours.")
class NetworkMoment:
    """The totals of a moment as clients see them."""

    recorded_at: datetime = strawberry.field(description="When it was recorded (UTC); every 2 minutes.")
    open_stations: NonNegativeInt = strawberry.field(description="Stations that gave packs then.")
    without_free_packs: NonNegativeInt = strawberry.field(description="Those of them without a free pack.")
    free_packs: NonNegativeInt = strawberry.field(description="Free packs of all stations.")
    queue_length: NonNegativeInt = strawberry.field(description="Riders in all queues.")

    @classmethod
    def of(cls, totals: MomentTotals) -> Self:
        """Build the view of a moment."""
        return cls(
            recorded_at=totals.recorded_at,
            open_stations=totals.open_stations,
            without_free_packs=totals.without_free_packs,
            free_packs=totals.free_packs,
            queue_length=totals.queue_length,
        )


@strawberry.type(description="A station at a moment of the past.")
class PastStation:
    """A station of a moment as clients see it."""

    station_id: strawberry.Private[str]
    state: StationState = strawberry.field(description="Whether it gave packs: CLOSED out of its hours, too.")
    free_packs: NonNegativeInt = strawberry.field(description="Its free packs.")
    queue_length: NonNegativeInt = strawberry.field(description="Riders in its queue.")

    @classmethod
    def of(cls, moment: StationMoment) -> Self:
        """Build the view of a station."""
        state = StationState.OPEN if moment.is_open else StationState.CLOSED
        return cls(
            station_id=moment.station_id,
            state=StationState.OUT_OF_SERVICE if moment.is_broken else state,
            free_packs=moment.free_packs,
            queue_length=moment.queue_length,
        )

    @strawberry.field(description="The station; null where it is gone.")
    async def station(self, info: Info) -> Station | None:
        """Load the station with the others of the moment."""
        return await find_node(info.context, Station, self.station_id)


@strawberry.type(description="A position of a user at a moment of the past, without the user.")
class PastMover:
    """A position of a moment as clients see it."""

    role: Role = strawberry.field(description="The role of who was there.")
    location: Coordinates = strawberry.field(description="The last position of the 2 minutes before.")


@strawberry.type(description="The whole network at a moment of the last 24 hours.")
class NetworkSnapshot:
    """A moment as clients see it."""

    recorded_at: datetime = strawberry.field(description="When it was recorded (UTC).")
    stations: list[PastStation] = strawberry.field(description="All stations that there were, by id.")
    movers: list[PastMover] = strawberry.field(
        description="Who reported a position, at most 5,000: all to ADMIN, staff and transporters to others."
    )

    @classmethod
    def of(cls, past: PastNetwork) -> Self:
        """Build the view of a moment."""
        return cls(
            recorded_at=past.recorded_at,
            stations=[PastStation.of(station) for station in past.stations],
            movers=[PastMover(role=role, location=Coordinates.of(at)) for at, role in past.movers],
        )


@strawberry.type
class HistoryQuery:
    """The network as it was."""

    @strawberry.field(
        description="The network of the last hours as totals, a moment every 2 minutes, by time. Moments are kept for 24 hours.",
        extensions=roles(*OVERSEERS),
    )
    async def network_history(
        self,
        info: Info,
        since: Annotated[datetime, strawberry.argument(description="When the span begins (UTC).")],
        until: Annotated[
            datetime,
            strawberry.argument(
                description="When it ends (UTC), itself not included; at most 24 hours later."
            ),
        ],
    ) -> list[NetworkMoment] | None:
        """List moments; raises InvalidInputError."""
        found = await NetworkServices.of(info.context).history.list_totals(since, until)
        return [NetworkMoment.of(totals) for totals in found]

    @strawberry.field(
        description="Every station, and who moved where, at the last moment recorded up to a time; null where none was recorded "
        "in the 4 minutes before it.",
        extensions=roles(*OVERSEERS),
    )
    async def network_snapshot(
        self,
        info: Info,
        at: Annotated[datetime, strawberry.argument(description="The time (UTC), within the last 24 hours.")],
    ) -> NetworkSnapshot | None:
        """Find a moment."""
        viewer = info.context.signed_in().role
        past = await NetworkServices.of(info.context).history.find(viewer, at)
        return None if past is None else NetworkSnapshot.of(past)
