"""The views of packs and their models."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.packs import errors
from navswap.features.packs.service import Condition, PacksServices, PlaceKind
from navswap.features.packs.service import Pack as StoredPack
from navswap.features.packs.service import Place as StoredPlace
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode, find_node, find_node_named
from navswap.graphql.scalars import KilowattHours, Kilowatts, NonNegativeInt, Percent
from navswap.kit.charging import PackModel as StoredModel

describe_enum(
    Condition,
    "Whether a pack may be handed out at all.",
    {
        "FIT": "It may, once it is charged to the promise.",
        "FAULTY": "It may not, until it is repaired.",
        "RECALLED": "It may not, and is to be carried to a depot, until it is released.",
        "RETIRED": "Never again.",
    },
    name="PackCondition",
)
describe_enum(
    PlaceKind,
    "What kind of holder has a pack.",
    {
        "SLOT": "A slot of a station.",
        "RIDER": "A rider, in the vehicle.",
        "SHOP": "A partner shop that stores it.",
        "TRANSPORTER": "A transporter, on the way.",
        "DEPOT": "A depot of the operator.",
    },
    name="PackPlaceKind",
)

HOLDERS = {
    PlaceKind.SLOT: "Station",
    PlaceKind.RIDER: "User",
    PlaceKind.SHOP: "PartnerShop",
    PlaceKind.TRANSPORTER: "Transporter",
    PlaceKind.DEPOT: "Depot",
}
"""The type of the holder in each kind of place; those of higher slices are found by name."""


@strawberry.type(
    description="A kind of pack; packs of one model replace each other, and slots take packs of one model."
)
class PackModel(LoadedNode):
    """A model as clients see it."""

    id: relay.NodeID[str]
    designation: str = strawberry.field(description="Type designation, such as NS-48; 1 to 50 characters.")
    capacity: KilowattHours = strawberry.field(description="Energy in a new full pack, above 0 kWh.")
    voltage_class_volts: int = strawberry.field(description="Nominal voltage in volts, 1 to 1,000.")
    max_charge_power: Kilowatts = strawberry.field(
        description="Most power that it takes from the feeder, above 0 kW."
    )
    connector: str = strawberry.field(description="Its plug, by name; 1 to 50 characters.")

    @classmethod
    def of(cls, model: StoredModel) -> Self:
        """Build the view of a model."""
        return cls(
            id=model.id,
            designation=model.id,
            capacity=model.capacity_kwh,
            voltage_class_volts=model.voltage_class,
            max_charge_power=model.max_charge_kw,
            connector=model.connector,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return models by id, to every client."""
        found = await PacksServices.of(context).models.list_by_ids(ids)
        return {model_id: cls.of(model) for model_id, model in found.items()}


async def load_model(context: Context, model_id: str) -> PackModel:
    """Return a model through the loader of the request; raises PackModelNotFoundError."""
    model = await find_node(context, PackModel, model_id)
    if model is None:
        raise errors.PackModelNotFoundError(f"There is no pack model {model_id}.")
    return model


@strawberry.type(description="The one place of a pack.")
class PackPlace:
    """A place as clients see it."""

    kind: PlaceKind = strawberry.field(description="What kind of holder has the pack.")
    evse_id: int | None = strawberry.field(description="Slot number, from 1; only at a station.")
    holder_key: strawberry.Private[str]

    @classmethod
    def of(cls, place: StoredPlace) -> Self:
        """Build the view of a place."""
        return cls(kind=place.kind, evse_id=place.evse_id, holder_key=place.holder_id)

    @strawberry.field(
        description="The Station, User (a rider), PartnerShop, Transporter or Depot that has the pack; null where you may "
        "not see it."
    )
    async def holder(self, info: Info) -> relay.Node | None:
        """Find the holder with those of the other packs."""
        return await find_node_named(info, HOLDERS[self.kind], self.holder_key)


@strawberry.type(description="A battery pack.")
class Pack(LoadedNode):
    """A pack as clients see it."""

    id: relay.NodeID[str]
    serial_number: str = strawberry.field(description="Serial number, at most 50 characters (OCPP).")
    soc_percent: Percent = strawberry.field(description="State of charge.")
    soh_percent: Percent = strawberry.field(description="State of health: share of the new capacity.")
    cycles: NonNegativeInt = strawberry.field(description="Full charge cycles.")
    condition: Condition = strawberry.field(description="Whether it may be handed out at all.")
    place: PackPlace = strawberry.field(description="Where it is.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was recalled or retired by an order (UTC); null for others."
    )
    withdrawal_reason: str | None = strawberry.field(description="Why it was; null for others.")
    is_held: bool = strawberry.field(description="Whether it is held for a rider.")
    reported_at: datetime = strawberry.field(description="When it was last measured or moved (UTC).")
    model_key: strawberry.Private[str]

    @classmethod
    def of(cls, pack: StoredPack) -> Self:
        """Build the view of a pack."""
        return cls(
            id=pack.id,
            serial_number=pack.id,
            soc_percent=pack.soc_percent,
            soh_percent=pack.soh_percent,
            cycles=pack.cycles,
            condition=pack.condition,
            place=PackPlace.of(pack.place),
            withdrawn_at=None if pack.withdrawal is None else pack.withdrawal.withdrawn_at,
            withdrawal_reason=None if pack.withdrawal is None else pack.withdrawal.reason,
            is_held=pack.held_by is not None,
            reported_at=pack.reported_at,
            model_key=pack.model_id,
        )

    @strawberry.field(description="Its model.")
    async def model(self, info: Info) -> PackModel:
        """Load the model with those of the other packs."""
        return await load_model(info.context, self.model_key)

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return packs by serial number: all of them to OVERSEERS, to a rider its own."""
        principal = context.signed_in()
        found = await PacksServices.of(context).reader.list_by_ids(ids)
        return {
            pack.id: cls.of(pack)
            for pack in found.values()
            if principal.role in OVERSEERS or pack.place.holder_id == principal.user_id
        }
