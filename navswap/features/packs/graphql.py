"""Packs at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.packs import errors
from navswap.features.packs.service import Condition, PacksServices, PlaceKind
from navswap.features.packs.service import Pack as StoredPack
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode
from navswap.graphql.permissions import signed_in
from navswap.graphql.refusals import Refusal, refusal

describe_enum(
    Condition,
    "Whether a pack may be handed out at all.",
    {
        "FIT": "It may, once it is charged to the promise.",
        "FAULTY": "It may not, until it is mended.",
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


@strawberry.type(description="The one place of a pack.")
class PackPlace:
    """A place as clients see it."""

    kind: PlaceKind = strawberry.field(description="What kind of holder has the pack.")
    holder_id: str = strawberry.field(
        description="Database id of the station, rider, shop, transporter or depot."
    )
    evse_id: int | None = strawberry.field(description="Slot number, from 1; only at a station.")


@strawberry.type(description="A battery pack.")
class Pack(LoadedNode):
    """A pack as clients see it."""

    id: relay.NodeID[str]
    serial_number: str = strawberry.field(description="Serial number, at most 50 characters (OCPP).")
    soc_percent: float = strawberry.field(description="State of charge, 0 to 100 %.")
    soh_percent: float = strawberry.field(description="State of health, 0 to 100 % of the new capacity.")
    cycles: int = strawberry.field(description="Full charge cycles; at least 0.")
    condition: Condition = strawberry.field(description="Whether it may be handed out at all.")
    place: PackPlace = strawberry.field(description="Where it is.")
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was recalled or retired by an order (UTC); null for others."
    )
    withdrawal_reason: str | None = strawberry.field(description="Why it was; null for others.")
    held: bool = strawberry.field(description="Whether it is held for a rider.")
    reported_at: datetime = strawberry.field(description="When it was last measured or moved (UTC).")

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
            place=PackPlace(kind=pack.place.kind, holder_id=pack.place.holder_id, evse_id=pack.place.evse_id),
            withdrawn_at=None if pack.withdrawal is None else pack.withdrawal.withdrawn_at,
            withdrawal_reason=None if pack.withdrawal is None else pack.withdrawal.reason,
            held=pack.held_by is not None,
            reported_at=pack.reported_at,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return packs by serial number: all of them to those who run the network, to a rider its own."""
        principal = context.signed_in()
        found = await PacksServices.of(context).packs.list_by_ids(ids)
        return {
            pack.id: cls.of(pack)
            for pack in found.values()
            if principal.role in OVERSEERS or pack.place.holder_id == principal.user_id
        }


@refusal(errors.PackNotFoundError)
class PackNotFound(Refusal):
    """There is no such pack."""


@refusal(errors.PackElsewhereError)
class PackElsewhere(Refusal):
    """The pack is elsewhere."""


@refusal(errors.PackKnownError)
class PackKnown(Refusal):
    """The pack is not new."""


@refusal(errors.SlotTakenError)
class SlotTaken(Refusal):
    """The slot is taken."""


@strawberry.type
class PacksQuery:
    """Queries of the packs slice."""

    @strawberry.field(
        description="A pack by serial number; null when there is none or it is not yours to see.",
        extensions=signed_in(),
    )
    async def pack(
        self,
        info: Info,
        serial_number: Annotated[str, strawberry.argument(description="Serial number of the pack.")],
    ) -> Pack | None:
        """Return a pack."""
        return (await Pack.load_many(info.context, [serial_number])).get(serial_number)
