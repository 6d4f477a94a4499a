"""The views of entries, queues and swaps."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.packs.graphql import PackModel, load_model
from navswap.features.stations.graphql import Station, load_station
from navswap.features.swapping.domain import values
from navswap.features.swapping.domain.values import EntryState, MoveCause
from navswap.features.swapping.graphql.presence import Presence
from navswap.features.swapping.service import SwappingServices, VisitNeed
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Metres, Minutes, NonNegativeInt, Percent
from navswap.kit.geo import Point
from navswap.kit.qr import qr_png_data_uri, qr_svg

describe_enum(
    EntryState,
    "The life of a queue entry; the first three states are active, the others are ends.",
    {
        "CONFIRMED": "The hold stands; the rider is on the way.",
        "ARRIVED": "The rider is within the fence of the station.",
        "VERIFIED": "The QR code was scanned; the swap is under way.",
        "FULFILLED": "The packs changed hands.",
        "CANCELLED": "The rider gave the hold back.",
        "EXPIRED": "The rider was there, but the time ran out.",
        "NO_SHOW": "The rider never came and the time ran out.",
        "COMPENSATED": "The hold could not be kept, nor moved; the rider was paid for it.",
    },
    name="QueueEntryState",
)
describe_enum(
    MoveCause,
    "Why a hold could not stay where it was.",
    {
        "FAULT": "A fault took its packs or its station out of use.",
        "PACK_FAULTY": "The station measured that a held pack is faulty.",
        "PACK_WITHDRAWN": "A held pack was recalled or retired.",
        "PACK_UNCHARGED": "A held pack lost its charge, or its charging was put off (by a shed feeder, a derated charger or a new charging plan), and it is not charged again before the hold ends.",
        "PACK_MISSING": "A held pack left its slot.",
        "STATION_CLOSED": "The station was closed.",
    },
    name="HoldMoveCause",
)


@strawberry.type(description="The QR code of a hold: shown by the rider, scanned once at the station.")
class QrCode:
    """A token and its pictures."""

    token: str = strawberry.field(description="The signed token (JWT, EdDSA) that the code holds.")
    starts_at: datetime = strawberry.field(description="When it begins to be good (UTC).")
    expires_at: datetime = strawberry.field(description="When it stops being good (UTC).")

    @strawberry.field(description="The code as one SVG element, black on white, scalable.")
    def svg(self) -> str:
        """Render as SVG."""
        return qr_svg(self.token)

    @strawberry.field(description="The code as a data:image/png URI, 4 pixels a module.")
    def png_data_uri(self) -> str:
        """Render as PNG."""
        return qr_png_data_uri(self.token)


@strawberry.type(description="A pack that is held in its slot.")
class HeldPack:
    """A held pack as clients see it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int = strawberry.field(description="Its slot, from 1.")

    @classmethod
    def of(cls, pack: values.HeldPack) -> Self:
        """Build the view of a held pack."""
        return cls(**asdict(pack))


@strawberry.type(description="How a hold was moved to other packs, or to another station.")
class HoldMove:
    """A move as clients see it."""

    moved_at: datetime = strawberry.field(description="When (UTC).")
    cause: MoveCause = strawberry.field(description="Why.")
    distance_metres: Metres = strawberry.field(description="Straight between the stations.")
    from_key: strawberry.Private[str]
    to_key: strawberry.Private[str]

    @classmethod
    def of(cls, move: values.Move) -> Self:
        """Build the view of a move."""
        return cls(
            moved_at=move.moved_at,
            cause=move.cause,
            distance_metres=move.distance_metres,
            from_key=move.from_station_id,
            to_key=move.to_station_id,
        )

    @strawberry.field(description="The station that the hold was at.")
    async def from_station(self, info: Info) -> Station:
        """Load the station with those of the other moves."""
        return await load_station(info.context, self.from_key)

    @strawberry.field(description="The station that it was moved to; may be the same.")
    async def to_station(self, info: Info) -> Station:
        """Load the station with those of the other moves."""
        return await load_station(info.context, self.to_key)


