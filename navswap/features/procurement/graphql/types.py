"""The views of depots and stock orders."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS
from navswap.features.packs.graphql import PackModel, load_model
from navswap.features.procurement.service import Depot as DepotValue
from navswap.features.procurement.service import OrderInputs, OrderState, ProcurementServices
from navswap.features.procurement.service import StockOrder as OrderValue
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import NonNegativeInt

describe_enum(
    OrderState,
    "The life of a stock order.",
    {
        "PROPOSED": "It waits for a decision.",
        "APPROVED": "The packs are on order.",
        "REJECTED": "The packs are not ordered.",
        "SUPERSEDED": "It was not decided on, and a newer proposal took its place.",
        "RECEIVED": "All packs have come.",
    },
    name="StockOrderState",
)


@strawberry.type(description="A depot of packs.")
class Depot(LoadedNode):
    """A depot as clients see it."""

    id: relay.NodeID[str]
    name: str = strawberry.field(description="Name for display.")
    time_zone: str = strawberry.field(description="IANA name of the time zone of its days.")
    lead_time_days: int = strawberry.field(description="Days from an order to its arrival, 1 to 365.")
    shortage_cost: float = strawberry.field(
        description="What a missing pack costs in a day, more than 0; only its ratio to holdingCost matters."
    )
    holding_cost: float = strawberry.field(
        description="What a pack that lies there costs in a day, more than 0."
    )
    location: Coordinates | None = strawberry.field(
        description="Where it is: transporters are there to take and to bring packs; null where it is not known."
    )

    @classmethod
    def of(cls, depot: DepotValue) -> Self:
        """Build the view of a depot."""
        return cls(
            id=depot.id,
            name=depot.name,
            time_zone=depot.time_zone,
            lead_time_days=depot.lead_time_days,
            shortage_cost=depot.shortage_cost,
            holding_cost=depot.holding_cost,
            location=None if depot.point is None else Coordinates.of(depot.point),
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return depots by id, to those who decide on them."""
        if context.signed_in().role not in AUDITORS:
            return {}
        depots = await ProcurementServices.of(context).depots.list_all()
        return {depot.id: cls.of(depot) for depot in depots if depot.id in ids}

    @strawberry.field(description="Fit packs that are there now; at least 0.")
    async def stock_packs(self, info: Info) -> NonNegativeInt:
        """Count the packs with those of the other depots."""

        async def load(ids: list[str]) -> list[int]:
            counts = await ProcurementServices.of(info.context).depots.count_stock(ids)
            return [counts[depot_id] for depot_id in ids]

        return await info.context.loader("depot_stock", load).load(str(self.id))


@strawberry.type(description="What the proposal of a stock order was computed from.")
class StockOrderInputs:
    """Inputs as clients see them."""

    mean_per_day: float = strawberry.field(
        description="Packs expected to leave the depot in a day; at least 0."
    )
    sigma_per_day: float = strawberry.field(description="Standard deviation of that; at least 0.")
    observed_days: NonNegativeInt = strawberry.field(
        description="Whole days that were observed and that the forecast was made from, 0 to 28."
        " Below 7 a prior stands in for those that are missing."
    )
    source: Source = strawberry.field(description="Where the forecast comes from.")
    model: str | None = strawberry.field(
        description="The model that made the forecast, with its version; null where a rule did."
    )
    lead_time_days: int = strawberry.field(description="Days from an order to its arrival, 1 to 365.")
    service_level: float = strawberry.field(
        description="How often the stock shall last until the next order arrives, 0 to 1: shortage cost over both costs."
    )
    base_stock: NonNegativeInt = strawberry.field(description="The order-up-to level, packs; at least 0.")
    on_hand: NonNegativeInt = strawberry.field(description="Fit packs in the depot; at least 0.")
    on_order: NonNegativeInt = strawberry.field(
        description="Packs of approved orders that have not come; at least 0."
    )
    to_replace: NonNegativeInt = strawberry.field(
        description="Faulty and recalled packs of the network that this depot has to replace; at least 0."
    )
    as_of: datetime = strawberry.field(description="When all of this was known (UTC).")

    @classmethod
    def of(cls, inputs: OrderInputs) -> Self:
        """Build the view of the inputs."""
        return cls(**asdict(inputs) | {"model": inputs.model or None})


@strawberry.type(description="Packs that a depot should order, and what became of it.")
class StockOrder(LoadedNode):
    """An order as clients see it."""

    id: relay.NodeID[str]
    day: str = strawberry.field(
        description="Local day of the proposal, YYYY-MM-DD; one a depot, model and day."
    )
    packs: int = strawberry.field(description="Packs proposed, or approved; 1 to 100,000.")
    state: OrderState = strawberry.field(description="Where in its life the order is.")
    inputs: StockOrderInputs = strawberry.field(description="What the proposal was computed from.")
    proposed_at: datetime = strawberry.field(description="When it was proposed (UTC).")
    decided_at: datetime | None = strawberry.field(description="When it was approved or rejected (UTC).")
    note: str = strawberry.field(description="What the decision was explained with; at most 500 characters.")
    received_packs: list[str] = strawberry.field(description="Serial numbers of the packs that have come.")
    received_at: datetime | None = strawberry.field(description="When the last of them came (UTC).")
    revision: int = strawberry.field(description="Counts the changes of the order, from 1.")
    depot_key: strawberry.Private[str]
    model_key: strawberry.Private[str]
    decider_key: strawberry.Private[str | None]

    @strawberry.field(description="The depot that should order.")
    async def depot(self, info: Info) -> Depot:
        """Return the depot."""
        depot = await find_node(info.context, Depot, self.depot_key)
        if depot is None:
            raise LookupError(f"the depot {self.depot_key} of a stock order is gone")
        return depot

    @strawberry.field(description="The model of its packs.")
    async def pack_model(self, info: Info) -> PackModel:
        """Load the model with those of the other orders."""
        return await load_model(info.context, self.model_key)

    @strawberry.field(description="Who approved or rejected it; null before.")
    async def decided_by(self, info: Info) -> User | None:
        """Return the user."""
        return None if self.decider_key is None else await find_node(info.context, User, self.decider_key)

    @classmethod
    def of(cls, order: OrderValue) -> Self:
        """Build the view of an order."""
        return cls(
            id=order.id,
            depot_key=order.depot_id,
            model_key=order.pack_model_id,
            day=order.day,
            packs=order.packs,
            state=order.state,
            inputs=StockOrderInputs.of(order.inputs),
            proposed_at=order.proposed_at,
            decided_at=order.decided_at,
            decider_key=order.decided_by,
            note=order.note,
            received_packs=list(order.received),
            received_at=order.received_at,
            revision=order.revision,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return orders by id, to those who decide on them."""
        if context.signed_in().role not in AUDITORS:
            return {}
        found = await ProcurementServices.of(context).orders.find_by_ids(ids)
        return {order.id: cls.of(order) for order in found.values()}
