"""Queries of the credits slice."""

from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.credits.graphql.types import CreditBalance, CreditEntry, OfUser, whose
from navswap.features.credits.service import (
    CreditsServices,
    LedgerEntry,
    SystemAccount,
    user_account,
    user_of,
)
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.pages import After, Connection, Edge, First, Ordering, newest_first, read_page
from navswap.graphql.permissions import signed_in
from navswap.graphql.scalars import Credits
from navswap.graphql.spans import TimeSpanInput, read_span

ENTRIES: Ordering[LedgerEntry, str] = newest_first("creditEntries")


@strawberry.type(description="An entry in a list.")
class CreditEntryEdge(Edge[CreditEntry]):
    """An edge that says what the entry did to the account whose entries are listed."""

    change: int | None = strawberry.field(
        description="Credits that it added to the user's account, -10,000,000 to 10,000,000, below 0 where it took; null in lists of no one user."
    )
    balance_after: Credits | None = strawberry.field(
        description="Credits of the user after it; null in lists of no one user."
    )

    @classmethod
    def of(cls, cursor: str, entry: LedgerEntry, account: str | None) -> Self:
        """Build the edge of an entry in the list of an account."""
        node = CreditEntry.of(entry)
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
class CreditEntryConnection(Connection[CreditEntry]):
    """The entries that match, page by page."""

    edges: Sequence[CreditEntryEdge] = strawberry.field(description="The entries of this page, newest first.")


@strawberry.input(
    description="Which entries to list. ADMIN and ANALYST are given all entries if nothing is asked; other users "
    "their own, whatever is asked."
)
class CreditEntryFilterInput:
    """Filters as clients give them."""

    user_id: strawberry.ID | None = strawberry.field(default=None, description="Only those of this user.")
    network_account: SystemAccount | None = strawberry.field(
        default=None, description="Only those of this account of the network; ignored where a user is given."
    )
    span: TimeSpanInput | None = strawberry.field(default=None, description="Only those posted in this span.")

    def to_account(self) -> str | None:
        """Return the account whose entries are wanted, None for all; raises InvalidInputError."""
        if self.user_id is not None:
            return user_account(database_id(self.user_id, User, "filter.user_id"))
        return self.network_account


@strawberry.type
class CreditsQuery:
    """Queries of the credits slice."""

    @strawberry.field(description="The credits of a user.", extensions=signed_in())
    async def credit_balance(self, info: Info, user_id: OfUser = None) -> CreditBalance | None:
        """Return a balance."""
        wanted = whose(info.context, user_id)
        return CreditBalance.of(await CreditsServices.of(info.context).credits.balance(wanted))

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
        first: First = None,
        after: After = None,
    ) -> CreditEntryConnection | None:
        """List entries."""
        principal = info.context.signed_in()
        asked = filter or CreditEntryFilterInput()
        wanted, span = asked.to_account(), read_span(asked.span)
        account = wanted if principal.role in AUDITORS else user_account(principal.user_id)
        service = CreditsServices.of(info.context).credits
        page = await read_page(
            ENTRIES, first, after, lambda last_id, limit: service.list_entries(account, last_id, limit, span)
        )
        edges = [CreditEntryEdge.of(cursor, entry, account) for cursor, entry in page.items]
        return CreditEntryConnection(edges=edges, page_info=page.info)
