"""Mutations of the partners slice, and their refusals."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.packs.graphql import PackElsewhere, PackNotFound
from navswap.features.partners import errors
from navswap.features.partners.graphql.types import PartnerShop, StoragePlan, StorageRequest
from navswap.features.partners.service import PartnersServices, Wanted
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import Refusal, refusal


@refusal(errors.ShopNotFoundError)
class ShopNotFound(Refusal):
    """There is no such shop."""


@refusal(errors.NoStoragePlaceError)
class NoStoragePlace(Refusal):
    """There is no free place."""


@refusal(errors.BadStorageRequestError)
class BadStorageRequest(Refusal):
    """The request is impossible."""


@refusal(errors.StorageRequestConflictError)
class StorageRequestConflict(Refusal):
    """The key was used for another request."""


@refusal(errors.StorageRequestNotFoundError)
class StorageRequestNotFound(Refusal):
    """There is no such request."""


@refusal(errors.StorageRequestClosedError)
class StorageRequestClosed(Refusal):
    """The request has moved on."""


@refusal(errors.CarrierNotFoundError)
class CarrierNotFound(Refusal):
    """There is no such transporter."""


RequestStorageResult = Annotated[
    StoragePlan
    | BadStorageRequest
    | StationNotFound
    | ShopNotFound
    | NoStoragePlace
    | StorageRequestConflict
    | BadId,
    strawberry.union("RequestStorageResult", description="The plan, or why no shop is asked."),
]
AcceptStorageRequestResult = Annotated[
    StorageRequest | StorageRequestNotFound | StorageRequestClosed | BadId,
    strawberry.union("AcceptStorageRequestResult", description="The accepted request, or why it is not."),
]
DeclineStorageRequestResult = Annotated[
    StorageRequest | StorageRequestNotFound | StorageRequestClosed | BadId,
    strawberry.union("DeclineStorageRequestResult", description="The declined request, or why it is not."),
]
ReceiveStoredPacksResult = Annotated[
    StorageRequest
    | StorageRequestNotFound
    | StorageRequestClosed
    | BadStorageRequest
    | PackNotFound
    | PackElsewhere
    | BadId,
    strawberry.union("ReceiveStoredPacksResult", description="The request as it is, or why no pack came."),
]
ReturnStoredPacksResult = Annotated[
    PartnerShop | ShopNotFound | CarrierNotFound | BadStorageRequest | PackNotFound | PackElsewhere | BadId,
    strawberry.union("ReturnStoredPacksResult", description="The shop as it is, or why no pack left."),
]


@strawberry.input(description="Packs of a station that shops are to store.")
class RequestStorageInput:
    """The input of requestStorage."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station whose packs they are.")
    packs: int = strawberry.field(description="How many, 1 to 200.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new request: a retry with the same key "
        "returns the first answer."
    )
    shop_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Id of the one shop to ask; left out: those that suit best."
    )


@strawberry.input(description="The request to accept.")
class AcceptStorageRequestInput:
    """The input of acceptStorageRequest."""

    request_id: relay.GlobalID = strawberry.field(description="Id of the request.")


@strawberry.input(description="The request to decline.")
class DeclineStorageRequestInput:
    """The input of declineStorageRequest."""

    request_id: relay.GlobalID = strawberry.field(description="Id of the request.")


@strawberry.input(description="Packs that a transporter has brought.")
class ReceiveStoredPacksInput:
    """The input of receiveStoredPacks."""

    request_id: relay.GlobalID = strawberry.field(description="Id of the accepted request.")
    serial_numbers: list[str] = strawberry.field(description="1 to 100 scanned packs; all come or none.")


@strawberry.input(description="Packs that a transporter takes away.")
class ReturnStoredPacksInput:
    """The input of returnStoredPacks."""

    shop_id: relay.GlobalID = strawberry.field(description="Id of the shop.")
    transporter_id: relay.GlobalID = strawberry.field(description="Id of the user who takes them.")
    serial_numbers: list[str] = strawberry.field(description="1 to 100 scanned packs; all leave or none.")


@strawberry.type
class PartnersMutation:
    """Mutations of the partners slice."""

    @strawberry.mutation(
        description="Ask partner shops to store packs of a station: the open ones within 8 km that suit best by "
        "distance, free places, acceptance and a fair share, or one shop by name.",
        extensions=roles(Role.ADMIN),
    )
    async def request_storage(
        self, info: Info, input: Annotated[RequestStorageInput, strawberry.argument(description="The packs.")]
    ) -> RequestStorageResult:
        """Ask shops."""
        shop_id = None if input.shop_id is None else database_id(input.shop_id, PartnerShop)
        wanted = Wanted(database_id(input.station_id, Station), input.packs, shop_id)
        plan, requests = await PartnersServices.of(info.context).plans.request(
            wanted, info.context.signed_in().user_id, input.idempotency_key
        )
        return StoragePlan.of(plan, requests)

    @strawberry.mutation(
        description="Accept a request: places are kept for its packs for 24 hours. Accepting again is the same as once.",
        extensions=roles(Role.PARTNER),
    )
    async def accept_storage_request(
        self,
        info: Info,
        input: Annotated[AcceptStorageRequestInput, strawberry.argument(description="The request.")],
    ) -> AcceptStorageRequestResult:
        """Accept."""
        request = await PartnersServices.of(info.context).requests.accept(
            database_id(input.request_id, StorageRequest), info.context.signed_in().user_id
        )
        return StorageRequest.of(request)

    @strawberry.mutation(
        description="Decline a request. Declining again is the same as once.",
        extensions=roles(Role.PARTNER),
    )
    async def decline_storage_request(
        self,
        info: Info,
        input: Annotated[DeclineStorageRequestInput, strawberry.argument(description="The request.")],
    ) -> DeclineStorageRequestResult:
        """Decline."""
        request = await PartnersServices.of(info.context).requests.decline(
            database_id(input.request_id, StorageRequest), info.context.signed_in().user_id
        )
        return StorageRequest.of(request)

    @strawberry.mutation(
        description="Take in packs that transporters have brought, by scanning them. Scanning again changes nothing.",
        extensions=roles(Role.PARTNER),
    )
    async def receive_stored_packs(
        self,
        info: Info,
        input: Annotated[ReceiveStoredPacksInput, strawberry.argument(description="The packs.")],
    ) -> ReceiveStoredPacksResult:
        """Take packs in."""
        request = await PartnersServices.of(info.context).requests.receive(
            database_id(input.request_id, StorageRequest),
            info.context.signed_in().user_id,
            input.serial_numbers,
        )
        return StorageRequest.of(request)

    @strawberry.mutation(
        description="Give packs to a transporter, by scanning them. Scanning again changes nothing.",
        extensions=roles(Role.PARTNER),
    )
    async def return_stored_packs(
        self,
        info: Info,
        input: Annotated[ReturnStoredPacksInput, strawberry.argument(description="The packs.")],
    ) -> ReturnStoredPacksResult:
        """Give packs away."""
        shop = await PartnersServices.of(info.context).requests.give_back(
            database_id(input.shop_id, PartnerShop),
            info.context.signed_in().user_id,
            database_id(input.transporter_id, User),
            input.serial_numbers,
        )
        return PartnerShop.of(shop)
