"""The subscription of the partners slice."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.events.stream import ResyncMessage, SnapshotMessage
from navswap.features.partners.errors import BadShopListError, ShopNotFoundError
from navswap.features.partners.events import StorageRequestChanged, shop_stream
from navswap.features.partners.graphql.types import SEES_REQUESTS, PartnerShop, StorageRequest
from navswap.features.partners.service import PartnersServices
from navswap.graphql.context import Context, Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.streams import AfterCursor, Resync, live, resync_of

MAX_WATCHED_SHOPS = 200


@strawberry.type(description="The open requests of the shops that a subscription watches.")
class StorageRequestsSnapshot:
    """The first moment of storageRequestChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    requests: list[StorageRequest] = strawberry.field(description="The open requests, oldest first.")


@strawberry.type(description="One request was made, changed or ended.")
class StorageRequestUpdate:
    """A later moment of storageRequestChanged."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this moment.")
    sequence: int = strawberry.field(description="Grows by 1 with each update of one shop, from 1.")
    request: StorageRequest = strawberry.field(
        description="The request as it is now; it is over once `endedAt` is set."
    )


StorageRequestChange = Annotated[
    StorageRequestsSnapshot | StorageRequestUpdate | Resync,
    strawberry.union("StorageRequestChange", description="A moment of storageRequestChanged."),
]


@strawberry.type
class PartnersSubscription:
    """Subscriptions of the partners slice."""

    @strawberry.subscription(
        description="The storage requests of some shops, live: the open ones, then each change once and in order.",
        extensions=roles(*SEES_REQUESTS),
    )
    async def storage_request_changed(
        self,
        info: Info,
        shop_ids: Annotated[
            list[relay.GlobalID] | None,
            strawberry.argument(
                description="Shops to watch, 1 to 200; a partner's own if left out. A partner may watch own ones only."
            ),
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncGenerator[StorageRequestChange, None]:
        """Watch requests."""
        ids = await _watched(info.context, shop_ids)
        service = PartnersServices.of(info.context).requests
        streams = frozenset(shop_stream(one) for one in ids)
        async for moment in live(
            info.context, "storageRequestChanged", streams, lambda: service.load_live(ids), after
        ):
            if isinstance(moment, SnapshotMessage):
                yield StorageRequestsSnapshot(
                    cursor=moment.cursor, requests=[StorageRequest.of(one) for one in moment.state]
                )
            elif isinstance(moment, ResyncMessage):
                yield resync_of(moment)
            else:
                change = StorageRequestChanged.model_validate(moment.envelope.payload)
                yield StorageRequestUpdate(
                    cursor=moment.cursor, sequence=moment.sequence, request=StorageRequest.of(change)
                )


async def _watched(context: Context, shop_ids: list[relay.GlobalID] | None) -> list[str]:
    """Return the shops that may be watched.

    Raises ShopNotFoundError for one of somebody else, or to somebody who names none and owns none, and
    BadShopListError where none or too many are named.
    """
    principal = context.signed_in()
    if shop_ids is None:
        ids = await PartnersServices.of(context).shops.list_of_owner(principal.user_id)
        if not ids:
            raise ShopNotFoundError("You own no shop; name the shops to watch.")
    else:
        ids = list(dict.fromkeys(database_id(one, PartnerShop) for one in shop_ids))
        if principal.role is Role.PARTNER:
            own = await PartnerShop.load_many(context, ids)
            if missing := [one for one in ids if one not in own]:
                raise ShopNotFoundError(f"There is no shop {missing[0]} of yours.")
    if not 1 <= len(ids) <= MAX_WATCHED_SHOPS:
        raise BadShopListError(f"Name 1 to {MAX_WATCHED_SHOPS} shops to watch.")
    return ids
