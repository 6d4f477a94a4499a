"""Mutations of storage requests, and of the packs that come to shops and leave them."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.packs import errors as pack_errors
from navswap.features.packs.graphql import PackModel
from navswap.features.partners import errors
from navswap.features.partners.graphql.types import PartnerShop, StoragePlan, StorageRequest
from navswap.features.partners.service import PartnersServices, Wanted
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.charging import STANDARD_PACK


@strawberry.type(description="Shops are asked.")
class RequestStoragePayload:
    """The answer of requestStorage."""

    plan: StoragePlan = strawberry.field(
        description="Which shops are asked, and why; the first plan on a retry."
    )


@strawberry.type(description="The request is accepted.")
class AcceptStorageRequestPayload:
    """The answer of acceptStorageRequest."""

    request: StorageRequest = strawberry.field(description="The accepted request.")


@strawberry.type(description="The request is declined.")
class DeclineStorageRequestPayload:
    """The answer of declineStorageRequest."""

    request: StorageRequest = strawberry.field(description="The declined request.")


@strawberry.type(description="The packs are in the shop.")
class ReceiveStoredPacksPayload:
    """The answer of receiveStoredPacks."""

    request: StorageRequest = strawberry.field(
        description="The request, FULFILLED once all of its packs have come."
    )


@strawberry.type(description="The packs are with the transporter.")
class ReturnStoredPacksPayload:
    """The answer of returnStoredPacks."""

    shop: PartnerShop = strawberry.field(description="The shop that they have left.")


RequestStorageResult = Annotated[
    RequestStoragePayload
    | InvalidInput
    | Refused[StationNotFoundError]
    | Refused[pack_errors.PackModelNotFoundError]
    | Refused[errors.ShopNotFoundError]
    | Refused[errors.NoStoragePlaceError]
    | Refused[IdempotencyConflictError],
    strawberry.union("RequestStorageResult", description="The plan, or why no shop is asked."),
]
AcceptStorageRequestResult = Annotated[
    AcceptStorageRequestPayload
    | InvalidInput
    | Refused[errors.StorageRequestNotFoundError]
    | Refused[errors.StorageRequestClosedError],
    strawberry.union("AcceptStorageRequestResult", description="The accepted request, or why it is not."),
]
DeclineStorageRequestResult = Annotated[
    DeclineStorageRequestPayload
    | InvalidInput
    | Refused[errors.StorageRequestNotFoundError]
    | Refused[errors.StorageRequestClosedError],
    strawberry.union("DeclineStorageRequestResult", description="The declined request, or why it is not."),
]
ReceiveStoredPacksResult = Annotated[
    ReceiveStoredPacksPayload
    | InvalidInput
    | Refused[errors.StorageRequestNotFoundError]
    | Refused[errors.StorageRequestClosedError]
    | Refused[errors.MorePacksThanAcceptedError]
    | Refused[errors.HandoverCodeInvalidError]
    | Refused[errors.HandoverCodeExpiredError]
    | Refused[errors.HandoverCodeUsedError]
    | Refused[errors.MorePacksThanAgreedError]
    | Refused[pack_errors.PackNotFoundError]
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.WrongPackModelError]
    | Refused[errors.PackOfAnotherTripError],
    strawberry.union("ReceiveStoredPacksResult", description="The request as it is, or why no pack came."),
]
ReturnStoredPacksResult = Annotated[
    ReturnStoredPacksPayload
    | InvalidInput
    | Refused[errors.ShopNotFoundError]
    | Refused[errors.HandoverCodeInvalidError]
    | Refused[errors.HandoverCodeExpiredError]
    | Refused[errors.HandoverCodeUsedError]
    | Refused[errors.MorePacksThanAgreedError]
    | Refused[pack_errors.PackNotFoundError]
    | Refused[pack_errors.PackElsewhereError]
    | Refused[pack_errors.WrongPackModelError],
    strawberry.union("ReturnStoredPacksResult", description="The shop as it is, or why no pack left."),
]


@strawberry.input(description="Packs of a station that shops are to store.")
class RequestStorageInput:
    """The input of requestStorage."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station whose packs they are.")
    packs: int = strawberry.field(description="How many, 1 to 200.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new request: a retry with the same key "
        "returns the first answer."
    )
    shop_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the one shop to ask; left out: those that suit best."
    )
    pack_model_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the model of the packs; left out: the standard model."
    )

    def to_wanted(self) -> Wanted:
        """Return what is wanted; raises InvalidInputError."""
        model_id = STANDARD_PACK.id
        if self.pack_model_id is not None:
            model_id = database_id(self.pack_model_id, PackModel, "pack_model_id")
        return Wanted(
            database_id(self.station_id, Station, "station_id"),
            self.packs,
            None if self.shop_id is None else database_id(self.shop_id, PartnerShop, "shop_id"),
            model_id,
        )


