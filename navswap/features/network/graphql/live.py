"""The network now: asked for, and followed."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.network.graphql.types import AdminLive
from navswap.features.network.service import NetworkServices
from navswap.graphql.context import Info
from navswap.graphql.permissions import roles
from navswap.graphql.streams import guarded


@strawberry.type(description="The network as it was when the subscription began.")
class AdminLiveSnapshot:
    """The first moment of adminLiveChanged."""

    live: AdminLive = strawberry.field(description="The whole network.")


@strawberry.type(description="The network after something happened. Replace what you hold.")
class AdminLiveUpdate:
    """A later moment of adminLiveChanged."""

    sequence: int = strawberry.field(
        description="Counts the updates of this subscription, from 1, gapless; what was overtaken before you read "
        "it is left out."
    )
    live: AdminLive = strawberry.field(description="The whole network.")


AdminLiveChange = Annotated[
    AdminLiveSnapshot | AdminLiveUpdate,
    strawberry.union("AdminLiveChange", description="A moment of adminLiveChanged."),
]


@strawberry.type
class LiveQuery:
    """The network now."""

    @strawberry.field(
        description="The whole network as it is now: stations, packs, queues, swaps, jobs, tickets, staff, alerts.",
        extensions=roles(*AUDITORS),
    )
    async def admin_live(self, info: Info) -> AdminLive:
        """Read the network."""
        return AdminLive.of(await NetworkServices.of(info.context).live.read())


@strawberry.type
class LiveSubscription:
    """The network, followed."""

    @strawberry.subscription(
        description="The whole network, live: a snapshot, then the network anew after something happened, at most "
        "once a second. Each moment is whole, so there is nothing to resume: subscribe again and begin with a "
        "snapshot.",
        extensions=roles(*AUDITORS),
    )
    async def admin_live_changed(self, info: Info) -> AsyncGenerator[AdminLiveChange, None]:
        """Follow the network."""
        context = info.context
        readings = NetworkServices.of(context).live.follow(context.hub)
        async for reading in guarded(context, "adminLiveChanged", readings):
            live = AdminLive.of(reading.state)
            if reading.sequence == 0:
                yield AdminLiveSnapshot(live=live)
            else:
                yield AdminLiveUpdate(sequence=reading.sequence, live=live)