@strawberry.type(description="A rider's place in the queue of a station, with the packs held for it.")
class QueueEntry(LoadedNode):
    """An entry as clients see it."""

    id: relay.NodeID[str]
    state: EntryState = strawberry.field(description="Where in its life the entry is.")
    packs: list[HeldPack] = strawberry.field(
        description="The packs held in their slots, 1 to 4 of one model: as many as the rider's vehicle takes."
    )
    promised_soc_percent: Percent = strawberry.field(
        description="Least charge of each pack that is handed out, at least 1 %."
    )
    is_walk_in: bool = strawberry.field(description="Whether the rider was at the station when confirming.")
    confirmed_at: datetime = strawberry.field(description="When the hold was given (UTC).")
    hold_ends_at: datetime = strawberry.field(
        description="When the hold lapses, unless swapped before (UTC)."
    )
    bonus_credits: NonNegativeInt = strawberry.field(
        description="Credits promised for each returned pack of at most 50 % charge in this swap."
    )
    arrived_at: datetime | None = strawberry.field(description="When the rider came within the fence (UTC).")
    verified_at: datetime | None = strawberry.field(description="When the QR code was scanned (UTC).")
    ended_at: datetime | None = strawberry.field(description="When the entry ended (UTC).")
    moves: list[HoldMove] = strawberry.field(
        description="How the hold was moved, oldest first; after a move to another station the rider shows "
        "the new QR code there."
    )
    compensation_credits: int | None = strawberry.field(
        description="What the rider was paid because the hold could not be kept, at least 1; null for every other end."
    )
    revision: int = strawberry.field(description="Counts the changes of the entry, from 1.")
    station_key: strawberry.Private[str]
    rider_key: strawberry.Private[str]
    model_key: strawberry.Private[str]

    @classmethod
    def of(cls, entry: values.QueueEntry) -> Self:
        """Build the view of an entry."""
        return cls(
            id=entry.id,
            state=entry.state,
            packs=[HeldPack.of(pack) for pack in entry.packs],
            promised_soc_percent=entry.promised_soc_percent,
            is_walk_in=entry.walk_in,
            confirmed_at=entry.confirmed_at,
            hold_ends_at=entry.hold_until,
            bonus_credits=entry.bonus.credits if entry.bonus else 0,
            arrived_at=entry.arrived_at,
            verified_at=entry.verified_at,
            ended_at=entry.ended_at,
            moves=[HoldMove.of(move) for move in entry.moves],
            compensation_credits=entry.compensation_credits,
            revision=entry.revision,
            station_key=entry.station_id,
            rider_key=entry.rider_id,
            model_key=entry.pack_model_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return entries by id: all to those who run the network, to a rider its own."""
        principal = context.signed_in()
        found = await SwappingServices.of(context).queues.find_by_ids(ids)
        return {
            entry.id: cls.of(entry) for entry in found.values() if principal.may_see_rider(entry.rider_id)
        }

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other entries."""
        return await load_station(info.context, self.station_key)

    @strawberry.field(description="The rider; null where there is none any more.")
    async def rider(self, info: Info) -> User | None:
        """Load the rider with those of the other entries."""
        return await find_node(info.context, User, self.rider_key)

    @strawberry.field(description="The model of the held packs.")
    async def pack_model(self, info: Info) -> PackModel:
        """Load the model with those of the other entries."""
        return await load_model(info.context, self.model_key)

    @strawberry.field(
        description="Riders with a hold at this station who are there before this rider: those who are there now, and, while "
        "this one is on the way, those who are expected earlier. 0 once the entry has ended."
    )
    async def riders_ahead(self, info: Info) -> NonNegativeInt:
        """Count the riders who are at the station before this one."""
        return await SwappingServices.of(info.context).queues.count_ahead(self.station_key, str(self.id))

    @strawberry.field(
        description="Whether the rider is seen at the station by the newest position, and if not, why; null once the QR code was "
        "scanned or the entry has ended."
    )
    async def presence(self, info: Info) -> Presence | None:
        """Judge the newest position with those of the other entries."""
        if self.verified_at is not None or self.ended_at is not None:
            return None
        context = info.context
        location = (await load_station(context, self.station_key)).location
        riders = SwappingServices.of(context).riders

        async def load(riders_at: list[tuple[str, Point]]) -> list[Presence]:
            return [Presence.of(seen) for seen in await riders.list_presence(riders_at, context.clock.now())]

        place = Point(location.longitude, location.latitude)
        return await context.loader("swapping:presence", load).load((self.rider_key, place))

    @strawberry.field(
        description="The QR code to show at the station; null once the entry is verified or ended, and for all "
        "clients but its rider."
    )
    async def qr(self, info: Info) -> QrCode | None:
        """Sign the token of the hold."""
        principal, services = info.context.principal, SwappingServices.of(info.context)
        if principal is None or principal.user_id != self.rider_key:
            return None
        entry = await services.queues.find_cancellable(str(self.id))
        if entry is None:
            return None
        return QrCode(
            token=services.scans.qr_token(entry),
            starts_at=entry.confirmed_at,
            expires_at=entry.code_expires_at,
        )


@strawberry.type(description="The queue of a station: active entries, first come first.")
class Queue:
    """A queue as clients see it."""

    entries: list[QueueEntry] = strawberry.field(description="The active entries, first come first.")
    length: NonNegativeInt = strawberry.field(description="How many entries there are.")

    @classmethod
    def of(cls, entries: Sequence[values.QueueEntry]) -> Self:
        """Build the view of a queue."""
        return cls(entries=[QueueEntry.of(entry) for entry in entries], length=len(entries))


@strawberry.type(description="A pack as it changed hands in a swap.")
class SwappedPack:
    """A pack of a swap as clients see it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int = strawberry.field(description="The slot that it went into or came out of, from 1.")
    soc_percent: Percent = strawberry.field(description="State of charge at that time.")

    @classmethod
    def of(cls, pack: values.SwappedPack) -> Self:
        """Build the view of a pack of a swap."""
        return cls(**asdict(pack))


@strawberry.type(description="A completed swap; the rider's receipt.")
class Swap(LoadedNode):
    """A swap as clients see it."""

    id: relay.NodeID[str]
    packs_in: list[SwappedPack] = strawberry.field(
        description="The packs that the rider returned; none for a rider's first packs."
    )
    packs_out: list[SwappedPack] = strawberry.field(description="The packs that the rider received, 1 to 4.")
    completed_at: datetime = strawberry.field(description="When the packs changed hands (UTC).")
    minutes_since_confirmed: Minutes = strawberry.field(
        description="Time from the confirmation of the hold to the swap."
    )
    bonus_credits: NonNegativeInt = strawberry.field(
        description="Credits earned by bringing empty packs, paid soon after the swap."
    )
    entry_key: strawberry.Private[str]
    station_key: strawberry.Private[str]
    rider_key: strawberry.Private[str]
    model_key: strawberry.Private[str]

    @classmethod
    def of(cls, swap: values.Swap) -> Self:
        """Build the view of a swap."""
        return cls(
            id=swap.id,
            packs_in=[SwappedPack.of(pack) for pack in swap.packs_in],
            packs_out=[SwappedPack.of(pack) for pack in swap.packs_out],
            completed_at=swap.completed_at,
            minutes_since_confirmed=(swap.completed_at - swap.confirmed_at).total_seconds() / 60,
            bonus_credits=swap.bonus_credits,
            entry_key=swap.entry_id,
            station_key=swap.station_id,
            rider_key=swap.rider_id,
            model_key=swap.pack_model_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return swaps by id: all to those who run the network, to a rider its own."""
        principal = context.signed_in()
        found = await SwappingServices.of(context).queues.find_swaps_by_ids(ids)
        return {swap.id: cls.of(swap) for swap in found.values() if principal.may_see_rider(swap.rider_id)}

    @strawberry.field(description="The queue entry that it fulfilled; null where you may not see it.")
    async def entry(self, info: Info) -> QueueEntry | None:
        """Load the entry with those of the other swaps."""
        return await find_node(info.context, QueueEntry, self.entry_key)

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other swaps."""
        return await load_station(info.context, self.station_key)

    @strawberry.field(description="The rider; null where there is none any more, or you may not see it.")
    async def rider(self, info: Info) -> User | None:
        """Load the rider with those of the other swaps."""
        return await find_node(info.context, User, self.rider_key)

    @strawberry.field(description="The model of the packs.")
    async def pack_model(self, info: Info) -> PackModel:
        """Load the model with those of the other swaps."""
        return await load_model(info.context, self.model_key)


async def need_of_client(context: Context) -> VisitNeed:
    """Return what the client comes for: what a signed-in rider's vehicle takes, else one pack of the standard model."""
    principal, riders = context.principal, SwappingServices.of(context).riders
    if principal is None or principal.role is not Role.CONSUMER:
        return VisitNeed()
    return await riders.need_of(await riders.vehicle_of(principal.user_id))
