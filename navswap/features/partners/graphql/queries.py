"""Queries of the partners slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.partners.graphql.types import LISTS_REQUESTS, SEES_SHOPS, PartnerShop, StorageRequest
from navswap.features.partners.service import PartnersServices, RequestState
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles

First = Annotated[int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")]


@strawberry.type(description="A shop in a list.")
class PartnerShopEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this shop.")
    node: PartnerShop = strawberry.field(description="The shop.")


@strawberry.type(description="A page of shops, by id.")
class PartnerShopConnection:
    """Shops, page by page."""

    edges: list[PartnerShopEdge] = strawberry.field(description="The shops of this page.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.type(description="A storage request in a list.")
class StorageRequestEdge:
    """An edge of the connection."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this request.")
    node: StorageRequest = strawberry.field(description="The request.")


@strawberry.type(description="A page of storage requests, newest first.")
class StorageRequestConnection:
    """Requests, page by page."""

    edges: list[StorageRequestEdge] = strawberry.field(description="The requests of this page.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which storage requests to list; everything given must hold.")
class StorageRequestFilterInput:
    """Filters as clients give them."""

    shop_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Only of this shop; a partner is given own ones only, whatever is asked."
    )
    state: RequestState | None = strawberry.field(
        default=None,
        description="Only in this state; a transporter is given accepted ones, whatever is asked.",
    )


@strawberry.type
class PartnersQuery:
    """Queries of the partners slice."""

    @strawberry.field(
        description="Partner shops, by id: a partner's own, or all for those who run the network.",
        extensions=roles(*SEES_SHOPS),
    )
    async def partner_shops(
        self,
        info: Info,
        first: First = None,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last shop seen.")] = None,
    ) -> PartnerShopConnection:
        """List shops."""
        principal = info.context.signed_in()
        owner_id = principal.user_id if principal.role is Role.PARTNER else None
        size, last = page_size(first), _id_of(after, "partnerShops")
        found = await PartnersServices.of(info.context).shops.list_page(owner_id, last, size + 1)
        edges = [
            PartnerShopEdge(cursor=encode_page_cursor([shop.id]), node=PartnerShop.of(shop))
            for shop in found[:size]
        ]
        return PartnerShopConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )

    @strawberry.field(
        description="A partner shop; null when there is none with this id, or it is not yours to see.",
        extensions=roles(*SEES_SHOPS),
    )
    async def partner_shop(
        self, info: Info, id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the shop.")]
    ) -> PartnerShop | None:
        """Return a shop."""
        key = database_id(id, PartnerShop)
        return (await PartnerShop.load_many(info.context, [key])).get(key)

    @strawberry.field(
        description="Storage requests, newest first: those of a partner's shops, to a transporter the accepted ones whose "
        "packs are to be brought, or all for those who run the network.",
        extensions=roles(*LISTS_REQUESTS),
    )
    async def storage_requests(
        self,
        info: Info,
        filter: Annotated[
            StorageRequestFilterInput | None, strawberry.argument(description="Which requests to list.")
        ] = None,
        first: First = None,
        after: Annotated[
            str | None, strawberry.argument(description="Cursor of the last request seen.")
        ] = None,
    ) -> StorageRequestConnection:
        """List requests."""
        wanted = filter or StorageRequestFilterInput()
        carries = info.context.signed_in().role is Role.TRANSPORTER
        state = RequestState.ACCEPTED if carries else wanted.state
        size, last = page_size(first), _id_of(after, "storageRequests")
        found = await PartnersServices.of(info.context).requests.list_page(
            await _shops_of(info.context, wanted.shop_id), state, last, size + 1
        )
        edges = [
            StorageRequestEdge(cursor=encode_page_cursor([one.id]), node=StorageRequest.of(one))
            for one in found[:size]
        ]
        return StorageRequestConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


async def _shops_of(context: Context, shop_id: relay.GlobalID | None) -> list[str] | None:
    """Return the shops whose requests may be listed; None for all."""
    principal = context.signed_in()
    asked = None if shop_id is None else [database_id(shop_id, PartnerShop)]
    if principal.role is not Role.PARTNER:
        return asked
    own = await PartnersServices.of(context).shops.list_of_owner(principal.user_id)
    return own if asked is None else [one for one in own if one in asked]


def _id_of(after: str | None, field: str) -> str | None:
    """Return the id of the last node seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as identifier]:
            return identifier
        case _:
            raise CursorError(f"This cursor was not handed out by `{field}`.")
