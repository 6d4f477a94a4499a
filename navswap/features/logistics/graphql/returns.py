"""The mutation by which packs are asked back from shops."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.logistics import errors
from navswap.features.logistics.graphql.jobs import TransportJob
from navswap.features.logistics.service import LogisticsServices, WantedReturn
from navswap.features.packs.graphql import PackModel
from navswap.features.partners.errors import ShopNotFoundError
from navswap.features.partners.graphql import PartnerShop
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.graphql import Station
from navswap.graphql.context import Info
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.charging import STANDARD_PACK


@strawberry.input(description="Packs of a shop that are to go to a station.")
class RequestStorageReturnInput:
    """The input of requestStorageReturn."""

    shop_id: strawberry.ID = strawberry.field(description="Id of the shop that stores them.")
    station_id: strawberry.ID = strawberry.field(description="Id of the station that takes them.")
    packs: int = strawberry.field(
        description="How many, 1 to 100, and no more than half of the vehicles online carry: it is one trip."
    )
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters, new for each new request: a retry with the same key "
        "returns the first answer."
    )
    pack_model_id: strawberry.ID | None = strawberry.field(
        default=None, description="Id of the model of the packs; left out: the standard model."
    )

    def to_wanted(self) -> WantedReturn:
        """Return what is wanted; raises InvalidInputError."""
        model_id = STANDARD_PACK.id
        if self.pack_model_id is not None:
            model_id = database_id(self.pack_model_id, PackModel, "pack_model_id")
        return WantedReturn(
            database_id(self.shop_id, PartnerShop, "shop_id"),
            database_id(self.station_id, Station, "station_id"),
            self.packs,
            model_id,
        )


@strawberry.type(description="The packs will be fetched.")
class RequestStorageReturnPayload:
    """The answer of requestStorageReturn."""

    job: TransportJob = strawberry.field(description="The trip that fetches them; the first one on a retry.")


RequestStorageReturnResult = Annotated[
    RequestStorageReturnPayload
    | InvalidInput
    | Refused[ShopNotFoundError]
    | Refused[StationNotFoundError]
    | Refused[errors.FewerPacksStoredError]
    | Refused[errors.StationFullError]
    | Refused[IdempotencyConflictError],
    strawberry.union("RequestStorageReturnResult", description="The trip, or why there is none."),
]


@strawberry.type
class ReturnMutation:
    """What administrators ask of shops."""

    @strawberry.mutation(
        description="Have packs that a shop stores brought to a station: a transport job is opened, which waits for a "
        "transporter as long as a shop waits for packs (24 hours as delivered). Recorded in auditLog.",
        extensions=roles(Role.ADMIN),
    )
    async def request_storage_return(
        self,
        info: Info,
        input: Annotated[RequestStorageReturnInput, strawberry.argument(description="The packs.")],
    ) -> RequestStorageReturnResult:
        """Ask for packs."""
        job = await LogisticsServices.of(info.context).returns.request(
            input.to_wanted(), info.context.signed_in(), input.idempotency_key
        )
        return RequestStorageReturnPayload(job=TransportJob.of(job))
