"""The network now: asked for, and followed."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.network.graphql.types import AdminLive
from navswap.features.network.service import NetworkServices
from navswap.graphql.context import Info
from navswap.graphql.live import StreamMoment, until_session_ends
from navswap.graphql.permissions import roles

SEQUENCE = "Counts the messages of this subscription: 0 in the snapshot, grows by 1 with each, also on behind a cursor."


@strawberry.type(description="The network as it was when the subscription began.")
class AdminLiveSnapshot(StreamMoment):
    """The first message of adminLiveChanged."""

    sequence: int = strawberry.field(description=SEQUENCE)
    live: AdminLive = strawberry.field(description="The whole network.")


@strawberry.type(
    description="The network after something happened. Replace what you hold; what was overtaken before you read it is "
    "left out."
)
class AdminLiveUpdate(StreamMoment):
    """A later message of adminLiveChanged."""

    sequence: int = strawberry.field(description=SEQUENCE)
    live: AdminLive = strawberry.field(description="The whole network.")


AdminLiveChange = Annotated[
    AdminLiveSnapshot | AdminLiveUpdate,
    strawberry.union("AdminLiveChange", description="A message of adminLiveChanged."),
]


@strawberry.type
class LiveQuery:
    """The network now."""

    @strawberry.field(
        description="The whole network as it is now: stations, packs, queues, swaps, jobs, tickets, staff, alerts.",
        extensions=roles(*AUDITORS),
    )
    async def admin_live(self, info: Info) -> AdminLive | None:
        """Read the network."""
        return AdminLive.of(await NetworkServices.of(info.context).live.read())


@strawberry.type
class LiveSubscription:
    """The network, followed."""

    @strawberry.subscription(
        description="The whole network, live: a snapshot, then the network again after something happened, at most "
        "once a second. Each message is whole, so that a client that comes back misses nothing.",
        extensions=roles(*AUDITORS),
    )
    async def admin_live_changed(
        self,
        info: Info,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="Cursor of the last message seen: the network as it is now follows as the next update. Without "
                "it the stream begins with a snapshot."
            ),
        ] = None,
    ) -> AsyncGenerator[AdminLiveChange, None]:
        """Follow the network."""
        context = info.context
        messages = NetworkServices.of(context).live.follow(context.hub, after)
        async for message in until_session_ends(context, info.field_name, messages):
            kind = AdminLiveUpdate if message.sequence else AdminLiveSnapshot
            yield kind(cursor=message.cursor, sequence=message.sequence, live=AdminLive.of(message.network))
