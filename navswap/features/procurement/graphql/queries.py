"""Queries of the procurement slice."""

from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS, Role
from navswap.features.procurement.graphql.types import Depot, StockOrder
from navswap.features.procurement.service import OrderFilter, OrderState, ProcurementServices
from navswap.features.procurement.service import StockOrder as OrderValue
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.pages import After, Connection, First, Ordering, newest_first, paged
from navswap.graphql.permissions import roles

ORDERS: Ordering[OrderValue, str] = newest_first("stockOrders")


@strawberry.input(description="Which stock orders to list; everything given must hold.")
class StockOrderFilterInput:
    """Filters as clients give them."""

    depot_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this depot.")
    state: OrderState | None = strawberry.field(default=None, description="Only in this state.")

    def to_filter(self) -> OrderFilter:
        """Return the filter; raises InvalidInputError."""
        depot_id = None if self.depot_id is None else database_id(self.depot_id, Depot, "filter.depot_id")
        return OrderFilter(depot_id, self.state)


@strawberry.type
class ProcurementQuery:
    """Queries of the procurement slice."""

    @strawberry.field(description="All depots, by id.", extensions=roles(*AUDITORS, Role.TRANSPORTER))
    async def depots(self, info: Info) -> list[Depot] | None:
        """List depots."""
        return [Depot.of(depot) for depot in await ProcurementServices.of(info.context).depots.list_all()]

    @strawberry.field(description="Stock orders, newest first.", extensions=roles(*AUDITORS))
    async def stock_orders(
        self,
        info: Info,
        filter: Annotated[
            StockOrderFilterInput | None, strawberry.argument(description="Which orders to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[StockOrder] | None:
        """List orders."""
        wanted = (filter or StockOrderFilterInput()).to_filter()
        orders = ProcurementServices.of(info.context).orders
        return await paged(
            ORDERS,
            first,
            after,
            lambda last_id, limit: orders.list_page(wanted, before=last_id, limit=limit),
            StockOrder.of,
        )
