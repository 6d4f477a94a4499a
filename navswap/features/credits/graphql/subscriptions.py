"""The subscription of the credits slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from navswap.features.credits.events import BalanceChanged, account_stream
from navswap.features.credits.graphql.types import CreditBalance, CreditEntry, OfUser, whose
from navswap.features.credits.service import CreditsServices
from navswap.graphql.context import Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.permissions import signed_in


@strawberry.type(description="What a user has when the subscription begins.")
class CreditsSnapshot(StreamMoment):
    """The first message of creditsChanged."""

    balance: CreditBalance = strawberry.field(description="The balance as it is.")


@strawberry.type(description="The credits of the user became more or fewer.")
class CreditsUpdate(StreamMoment):
    """A later message of creditsChanged."""

    balance: CreditBalance = strawberry.field(description="The balance as it is now.")
    change: int = strawberry.field(
        description="Credits added, -10,000,000 to 10,000,000, below 0 for credits taken."
    )
    entry: CreditEntry = strawberry.field(description="The entry that did it.")


CreditsChange = Annotated[
    CreditsSnapshot | CreditsUpdate | Resync,
    strawberry.union("CreditsChange", description="A message of creditsChanged."),
]


@strawberry.type
class CreditsSubscription:
    """Subscriptions of the credits slice."""

    @strawberry.subscription(
        description="The credits of a user, live: a snapshot, then each entry once and in order.",
        extensions=signed_in(),
    )
    def credits_changed(
        self, info: Info, user_id: OfUser = None, after: AfterCursor = None
    ) -> AsyncGenerator[CreditsChange, None]:
        """Watch a balance."""
        wanted = whose(info.context, user_id)
        service = CreditsServices.of(info.context).credits
        return stream(
            info,
            [account_stream(wanted)],
            lambda: service.load_live(wanted),
            after,
            event=BalanceChanged,
            snapshot=lambda balance, at: CreditsSnapshot(**at, balance=CreditBalance.of(balance)),
            update=lambda changed, at: CreditsUpdate(
                **at,
                balance=CreditBalance.of(changed),
                change=changed.change,
                entry=CreditEntry.of(changed.entry),
            ),
            is_shared=True,
        )