@strawberry.input(description="The request to accept.")
class AcceptStorageRequestInput:
    """The input of acceptStorageRequest."""

    request_id: strawberry.ID = strawberry.field(description="Id of the request.")


@strawberry.input(description="The request to decline.")
class DeclineStorageRequestInput:
    """The input of declineStorageRequest."""

    request_id: strawberry.ID = strawberry.field(description="Id of the request.")


@strawberry.input(description="Packs that a transporter has brought.")
class ReceiveStoredPacksInput:
    """The input of receiveStoredPacks."""

    request_id: strawberry.ID = strawberry.field(description="Id of the accepted request.")
    serial_numbers: list[str] = strawberry.field(description="1 to 100 scanned packs; all come or none.")
    handover_token: str = strawberry.field(
        description="The code for INTO_SHOP that was scanned from the display of the transporter who brings them."
    )


@strawberry.input(description="Packs that a transporter takes away.")
class ReturnStoredPacksInput:
    """The input of returnStoredPacks."""

    shop_id: strawberry.ID = strawberry.field(description="Id of the shop.")
    serial_numbers: list[str] = strawberry.field(description="1 to 100 scanned packs; all leave or none.")
    handover_token: str = strawberry.field(
        description="The code for OUT_OF_SHOP that was scanned from the display of the transporter who takes them."
    )


@strawberry.type
class PartnersMutation:
    """Mutations of the partners slice."""

    @strawberry.mutation(
        description="Ask partner shops to store packs of a station: the open ones within reach that suit best by "
        "distance, free places, acceptance and a fair share, or one shop by name.",
        extensions=roles(Role.ADMIN),
    )
    async def request_storage(
        self, info: Info, input: Annotated[RequestStorageInput, strawberry.argument(description="The packs.")]
    ) -> RequestStorageResult:
        """Ask shops."""
        planned = await PartnersServices.of(info.context).plans.request(
            input.to_wanted(), info.context.signed_in(), input.idempotency_key
        )
        return RequestStoragePayload(plan=StoragePlan.of(planned))

    @strawberry.mutation(
        description="Accept a request: places are kept for its packs until `dueAt`, and transport jobs bring them. Accepting "
        "again is the same as once.",
        extensions=roles(Role.PARTNER),
    )
    async def accept_storage_request(
        self,
        info: Info,
        input: Annotated[AcceptStorageRequestInput, strawberry.argument(description="The request.")],
    ) -> AcceptStorageRequestResult:
        """Accept."""
        request = await PartnersServices.of(info.context).requests.accept(
            database_id(input.request_id, StorageRequest, "request_id"), info.context.signed_in().user_id
        )
        return AcceptStorageRequestPayload(request=StorageRequest.of(request))

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
            database_id(input.request_id, StorageRequest, "request_id"), info.context.signed_in().user_id
        )
        return DeclineStorageRequestPayload(request=StorageRequest.of(request))

    @strawberry.mutation(
        description="Take in packs that a transporter has brought, by scanning them and the transporter's code. Those of its "
        "transport job are delivered by that, and paid at its end. Scanning again changes nothing.",
        extensions=roles(Role.PARTNER),
    )
    async def receive_stored_packs(
        self,
        info: Info,
        input: Annotated[ReceiveStoredPacksInput, strawberry.argument(description="The packs.")],
    ) -> ReceiveStoredPacksResult:
        """Take packs in."""
        request = await PartnersServices.of(info.context).requests.receive(
            database_id(input.request_id, StorageRequest, "request_id"),
            info.context.signed_in().user_id,
            input.serial_numbers,
            input.handover_token,
        )
        return ReceiveStoredPacksPayload(request=StorageRequest.of(request))

    @strawberry.mutation(
        description="Give packs to a transporter, by scanning them and the transporter's code. Those of its transport job from "
        "this shop are picked up by that. Scanning again changes nothing.",
        extensions=roles(Role.PARTNER),
    )
    async def return_stored_packs(
        self,
        info: Info,
        input: Annotated[ReturnStoredPacksInput, strawberry.argument(description="The packs.")],
    ) -> ReturnStoredPacksResult:
        """Give packs away."""
        shop = await PartnersServices.of(info.context).requests.give_back(
            database_id(input.shop_id, PartnerShop, "shop_id"),
            info.context.signed_in().user_id,
            input.serial_numbers,
            input.handover_token,
        )
        return ReturnStoredPacksPayload(shop=PartnerShop.of(shop))
