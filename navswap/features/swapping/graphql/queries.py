"""Queries of the swapping slice."""

from dataclasses import replace
from typing import Annotated

import strawberry

from navswap.auth.roles import OVERSEERS, Role
from navswap.features.stations.graphql import Station
from navswap.features.swapping.domain import values
from navswap.features.swapping.graphql.recommendations import Recommendation
from navswap.features.swapping.graphql.types import QueueEntry, Swap, need_of_client
from navswap.features.swapping.service import SwapFilter, SwappingServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.geography import CoordinatesInput
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.pages import After, Connection, First, Ordering, newest_first, page_size, paged
from navswap.graphql.permissions import public, roles, signed_in
from navswap.graphql.scalars import Metres
from navswap.graphql.spans import TimeSpanInput, read_span
from navswap.kit.errors import inside

MAX_RECOMMENDATIONS = 20
SWAPS: Ordering[values.Swap, str] = newest_first("swaps")


@strawberry.input(description="Which swaps to list; everything given must hold.")
class SwapFilterInput:
    """Filters as clients give them."""

    station_id: strawberry.ID | None = strawberry.field(default=None, description="Only at this station.")
    rider_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Only of this rider; a rider is given its own swaps only, whatever is asked.",
    )
    span: TimeSpanInput | None = strawberry.field(
        default=None, description="Only those completed in this span."
    )

    def to_filter(self) -> SwapFilter:
        """Return the filter; raises InvalidInputError."""
        return SwapFilter(
            station_id=self.station_id and database_id(self.station_id, Station, "filter.station_id"),
            rider_id=self.rider_id and database_id(self.rider_id, User, "filter.rider_id"),
            completed=read_span(self.span),
        )


@strawberry.type
class SwappingQuery:
    """Queries of the swapping slice."""

    @strawberry.field(
        description="Stations ranked for a rider at a place: the one that serves it soonest first, with what is expected and "
        "why. A signed-in rider comes for the packs that its vehicle takes, others for one of the standard model. Stations "
        "where too few packs will be ready are left out.",
        extensions=public(),
    )
    async def recommend(
        self,
        info: Info,
        point: Annotated[CoordinatesInput, strawberry.argument(description="Where the rider is.")],
        within_metres: Annotated[
            Metres, strawberry.argument(description="How far to look; more than 0 and at most 100,000.")
        ] = 5000.0,
        first: Annotated[int, strawberry.argument(description="How many stations, 1 to 20.")] = 5,
    ) -> list[Recommendation]:
        """Rank stations."""
        limit = page_size(first, most=MAX_RECOMMENDATIONS)
        need = await need_of_client(info.context)
        with inside("point"):
            place = point.to_point()
        ranked = await SwappingServices.of(info.context).recommendations.recommend(
            place, within_metres, limit, need
        )
        return [
            Recommendation.of(rank, station, choice) for rank, (station, choice) in enumerate(ranked, start=1)
        ]

    @strawberry.field(
        description="A queue entry; null when there is none or it is not yours to see. Without an id: the "
        "active entry of the signed-in rider.",
        extensions=signed_in(),
    )
    async def queue_entry(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Id of the entry.")] = None,
    ) -> QueueEntry | None:
        """Return an entry."""
        if id is not None:
            return await find_node(info.context, QueueEntry, database_id(id, QueueEntry))
        rider_id = info.context.signed_in().user_id
        active = await SwappingServices.of(info.context).queues.find_active(rider_id)
        return None if active is None else QueueEntry.of(active)

    @strawberry.field(
        description="Completed swaps, newest first: a rider's own, or any for those who run the network.",
        extensions=roles(Role.CONSUMER, *OVERSEERS),
    )
    async def swaps(
        self,
        info: Info,
        filter: Annotated[
            SwapFilterInput | None, strawberry.argument(description="Which swaps to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Swap] | None:
        """List swaps."""
        principal, queues = info.context.signed_in(), SwappingServices.of(info.context).queues
        wanted = (filter or SwapFilterInput()).to_filter()
        if principal.role is Role.CONSUMER:
            wanted = replace(wanted, rider_id=principal.user_id)
        return await paged(
            SWAPS,
            first,
            after,
            lambda last_id, limit: queues.list_swaps(wanted, before=last_id, limit=limit),
            Swap.of,
        )
