"""The mutation by which packs are fetched for storage."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.logistics.graphql.refusals import PackNotReady, PackPromised, VehicleTooSmall
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.graphql import PackElsewhere, PackNotFound
from navswap.features.partners.graphql import (
    BadStorageRequest,
    StorageRequest,
    StorageRequestClosed,
    StorageRequestNotFound,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles

CollectStoragePacksResult = Annotated[
    StorageRequest
    | StorageRequestNotFound
    | StorageRequestClosed
    | BadStorageRequest
    | VehicleTooSmall
    | PackNotFound
    | PackElsewhere
    | PackPromised
    | PackNotReady
    | BadId,
    strawberry.union("CollectStoragePacksResult", description="The request, or why no pack was taken."),
]


@strawberry.input(description="Packs that are fetched for a shop that has accepted them.")
class CollectStoragePacksInput:
    """The input of collectStoragePacks."""

    request_id: relay.GlobalID = strawberry.field(description="Id of the accepted request.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 100 packs scanned out of slots of the request's station; all are taken or none."
    )


@strawberry.type
class StorageCollectionMutation:
    """Mutations of the transport of packs to shops."""

    @strawberry.mutation(
        description="Take charged packs that nobody holds out of the slots of a station, for a shop that has accepted "
        "them; the shop takes them over by receiveStoredPacks. Scanning again changes nothing.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def collect_storage_packs(
        self,
        info: Info,
        input: Annotated[CollectStoragePacksInput, strawberry.argument(description="The packs.")],
    ) -> CollectStoragePacksResult:
        """Fetch packs."""
        request = await LogisticsServices.of(info.context).storage_collections.collect(
            database_id(input.request_id, StorageRequest),
            info.context.signed_in().user_id,
            input.serial_numbers,
        )
        return StorageRequest.of(request)
