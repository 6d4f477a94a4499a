"""Types of the credits slice that several fields share."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.principal import NotAllowedError
from navswap.auth.roles import AUDITORS
from navswap.features.credits.events import BalanceChanged
from navswap.features.credits.service import (
    Balance,
    CreditsServices,
    LedgerEntry,
    SystemAccount,
    user_account,
    user_of,
)
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode, database_id, find_node
from navswap.graphql.scalars import Credits, NonNegativeInt

describe_enum(
    SystemAccount,
    "The network's own accounts.",
    {
        "REWARDS": "Pays transporters for jobs.",
        "BONUSES": "Pays riders who swap where empty packs are needed.",
        "COMPENSATION": "Pays riders whose hold was broken by a fault.",
        "STORAGE": "Pays partner shops for the packs that they store.",
        "ADJUSTMENTS": "The other side of what an administrator gives or takes.",
    },
    name="NetworkAccount",
)

OfUser = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Whose credits; your own if left out. Others' for ADMIN and ANALYST only."
    ),
]


@strawberry.type(description="One side of an entry: a user, or an account of the network.")
class CreditParty:
    """A side as clients see it; exactly one of the fields is set."""

    user_key: strawberry.Private[str | None]
    network_account: SystemAccount | None = strawberry.field(
        description="Account of the network; null for a user."
    )

    @classmethod
    def of(cls, account: str) -> Self:
        """Build the view of an account."""
        if (user_id := user_of(account)) is not None:
            return cls(user_key=user_id, network_account=None)
        return cls(user_key=None, network_account=SystemAccount(account))

    @strawberry.field(description="The user; null for the network, and for a user whom you may not see.")
    async def user(self, info: Info) -> User | None:
        """Return the user of the account."""
        return None if self.user_key is None else await find_node(info.context, User, self.user_key)


@strawberry.type(
    description="An entry of the ledger: credits went from one account to another. It never changes."
)
class CreditEntry(LoadedNode):
    """An entry as clients see it."""

    id: relay.NodeID[str]
    reference: str = strawberry.field(
        description="What caused it, such as `job:…`; unique, so that a cause pays once. 1 to 200 characters."
    )
    payer: CreditParty = strawberry.field(description="Where the credits came from.")
    payee: CreditParty = strawberry.field(description="Where they went.")
    credits: int = strawberry.field(
        description="Credits that moved, 1 to 10,000,000; one is a hundredth of the currency unit."
    )
    reason: str = strawberry.field(description="Why, for a person; 1 to 200 characters.")
    posted_at: datetime = strawberry.field(description="When (UTC).")

    @classmethod
    def of(cls, entry: LedgerEntry) -> Self:
        """Build the view of an entry."""
        return cls(
            id=entry.id,
            reference=entry.reference,
            payer=CreditParty.of(entry.debit.account),
            payee=CreditParty.of(entry.credit.account),
            credits=entry.amount,
            reason=entry.reason,
            posted_at=entry.posted_at,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return entries by id: all to ADMIN and ANALYST, to others those of their account."""
        principal = context.signed_in()
        own = user_account(principal.user_id)
        found = await CreditsServices.of(context).credits.list_by_ids(ids)
        return {
            entry.id: cls.of(entry)
            for entry in found.values()
            if principal.role in AUDITORS or own in {entry.debit.account, entry.credit.account}
        }


@strawberry.type(description="What a user has.")
class CreditBalance:
    """A balance as clients see it."""

    user_key: strawberry.Private[str]
    credits: Credits = strawberry.field(description="Credits; one is a hundredth of the currency unit.")
    revision: NonNegativeInt = strawberry.field(
        description="Counts the entries of the account; 0 before the first."
    )

    @classmethod
    def of(cls, balance: Balance | BalanceChanged) -> Self:
        """Build the view of a balance."""
        return cls(user_key=balance.user_id, credits=balance.balance, revision=balance.revision)

    @strawberry.field(description="The user; null where there is none with the id that was asked for.")
    async def user(self, info: Info) -> User | None:
        """Return the user."""
        return await find_node(info.context, User, self.user_key)


def whose(context: Context, user_id: strawberry.ID | None) -> str:
    """Return whose credits are wanted; raises NotAllowedError for those of another user."""
    principal = context.signed_in()
    wanted = principal.user_id if user_id is None else database_id(user_id, User, "user_id")
    if wanted != principal.user_id and principal.role not in AUDITORS:
        raise NotAllowedError("You may see your own credits only; leave `userId` out.")
    return wanted
