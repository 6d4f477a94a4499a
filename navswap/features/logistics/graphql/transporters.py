"""The view of a transporter."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.features.logistics.domain import values
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.graphql import Pack
from navswap.features.packs.service import Pack as StoredPack
from navswap.features.packs.service import PacksServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import NonNegativeInt


@strawberry.type(description="A transporter's readiness for jobs.")
class Transporter(LoadedNode):
    """A transporter as clients see it; the id is that of the user."""

    id: relay.NodeID[str]
    is_online: bool = strawberry.field(description="Whether jobs are offered.")
    capacity_packs: NonNegativeInt = strawberry.field(
        description="Packs that the vehicle carries, 1 to 200; 0 if never given."
    )
    became_free_at: datetime = strawberry.field(
        description="Since when the transporter waits for a job: it came online or ended its last one (UTC)."
    )

    @classmethod
    def of(cls, transporter: values.Transporter) -> Self:
        """Build the view of a transporter."""
        return cls(
            id=transporter.id,
            is_online=transporter.is_online,
            capacity_packs=transporter.capacity_packs,
            became_free_at=transporter.free_since,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return transporters by id: all to those who run the network, to a transporter itself."""
        principal = context.signed_in()
        found = await LogisticsServices.of(context).transporters.find_by_ids(ids)
        return {
            transporter.id: cls.of(transporter)
            for transporter in found.values()
            if principal.may_see_rider(transporter.id)
        }

    @strawberry.field(description="The user; null for one whom you may not see.")
    async def user(self, info: Info) -> User | None:
        """Load the user with those of the other transporters."""
        return await find_node(info.context, User, str(self.id))

    @strawberry.field(description="The packs in the vehicle, by serial number.")
    async def packs(self, info: Info) -> list[Pack]:
        """Load the packs with those of the other transporters."""

        async def load(ids: list[str]) -> list[tuple[StoredPack, ...]]:
            found = await PacksServices.of(info.context).reader.list_with_transporters(ids)
            return [found[transporter_id] for transporter_id in ids]

        packs = await info.context.loader("transporter-packs", load).load(str(self.id))
        return [Pack.of(pack) for pack in packs]
