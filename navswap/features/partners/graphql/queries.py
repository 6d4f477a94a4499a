"""Queries of the partners slice, and what it joins to a station."""

from typing import Annotated

import strawberry

from navswap.auth.roles import AUDITORS, Role
from navswap.features.partners.graphql.types import LISTS_REQUESTS, SEES_SHOPS, PartnerShop, StorageRequest
from navswap.features.partners.service import PartnerShop as ShopValue
from navswap.features.partners.service import PartnersServices, RequestFilter, RequestState
from navswap.features.partners.service import StorageRequest as RequestValue
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Context, Info
from navswap.graphql.extending import extends
from navswap.graphql.nodes import database_id, find_node
from navswap.graphql.pages import After, Connection, First, Ordering, fetch_with_others, newest_first, paged
from navswap.graphql.permissions import roles
from navswap.graphql.spans import TimeSpanInput, read_span

SHOPS: Ordering[ShopValue, str] = Ordering("partnerShops", str, lambda shop: shop.id)
REQUESTS: Ordering[RequestValue, str] = newest_first("storageRequests")


@strawberry.input(description="Which storage requests to list; everything given must hold.")
class StorageRequestFilterInput:
    """Filters as clients give them."""

    shop_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only of this shop; a partner is given own ones only, whatever is asked."
    )
    state: RequestState | None = strawberry.field(
        default=None,
        description="Only in this state; a transporter is given accepted ones, whatever is asked.",
    )
    span: TimeSpanInput | None = strawberry.field(default=None, description="Only those made in this span.")

    async def to_filter(self, context: Context) -> RequestFilter:
        """Return the filter, narrowed to what the principal may see; raises InvalidInputError."""
        principal = context.signed_in()
        state = RequestState.ACCEPTED if principal.role is Role.TRANSPORTER else self.state
        span = read_span(self.span)
        asked = None if self.shop_id is None else database_id(self.shop_id, PartnerShop, "filter.shop_id")
        if principal.role is not Role.PARTNER:
            return RequestFilter(None if asked is None else (asked,), state=state, requested=span)
        own = await PartnersServices.of(context).shops.list_ids_of_owner(principal.user_id)
        shop_ids = tuple(shop_id for shop_id in own if asked in {None, shop_id})
        return RequestFilter(shop_ids, state=state, requested=span)


@strawberry.type
class PartnersQuery:
    """Queries of the partners slice."""

    @strawberry.field(
        description="Partner shops, by id: a partner's own, or all for other roles.",
        extensions=roles(*SEES_SHOPS),
    )
    async def partner_shops(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[PartnerShop] | None:
        """List shops."""
        principal = info.context.signed_in()
        owner_id = principal.user_id if principal.role is Role.PARTNER else None
        shops = PartnersServices.of(info.context).shops
        return await paged(
            SHOPS,
            first,
            after,
            lambda last_id, limit: shops.list_page(owner_id, after=last_id, limit=limit),
            PartnerShop.of,
        )

    @strawberry.field(
        description="A partner shop; null when there is none with this id, or it is not yours to see.",
        extensions=roles(*SEES_SHOPS),
    )
    async def partner_shop(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the shop.")]
    ) -> PartnerShop | None:
        """Return a shop."""
        return await find_node(info.context, PartnerShop, database_id(id, PartnerShop))

    @strawberry.field(
        description="Storage requests, newest first: those of a partner's shops, to a transporter the accepted ones whose "
        "packs are to be brought, or all for ADMIN and ANALYST.",
        extensions=roles(*LISTS_REQUESTS),
    )
    async def storage_requests(
        self,
        info: Info,
        filter: Annotated[
            StorageRequestFilterInput | None, strawberry.argument(description="Which requests to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[StorageRequest] | None:
        """List requests."""
        wanted = await (filter or StorageRequestFilterInput()).to_filter(info.context)
        return await _list_requests(info.context, wanted, first, after)


@extends(Station)
class StationStorage:
    """The storage of packs of a station."""

    @strawberry.field(
        description="Requests to shops to store packs of this station, newest first. An error, and null, for others.",
        extensions=roles(*AUDITORS),
    )
    async def storage_requests(
        self, info: Info, station: strawberry.Parent[Station], first: First = None, after: After = None
    ) -> Connection[StorageRequest] | None:
        """List the requests of the station."""
        return await _list_requests(info.context, RequestFilter(station_id=station.id), first, after)


async def _list_requests(
    context: Context, wanted: RequestFilter, first: int | None, after: str | None
) -> Connection[StorageRequest]:
    requests = PartnersServices.of(context).requests
    return await paged(
        REQUESTS,
        first,
        after,
        fetch_with_others(context, "storage-requests", wanted, requests.list_pages),
        StorageRequest.of,
    )
