"""Queries of the swapping slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS, Role
from navswap.features.stations.graphql import Station
from navswap.features.swapping.graphql.types import Queue, QueueEntry, Recommendation, Swap
from navswap.features.swapping.service import SwapFilter, SwappingServices
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.geography import CoordinatesInput
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import public, roles, signed_in

MAX_RECOMMENDATIONS = 20


@strawberry.type(description="A swap in a list.")
class SwapEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this swap.")
    node: Swap = strawberry.field(description="The swap.")


@strawberry.type(description="A page of swaps, newest first.")
class SwapConnection:
    """The swaps that match, page by page."""

    edges: list[SwapEdge] = strawberry.field(description="The swaps of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which swaps to list; everything given must hold.")
class SwapFilterInput:
    """Filters as clients give them."""

    station_id: relay.GlobalID | None = strawberry.field(default=None, description="Only at this station.")
    rider_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Only of this rider; a rider is given its own swaps only, whatever is asked.",
    )


@strawberry.type
class SwappingQuery:
    """Queries of the swapping slice."""

    @strawberry.field(
        description="Stations ranked for a rider at a place: the one that serves it soonest first, with what "
        "is foreseen and why. Stations where no pack will be ready are left out.",
        extensions=public(),
    )
    async def recommend(
        self,
        info: Info,
        point: Annotated[CoordinatesInput, strawberry.argument(description="Where the rider is.")],
        within_metres: Annotated[
            float,
            strawberry.argument(description="How far to look, metres; more than 0 and at most 100,000."),
        ] = 5000.0,
        first: Annotated[int, strawberry.argument(description="How many stations, 1 to 20.")] = 5,
    ) -> list[Recommendation]:
        """Rank stations."""
        limit = page_size(first, most=MAX_RECOMMENDATIONS)
        ranked = await SwappingServices.of(info.context).recommendations.recommend(
            point.to_point(), within_metres, limit
        )
        return [
            Recommendation.of(place, Station.of(station), one)
            for place, (station, one) in enumerate(ranked, start=1)
        ]

    @strawberry.field(
        description="A queue entry; null when there is none or it is not yours to see. Without an id: the "
        "active entry of the signed-in rider.",
        extensions=signed_in(),
    )
    async def queue_entry(
        self,
        info: Info,
        id: Annotated[relay.GlobalID | None, strawberry.argument(description="Id of the entry.")] = None,
    ) -> QueueEntry | None:
        """Return an entry."""
        if id is None:
            rider_id = info.context.signed_in().user_id
            active = await SwappingServices.of(info.context).queues.find_active(rider_id)
            return None if active is None else QueueEntry.of(active)
        entry_id = database_id(id, QueueEntry)
        return (await QueueEntry.load_many(info.context, [entry_id])).get(entry_id)

    @strawberry.field(
        description="The queue of a station, first come first; null when there is no such station.",
        extensions=roles(*OVERSEERS),
    )
    async def queue(
        self,
        info: Info,
        station_id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the station.")],
    ) -> Queue | None:
        """Return a queue."""
        key = database_id(station_id, Station)
        if not await Station.load_many(info.context, [key]):
            return None
        return Queue.of(key, await SwappingServices.of(info.context).queues.list_queue(key))

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
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last swap seen.")] = None,
    ) -> SwapConnection:
        """List swaps."""
        principal = info.context.signed_in()
        wanted = filter or SwapFilterInput()
        rider_id = None if wanted.rider_id is None else database_id(wanted.rider_id, User)
        size = page_size(first)
        found = await SwappingServices.of(info.context).queues.list_swaps(
            SwapFilter(
                station_id=None if wanted.station_id is None else database_id(wanted.station_id, Station),
                rider_id=principal.user_id if principal.role is Role.CONSUMER else rider_id,
            ),
            before=_id_of(after),
            limit=size + 1,
        )
        edges = [SwapEdge(cursor=encode_page_cursor([swap.id]), node=Swap.of(swap)) for swap in found[:size]]
        return SwapConnection(edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after))


def _id_of(after: str | None) -> str | None:
    """Return the id of the last swap seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as swap_id]:
            return swap_id
        case _:
            raise CursorError("This cursor was not handed out by `swaps`.")
