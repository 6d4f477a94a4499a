"""The one schema, merged from the slices."""

from functools import cache
from typing import Annotated

import strawberry
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.features.credits.graphql import CreditsMutation, CreditsQuery, CreditsSubscription
from navswap.features.energy.graphql import (
    EnergyMutation,
    EnergyQuery,
    EnergySubscription,
    TariffsMutation,
    TariffsQuery,
)
from navswap.features.faults.graphql import (
    FaultsMutation,
    FaultsQuery,
    FaultsSubscription,
    TicketsMutation,
)
from navswap.features.logistics.graphql import (
    LogisticsMutation,
    LogisticsQuery,
    LogisticsSubscription,
    RecoveryMutation,
    StorageCollectionMutation,
)
from navswap.features.network.graphql import (
    AdminTrafficQuery,
    FleetMutation,
    JournalQuery,
    LiveQuery,
    LiveSubscription,
    LogisticsOverviewQuery,
    StatisticsQuery,
)
from navswap.features.packs.graphql import PacksQuery
from navswap.features.partners.graphql import (
    PartnersMutation,
    PartnersQuery,
    PartnersSubscription,
    ShopRegisterMutation,
)
from navswap.features.positions.graphql import (
    PositionsMutation,
    PositionsQuery,
    PositionsSubscription,
    TrailQuery,
)
from navswap.features.procurement.graphql import DepotsMutation, ProcurementMutation, ProcurementQuery
from navswap.features.staffing.graphql import (
    RosterMutation,
    StaffingMutation,
    StaffingQuery,
    StaffingSubscription,
)
from navswap.features.stations.graphql import StationsMutation, StationsQuery, StationsSubscription
from navswap.features.swapping.graphql import (
    BonusQuery,
    SwappingMutation,
    SwappingQuery,
    SwappingSubscription,
)
from navswap.features.traffic.graphql import TrafficQuery, TrafficSubscription
from navswap.features.users.graphql import UsersMutation, UsersQuery
from navswap.graphql.context import Info
from navswap.graphql.inputs import drop_null_defaults
from navswap.graphql.nodes import BadIdError, LoadedNode, parsed_id
from navswap.graphql.permissions import public
from navswap.graphql.refusals import RefusalCode, code_enum, exception_handlers, refusals_of
from navswap.settings import Settings

NODES: dict[str, type[LoadedNode]] = {kind.__name__: kind for kind in LoadedNode.__subclasses__()}
"""Everything that `node` finds, by the name in its ids; the imports above have brought all kinds."""


@strawberry.type
class NodeQuery:
    """The Relay entry to everything that has an id."""

    @strawberry.field(
        description="Anything by its id; null when there is none or it is not yours to see.",
        extensions=public(),
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id that the API handed out.")],  # noqa: A002 - the name is Relay's
    ) -> relay.Node | None:
        """Return a node of any kind; raises BadIdError for an id of no kind of NavSwap's."""
        wanted = parsed_id(id)
        kind = NODES.get(wanted.type_name)
        if kind is None:
            raise BadIdError("id", f"There is nothing of the kind {wanted.type_name!r}.")
        return (await kind.load_many(info.context, [wanted.node_id])).get(wanted.node_id)


Query = merge_types(
    "Query",
    (
        NodeQuery,
        UsersQuery,
        StationsQuery,
        PacksQuery,
        SwappingQuery,
        PositionsQuery,
        TrailQuery,
        TrafficQuery,
        CreditsQuery,
        PartnersQuery,
        ProcurementQuery,
        EnergyQuery,
        TariffsQuery,
        StaffingQuery,
        BonusQuery,
        FaultsQuery,
        LogisticsQuery,
        LiveQuery,
        LogisticsOverviewQuery,
        StatisticsQuery,
        JournalQuery,
        AdminTrafficQuery,
    ),
)
Mutation = merge_types(
    "Mutation",
    (
        UsersMutation,
        StationsMutation,
        SwappingMutation,
        PositionsMutation,
        CreditsMutation,
        PartnersMutation,
        ShopRegisterMutation,
        ProcurementMutation,
        DepotsMutation,
        LogisticsMutation,
        StorageCollectionMutation,
        RecoveryMutation,
        EnergyMutation,
        TariffsMutation,
        StaffingMutation,
        RosterMutation,
        FaultsMutation,
        TicketsMutation,
        FleetMutation,
    ),
)
Subscription = merge_types(
    "Subscription",
    (
        StationsSubscription,
        SwappingSubscription,
        PositionsSubscription,
        TrafficSubscription,
        CreditsSubscription,
        PartnersSubscription,
        LogisticsSubscription,
        EnergySubscription,
        StaffingSubscription,
        FaultsSubscription,
        LiveSubscription,
    ),
)


@cache
def build_schema(policy: SchemaPolicy = SchemaPolicy()) -> LimitedSchema:  # noqa: B008 - frozen, so that calls may share it
    """Return the schema under a policy; without one, under the default limits.

    Equal policies share one schema: building it takes a fifth of a second, and nothing in it belongs to one app.
    """
    refusals = refusals_of(Mutation)
    schema = LimitedSchema(
        policy=policy,
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        exception_handlers=exception_handlers(refusals),
        config=StrawberryConfig(
            relay_use_legacy_global_id=False, scalar_map={RefusalCode: code_enum(refusals)}
        ),
    )
    drop_null_defaults(schema)
    return schema


def schema_for(settings: Settings) -> LimitedSchema:
    """Return the schema with the limits of a process."""
    return build_schema(SchemaPolicy.of(settings))


def print_schema() -> str:
    """Return the schema in GraphQL's schema definition language, as `schema.graphql` holds it."""
    return build_schema().as_str() + "\n"
