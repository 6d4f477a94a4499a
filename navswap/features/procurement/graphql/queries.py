"""Queries of the procurement slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS, Role
from navswap.features.procurement.graphql.types import Depot, StockOrder
from navswap.features.procurement.service import OrderFilter, OrderState, ProcurementServices
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles


@strawberry.type(description="A stock order in a list.")
class StockOrderEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this order.")
    node: StockOrder = strawberry.field(description="The order.")


@strawberry.type(description="A page of stock orders, newest first.")
class StockOrderConnection:
    """Orders, page by page."""

    edges: list[StockOrderEdge] = strawberry.field(description="The orders of this page.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which stock orders to list; everything given must hold.")
class StockOrderFilterInput:
    """Filters as clients give them."""

    depot_id: relay.GlobalID | None = strawberry.field(default=None, description="Only of this depot.")
    state: OrderState | None = strawberry.field(default=None, description="Only in this state.")


@strawberry.type
class ProcurementQuery:
    """Queries of the procurement slice."""

    @strawberry.field(description="All depots, by id.", extensions=roles(*AUDITORS, Role.TRANSPORTER))
    async def depots(self, info: Info) -> list[Depot]:
        """List depots."""
        return [Depot.of(depot) for depot in await ProcurementServices.of(info.context).depots.list_all()]

    @strawberry.field(description="Stock orders, newest first.", extensions=roles(*AUDITORS))
    async def stock_orders(
        self,
        info: Info,
        filter: Annotated[
            StockOrderFilterInput | None, strawberry.argument(description="Which orders to list.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last order seen.")
        ] = None,
    ) -> StockOrderConnection:
        """List orders."""
        wanted = filter or StockOrderFilterInput()
        depot_id = None if wanted.depot_id is None else database_id(wanted.depot_id, Depot)
        size = page_size(first)
        found = await ProcurementServices.of(info.context).orders.list_page(
            OrderFilter(depot_id, wanted.state), before=_id_of(after), limit=size + 1
        )
        edges = [
            StockOrderEdge(cursor=encode_page_cursor([order.id]), node=StockOrder.of(order))
            for order in found[:size]
        ]
        return StockOrderConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


def _id_of(after: str | None) -> str | None:
    """Return the id of the last order seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as order_id]:
            return order_id
        case _:
            raise CursorError("This cursor was not handed out by `stockOrders`.")
