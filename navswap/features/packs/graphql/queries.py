"""Queries of the packs slice."""

from typing import Annotated

import strawberry

from navswap.features.packs.graphql.types import Pack, PackModel
from navswap.features.packs.service import PacksServices
from navswap.graphql.context import Info
from navswap.graphql.nodes import find_node
from navswap.graphql.permissions import public, signed_in


@strawberry.type
class PacksQuery:
    """Queries of the packs slice."""

    @strawberry.field(
        description="A pack by serial number; null when there is none or it is not yours to see.",
        extensions=signed_in(),
    )
    async def pack(
        self,
        info: Info,
        serial_number: Annotated[str, strawberry.argument(description="Serial number of the pack.")],
    ) -> Pack | None:
        """Return a pack."""
        return await find_node(info.context, Pack, serial_number)

    @strawberry.field(
        description="All pack models of the network: the standard one first, the others by designation.",
        extensions=public(),
    )
    async def pack_models(self, info: Info) -> list[PackModel]:
        """List models."""
        return [PackModel.of(model) for model in await PacksServices.of(info.context).models.list_all()]
