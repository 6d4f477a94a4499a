"""The mutation of depots, and its answer."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.procurement.graphql.types import Depot
from navswap.features.procurement.service import Depot as DepotValue
from navswap.features.procurement.service import ProcurementServices
from navswap.graphql.context import Info
from navswap.graphql.geography import CoordinatesInput
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput
from navswap.kit.errors import inside


@strawberry.type(description="The depot is saved.")
class SaveDepotPayload:
    """The answer of saveDepot."""

    depot: Depot = strawberry.field(description="The depot as it is now.")


SaveDepotResult = Annotated[
    SaveDepotPayload | InvalidInput,
    strawberry.union("SaveDepotResult", description="The depot, or why nothing was saved."),
]


@strawberry.input(description="What is to be known of a depot.")
class SaveDepotInput:
    """The input of saveDepot."""

    key: str = strawberry.field(
        description="Your name of the depot, 1 to 50 letters, digits, hyphens or underscores; a depot of that key is "
        "changed, else one is added."
    )
    name: str = strawberry.field(description="Name for display.")
    time_zone: str = strawberry.field(description="IANA name of the time zone of its days.")
    lead_time_days: int = strawberry.field(
        default=14, description="Days from an order to its arrival, 1 to 365."
    )
    shortage_cost: float = strawberry.field(
        default=19.0,
        description="What a missing pack costs in a day, above 0; only its ratio to holdingCost matters.",
    )
    holding_cost: float = strawberry.field(
        default=1.0, description="What a pack that lies there costs in a day, above 0."
    )
    location: CoordinatesInput | None = strawberry.field(
        default=None,
        description="Where it is; transporters must be there to take and to bring packs. Left out: not known.",
    )

    def to_depot(self) -> DepotValue:
        """Return the depot; raises InvalidInputError."""
        with inside("location"):
            point = None if self.location is None else self.location.to_point()
        return DepotValue(
            id=self.key,
            name=self.name,
            time_zone=self.time_zone,
            lead_time_days=self.lead_time_days,
            shortage_cost=self.shortage_cost,
            holding_cost=self.holding_cost,
            point=point,
        )


@strawberry.type
class DepotsMutation:
    """Mutations of depots."""

    @strawberry.mutation(
        description="Add a depot, or change what is known of one; the next proposal of an order is computed from it. "
        "Saving the same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_depot(
        self, info: Info, input: Annotated[SaveDepotInput, strawberry.argument(description="The depot.")]
    ) -> SaveDepotResult:
        """Save a depot."""
        services = ProcurementServices.of(info.context)
        saved = await services.depots.save(input.to_depot(), info.context.signed_in())
        return SaveDepotPayload(depot=Depot.of(saved))
