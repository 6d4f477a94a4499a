"""The mutations of the register of shops, and their answers."""

from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.partners import errors
from navswap.features.partners.graphql.types import PartnerShop
from navswap.features.partners.service import PartnersServices, ShopRecord
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.geography import CoordinatesInput
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.kit.errors import inside

HOURS = (
    "OpenStreetMap's opening_hours, the same each week: 24/7, or Mo-Sa 09:00-13:00,14:00-21:00; Fr 18:00-02:00, by the clock of "
    "the shop"
)


@strawberry.type(description="The shop is saved.")
class SavePartnerShopPayload:
    """The answer of savePartnerShop."""

    shop: PartnerShop = strawberry.field(description="The shop as it is now.")


@strawberry.type(description="The shop is changed.")
class UpdatePartnerShopPayload:
    """The answer of updatePartnerShop."""

    shop: PartnerShop = strawberry.field(description="The shop as it is now.")


SavePartnerShopResult = Annotated[
    SavePartnerShopPayload
    | InvalidInput
    | Refused[errors.ShopOwnerNotFoundError]
    | Refused[errors.ShopTooFullError],
    strawberry.union("SavePartnerShopResult", description="The shop, or why nothing was saved."),
]
UpdatePartnerShopResult = Annotated[
    UpdatePartnerShopPayload
    | InvalidInput
    | Refused[errors.ShopNotFoundError]
    | Refused[errors.ShopTooFullError],
    strawberry.union("UpdatePartnerShopResult", description="The shop, or why it stays as it is."),
]


@strawberry.input(description="What is to be known of a shop.")
class SavePartnerShopInput:
    """The input of savePartnerShop."""

    key: str = strawberry.field(
        description="Your name of the shop, 1 to 50 letters, digits, hyphens or underscores; a shop of that key is "
        "changed, else one is added."
    )
    owner_id: strawberry.ID = strawberry.field(description="Id of the user who runs it, of the role PARTNER.")
    name: str = strawberry.field(description="Name for display, 1 to 200 characters.")
    address: str = strawberry.field(default="", description="Street address.")
    district: str = strawberry.field(default="", description="District.")
    location: CoordinatesInput = strawberry.field(description="Where it is.")
    time_zone: str = strawberry.field(description="IANA name of the time zone of its hours and nights.")
    opening_hours: str = strawberry.field(description=f"When it is open: {HOURS}.")
    capacity_packs: int = strawberry.field(description="Packs that it has places for, 1 to 1,000.")
    credits_per_pack_day: int = strawberry.field(
        description="Credits for each pack that is there at the end of a local day; at least 1."
    )

    def to_record(self) -> ShopRecord:
        """Return the record; raises InvalidInputError."""
        with inside("location"):
            point = self.location.to_point()
        return ShopRecord(
            owner_id=database_id(self.owner_id, User, "owner_id"),
            name=self.name.strip(),
            address=self.address.strip(),
            district=self.district.strip(),
            point=point,
            time_zone=self.time_zone,
            opening_hours=self.opening_hours,
            capacity_packs=self.capacity_packs,
            credits_per_pack_day=self.credits_per_pack_day,
        )


@strawberry.input(description="What a partner changes of an own shop.")
class UpdatePartnerShopInput:
    """The input of updatePartnerShop."""

    shop_id: strawberry.ID = strawberry.field(description="Id of the shop.")
    opening_hours: str | None = strawberry.field(
        default=None, description=f"When it is open: {HOURS}; left out: as before."
    )
    capacity_packs: int | None = strawberry.field(
        default=None,
        description="Packs that it has places for, 1 to 1,000, at least those that are there, accepted or asked for; "
        "left out: as before.",
    )


@strawberry.type
class ShopRegisterMutation:
    """Mutations of the register of shops."""

    @strawberry.mutation(
        description="Add a partner shop, or change what is known of one. Saving the same again changes nothing.",
        extensions=roles(Role.ADMIN),
    )
    async def save_partner_shop(
        self, info: Info, input: Annotated[SavePartnerShopInput, strawberry.argument(description="The shop.")]
    ) -> SavePartnerShopResult:
        """Save a shop."""
        shop = await PartnersServices.of(info.context).register.save(
            input.key, input.to_record(), info.context.signed_in()
        )
        return SavePartnerShopPayload(shop=PartnerShop.of(shop))

    @strawberry.mutation(
        description="Change the opening hours or the capacity of a shop of yours; only an open shop is asked to store "
        "packs. The same again changes nothing.",
        extensions=roles(Role.PARTNER),
    )
    async def update_partner_shop(
        self,
        info: Info,
        input: Annotated[UpdatePartnerShopInput, strawberry.argument(description="The changes.")],
    ) -> UpdatePartnerShopResult:
        """Change an own shop."""
        shop = await PartnersServices.of(info.context).register.adapt(
            database_id(input.shop_id, PartnerShop, "shop_id"),
            input.opening_hours,
            input.capacity_packs,
            info.context.signed_in(),
        )
        return UpdatePartnerShopPayload(shop=PartnerShop.of(shop))
