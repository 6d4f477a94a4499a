"""Queries of the credits slice."""

from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import AUDITORS
from navswap.features.credits.graphql.types import (
    CreditBalance,
    CreditEntry,
    OfUser,
    whose,
)
from navswap.features.credits.service import (
    CreditService,
    LedgerEntry,
    SystemAccount,
    user_account,
    user_of,
)
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import signed_in


@strawberry.type(description="An entry in a list.")
class CreditEntryEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this entry.")
    node: CreditEntry = strawberry.field(description="The entry.")
    change: int | None = strawberry.field(
        description="Credits that it added to the user's account, -10,000,000 to 10,000,000, below 0 where it took; null in lists of no one user."
    )
    balance_after: int | None = strawberry.field(
        description="Credits of the user after it, at least 0; null in lists of no one user."
    )

    @classmethod
    def of(cls, entry: LedgerEntry, account: str | None) -> Self:
        """Build the edge of an entry in the list of an account."""
        cursor, node = encode_page_cursor([entry.id]), CreditEntry.of(entry)
        if account is None or user_of(account) is None:
            return cls(cursor=cursor, node=node, change=None, balance_after=None)
        gives = entry.debit.account == account
        return cls(
            cursor=cursor,
            node=node,
            change=-entry.amount if gives else entry.amount,
            balance_after=entry.debit.balance if gives else entry.credit.balance,
        )


@strawberry.type(description="A page of entries, newest first.")
class CreditEntryConnection:
    """The entries that match, page by page."""

    edges: list[CreditEntryEdge] = strawberry.field(description="The entries of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(
    description="Which entries to list. ADMIN and ANALYST are given all entries if nothing is asked; everybody else "
    "the own ones, whatever is asked."
)
class CreditEntryFilterInput:
    """Filters as clients give them."""

    user_id: relay.GlobalID | None = strawberry.field(default=None, description="Only those of this user.")
    network_account: SystemAccount | None = strawberry.field(
        default=None, description="Only those of this account of the network; ignored where a user is given."
    )

    def to_account(self) -> str | None:
        """Return the account whose entries are wanted; None for all."""
        if self.user_id is not None:
            return user_account(database_id(self.user_id, User))
        return self.network_account


@strawberry.type
class CreditsQuery:
    """Queries of the credits slice."""

    @strawberry.field(description="The credits of a user.", extensions=signed_in())
    async def credit_balance(self, info: Info, user_id: OfUser = None) -> CreditBalance:
        """Return a balance."""
        wanted = whose(info.context, user_id)
        return CreditBalance.of(await info.context.service(CreditService).balance(wanted))

    @strawberry.field(
        description="Entries of the ledger, newest first: your own, or any for ADMIN and ANALYST.",
        extensions=signed_in(),
    )
    async def credit_entries(
        self,
        info: Info,
        filter: Annotated[
            CreditEntryFilterInput | None, strawberry.argument(description="Which entries to list.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")
        ] = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last entry seen.")
        ] = None,
    ) -> CreditEntryConnection:
        """List entries."""
        principal = info.context.signed_in()
        wanted = (filter or CreditEntryFilterInput()).to_account()
        account = wanted if principal.role in AUDITORS else user_account(principal.user_id)
        size = page_size(first)
        found = await info.context.service(CreditService).list_entries(account, _id_of(after), size + 1)
        edges = [CreditEntryEdge.of(entry, account) for entry in found[:size]]
        return CreditEntryConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


def _id_of(after: str | None) -> str | None:
    """Return the id of the last entry seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as entry_id]:
            return entry_id
        case _:
            raise CursorError("This cursor was not handed out by `creditEntries`.")
