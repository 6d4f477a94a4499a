"""The mutation by which a transporter agrees to packs changing hands at a shop."""

from datetime import datetime
from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.partners import errors
from navswap.features.partners.graphql.types import PartnerShop
from navswap.features.partners.service import Direction, PartnersServices
from navswap.features.positions.graphql import NotAtPlace
from navswap.graphql.context import Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.kit.qr import qr_svg

describe_enum(
    Direction,
    "Which way packs change hands at a partner shop.",
    {
        "INTO_SHOP": "From the transporter into the shop.",
        "OUT_OF_SHOP": "From the shop to the transporter.",
    },
    name="HandoverDirection",
)


@strawberry.input(description="What a transporter agrees to.")
class CreateHandoverCodeInput:
    """The input of createHandoverCode."""

    shop_id: strawberry.ID = strawberry.field(description="Id of the shop where you are.")
    direction: Direction = strawberry.field(description="Which way the packs go.")
    packs: int = strawberry.field(description="How many packs at most, 1 to 100.")


@strawberry.type(description="The code to show to the shop, good for one handover.")
class CreateHandoverCodePayload:
    """The answer of createHandoverCode."""

    token: str = strawberry.field(description="The signed code, as the shop scans it.")
    qr_svg: str = strawberry.field(description="The code as a QR code, an SVG document.")
    expires_at: datetime = strawberry.field(description="Until when the shop can use it (UTC).")


CreateHandoverCodeResult = Annotated[
    CreateHandoverCodePayload | InvalidInput | Refused[errors.ShopNotFoundError] | NotAtPlace,
    strawberry.union("CreateHandoverCodeResult", description="The code, or why there is none."),
]


@strawberry.type
class HandoverMutation:
    """What transporters agree to at shops."""

    @strawberry.mutation(
        description="Agree to packs changing hands at a shop where you are: show the code, and the shop scans it with the "
        "packs. It is good for one scan; until it is used nothing has changed.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def create_handover_code(
        self,
        info: Info,
        input: Annotated[CreateHandoverCodeInput, strawberry.argument(description="What you agree to.")],
    ) -> CreateHandoverCodeResult:
        """Make a code."""
        token, code = await PartnersServices.of(info.context).handovers.create(
            database_id(input.shop_id, PartnerShop, "shop_id"),
            info.context.signed_in().user_id,
            input.direction,
            input.packs,
        )
        return CreateHandoverCodePayload(token=token, qr_svg=qr_svg(token), expires_at=code.expires_at)
