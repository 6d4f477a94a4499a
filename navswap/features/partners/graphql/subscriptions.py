"""The subscription of the partners slice."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.partners.events import StorageRequestChanged, shop_stream
from navswap.features.partners.graphql.types import SEES_REQUESTS, PartnerShop, StorageRequest
from navswap.features.partners.service import PartnersServices
from navswap.graphql.context import Context, Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.nodes import database_ids
from navswap.graphql.permissions import roles
from navswap.kit.errors import InvalidInputError

MAX_WATCHED_SHOPS = 200


@strawberry.type(description="The open requests of the shops that a subscription watches.")
class StorageRequestsSnapshot(StreamMoment):
    """The first message of storageRequestChanged."""

    requests: list[StorageRequest] = strawberry.field(description="The open requests, oldest first.")


@strawberry.type(description="One request was made, changed or ended.")
class StorageRequestUpdate(StreamMoment):
    """A later message of storageRequestChanged."""

    request: StorageRequest = strawberry.field(
        description="The request as it is now; it is over once `endedAt` is set."
    )


StorageRequestChange = Annotated[
    StorageRequestsSnapshot | StorageRequestUpdate | Resync,
    strawberry.union("StorageRequestChange", description="A message of storageRequestChanged."),
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
            list[strawberry.ID] | None,
            strawberry.argument(
                description="Shops to watch, 1 to 200; a partner's own if left out. A partner may watch own ones only."
            ),
        ] = None,
        after: AfterCursor = None,
    ) -> AsyncGenerator[StorageRequestChange, None]:
        """Watch requests."""
        ids = await _watched(info.context, shop_ids)
        service = PartnersServices.of(info.context).requests
        messages = stream(
            info,
            [shop_stream(shop_id) for shop_id in ids],
            lambda: service.load_live(ids),
            after,
            event=StorageRequestChanged,
            snapshot=lambda requests, at: StorageRequestsSnapshot(
                **at, requests=[StorageRequest.of(request) for request in requests]
            ),
            update=lambda changed, at: StorageRequestUpdate(**at, request=StorageRequest.of(changed.request)),
            is_shared=True,
        )
        async with aclosing(messages):
            async for message in messages:
                yield message


async def _watched(context: Context, shop_ids: list[strawberry.ID] | None) -> list[str]:
    """Return the shops that may be watched.

    Raises InvalidInputError for ids that cannot be used, none or too many, and ShopNotFoundError for the shop of another
    user, or for a user who names none and owns none.
    """
    principal = context.signed_in()
    if shop_ids is None:
        ids = await PartnersServices.of(context).shops.list_ids_of_owner(principal.user_id)
        if not ids:
            raise ShopNotFoundError("You own no shop; name the shops to watch.")
    else:
        ids = database_ids(shop_ids, PartnerShop, "shop_ids")
    if not 1 <= len(ids) <= MAX_WATCHED_SHOPS:
        raise InvalidInputError("shop_ids", f"Name 1 to {MAX_WATCHED_SHOPS} shops to watch.")
    if principal.role is Role.PARTNER:
        own = await PartnerShop.load_many(context, ids)
        if missing := [shop_id for shop_id in ids if shop_id not in own]:
            raise ShopNotFoundError(f"There is no shop {missing[0]} of yours.")
    return ids
