"""The subscription of the credits slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.events.stream import ResyncMoment, SnapshotMoment
from navswap.features.credits.events import BalanceChanged, account_stream
from navswap.features.credits.graphql.types import CreditBalance, CreditEntry, OfUser, whose
from navswap.features.credits.service import CreditService
from navswap.graphql.context import Info
from navswap.graphql.permissions import signed_in
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of


@strawberry.type(description="What a user has when the subscription begins.")
class CreditsSnapshot:
    """The first moment of creditsChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    balance: CreditBalance = strawberry.field(description="The balance as it is.")


@strawberry.type(description="The credits of the user became more or fewer.")
class CreditsUpdate:
    """A later moment of creditsChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="The revision of the account; grows by 1 with each update.")
    balance: CreditBalance = strawberry.field(description="The balance as it is now.")
    change: int = strawberry.field(
        description="Credits added, -10,000,000 to 10,000,000, below 0 for credits taken."
    )
    entry: CreditEntry = strawberry.field(description="The entry that did it.")


CreditsChange = Annotated[
    CreditsSnapshot | CreditsUpdate | Resync,
    strawberry.union("CreditsChange", description="A moment of creditsChanged."),
]


@strawberry.type
class CreditsSubscription:
    """Subscriptions of the credits slice."""

    @strawberry.subscription(
        description="The credits of a user, live: a snapshot, then each entry once and in order.",
        extensions=signed_in(),
    )
    async def credits_changed(
        self, info: Info, user_id: OfUser = None, after: AfterCursor = None
    ) -> AsyncGenerator[CreditsChange, None]:
        """Watch a balance."""
        wanted = whose(info.context, user_id)
        service = info.context.service(CreditService)
        streams = frozenset({account_stream(wanted)})
        async for moment in live(
            info.context, "creditsChanged", streams, lambda: service.load_live(wanted), after
        ):
            if isinstance(moment, SnapshotMoment):
                yield CreditsSnapshot(cursor=moment.cursor, balance=CreditBalance.of(moment.state))
            elif isinstance(moment, ResyncMoment):
                yield resync_of(moment)
            else:
                change = BalanceChanged.model_validate(moment.envelope.payload)
                yield CreditsUpdate(
                    cursor=moment.cursor,
                    sequence=moment.sequence,
                    balance=CreditBalance.of(change),
                    change=change.change,
                    entry=CreditEntry.of(change),
                )
