"""The views of entries, swaps and recommendations."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.features.stations.graphql import Station, load_station
from navswap.features.swapping.domain.ranking import Ranked, Reason, ReasonKind
from navswap.features.swapping.domain.values import EntryState, Move, MoveCause
from navswap.features.swapping.domain.values import QueueEntry as EntryValue
from navswap.features.swapping.domain.values import Swap as SwapValue
from navswap.features.swapping.domain.values import SwappedPack as SwappedPackValue
from navswap.features.swapping.qr import qr_png_data_uri, qr_svg
from navswap.features.swapping.service import SwappingServices
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, relay_id

describe_enum(
    EntryState,
    "The life of a queue entry; the first three states are active, the others are ends.",
    {
        "CONFIRMED": "The hold stands; the rider is on the way.",
        "ARRIVED": "The rider is within the fence of the station.",
        "VERIFIED": "The QR token was scanned; the swap is under way.",
        "FULFILLED": "The packs changed hands.",
        "CANCELLED": "The rider gave the hold back.",
        "EXPIRED": "The rider was there, but the time ran out.",
        "NO_SHOW": "The rider never came and the time ran out.",
        "COMPENSATED": "The hold could not be kept, nor moved; the rider was paid for it.",
    },
    name="QueueEntryState",
)
describe_enum(
    ReasonKind,
    "What a station costs a rider.",
    {
        "RIDE": "The way there on free roads.",
        "TRAFFIC_DELAY": "What the traffic of now adds to the way there.",
        "WAIT": "The median wait once there.",
        "UNCERTAIN_WAIT": "Half of what the wait may be longer than its median.",
        "SCARCE_PACKS": "The risk that the last packs are gone on arrival.",
    },
    name="RankReasonKind",
)


@strawberry.type(description="The QR code of a hold: shown by the rider, scanned once at the station.")
class QrCode:
    """A token and its pictures."""

    token: str = strawberry.field(description="The signed token (JWT, EdDSA) that the code holds.")
    not_before: datetime = strawberry.field(description="When it begins to be good (UTC).")
    expires_at: datetime = strawberry.field(description="When it stops being good (UTC).")

    @strawberry.field(description="The code as one SVG element, black on white, scalable.")
    def svg(self) -> str:
        """Render as SVG."""
        return qr_svg(self.token)

    @strawberry.field(description="The code as a data:image/png URI, 4 pixels a module.")
    def png_data_uri(self) -> str:
        """Render as PNG."""
        return qr_png_data_uri(self.token)


describe_enum(
    MoveCause,
    "Why a hold could not stay where it was.",
    {
        "FAULT": "A fault took out of use what it rested on.",
        "PACK_WITHDRAWN": "The held pack was recalled or retired.",
        "STATION_CLOSED": "The station was closed.",
    },
    name="HoldMoveCause",
)


@strawberry.type(description="How a hold was moved to another pack, or to another station.")
class HoldMove:
    """A move as clients see it."""

    moved_at: datetime = strawberry.field(description="When (UTC).")
    cause: MoveCause = strawberry.field(description="Why.")
    from_station_id: strawberry.ID = strawberry.field(description="Id of the station it was at.")
    to_station_id: strawberry.ID = strawberry.field(
        description="Id of the station it is at; may be the same."
    )
    distance_metres: float = strawberry.field(
        description="Straight between the stations, metres; at least 0."
    )

    @classmethod
    def of(cls, move: Move) -> Self:
        """Build the view of a move."""
        return cls(
            moved_at=move.moved_at,
            cause=move.cause,
            from_station_id=relay_id(Station, move.from_station_id),
            to_station_id=relay_id(Station, move.to_station_id),
            distance_metres=move.distance_metres,
        )


@strawberry.type(description="A rider's place in the queue of a station, with the pack held for it.")
class QueueEntry(LoadedNode):
    """An entry as clients see it."""

    id: relay.NodeID[str]
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    rider_id: strawberry.ID = strawberry.field(description="Id of the rider.")
    state: EntryState = strawberry.field(description="Where in its life the entry is.")
    serial_number: str = strawberry.field(description="Serial number of the held pack.")
    evse_id: int = strawberry.field(description="Slot of the held pack, from 1.")
    promised_soc_percent: float = strawberry.field(
        description="Least charge of the pack that is handed out, 1 to 100 %."
    )
    walk_in: bool = strawberry.field(description="Whether the rider was at the station when confirming.")
    confirmed_at: datetime = strawberry.field(description="When the hold was given (UTC).")
    hold_until: datetime = strawberry.field(description="When the hold lapses, unless swapped before (UTC).")
    bonus_credits: int = strawberry.field(
        description="Credits promised for returning a pack of at most 50 % charge in this swap; at least 0."
    )
    arrived_at: datetime | None = strawberry.field(description="When the rider came within the fence (UTC).")
    verified_at: datetime | None = strawberry.field(description="When the QR token was spent (UTC).")
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

    @classmethod
    def of(cls, entry: EntryValue) -> Self:
        """Build the view of an entry."""
        [pack, *_] = entry.packs
        return cls(
            id=entry.id,
            station_id=relay_id(Station, entry.station_id),
            rider_id=relay_id(User, entry.rider_id),
            state=entry.state,
            serial_number=pack.serial_number,
            evse_id=pack.evse_id,
            promised_soc_percent=entry.promised_soc_percent,
            walk_in=entry.walk_in,
            confirmed_at=entry.confirmed_at,
            hold_until=entry.hold_until,
            bonus_credits=entry.bonus.credits if entry.bonus else 0,
            arrived_at=entry.arrived_at,
            verified_at=entry.verified_at,
            ended_at=entry.ended_at,
            moves=[HoldMove.of(one) for one in entry.moves],
            compensation_credits=entry.compensation_credits,
            revision=entry.revision,
            station_key=entry.station_id,
            rider_key=entry.rider_id,
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

    @strawberry.field(
        description="Riders who were confirmed at this station before and wait still; at least 0."
    )
    async def riders_ahead(self, info: Info) -> int:
        """Count the active entries that stand before this one."""
        return await SwappingServices.of(info.context).queues.count_ahead(
            self.station_key, self.confirmed_at, str(self.id)
        )

    @strawberry.field(
        description="The QR code to show at the station; null once the entry is verified or ended, and for "
        "everybody but its rider."
    )
    async def qr(self, info: Info) -> QrCode | None:
        """Sign the token of the hold."""
        principal = info.context.principal
        if principal is None or principal.user_id != self.rider_key:
            return None
        return await self._qr_code(info.context)

    async def _qr_code(self, context: Context) -> QrCode | None:
        entry = await SwappingServices.of(context).queues.find_cancellable(str(self.id))
        if entry is None:
            return None
        return QrCode(
            token=SwappingServices.of(context).scans.qr_token(entry),
            not_before=entry.confirmed_at,
            expires_at=entry.code_expires_at,
        )


@strawberry.type(description="The queue of a station: active entries, first come first.")
class Queue:
    """A queue as clients see it."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    entries: list[QueueEntry] = strawberry.field(description="The active entries, first come first.")
    length: int = strawberry.field(description="How many entries there are; at least 0.")

    @classmethod
    def of(cls, station_id: str, entries: list[EntryValue]) -> Self:
        """Build the view of a queue."""
        return cls(
            station_id=relay_id(Station, station_id),
            entries=[QueueEntry.of(entry) for entry in entries],
            length=len(entries),
        )


@strawberry.type(description="A pack as it changed hands in a swap.")
class SwappedPack:
    """A pack of a swap as clients see it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int = strawberry.field(description="The slot it went into or came out of, from 1.")
    soc_percent: float = strawberry.field(description="State of charge at that moment, 0 to 100 %.")

    @classmethod
    def of(cls, pack: SwappedPackValue) -> Self:
        """Build the view of a pack of a swap."""
        return cls(**asdict(pack))


@strawberry.type(description="A completed swap; the rider's receipt.")
class Swap(LoadedNode):
    """A swap as clients see it."""

    id: relay.NodeID[str]
    entry_id: strawberry.ID = strawberry.field(description="Id of the queue entry that it fulfilled.")
    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    rider_id: strawberry.ID = strawberry.field(description="Id of the rider.")
    pack_in: SwappedPack | None = strawberry.field(
        description="The pack that the rider returned; null for a rider's first pack."
    )
    pack_out: SwappedPack = strawberry.field(description="The pack that the rider received.")
    completed_at: datetime = strawberry.field(description="When the packs changed hands (UTC).")
    minutes_since_confirmed: float = strawberry.field(
        description="Time from the confirmation of the hold to the swap, minutes; at least 0."
    )
    bonus_credits: int = strawberry.field(
        description="Credits earned by bringing an empty pack, paid soon after the swap; at least 0."
    )
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, swap: SwapValue) -> Self:
        """Build the view of a stored swap."""
        return cls(
            id=swap.id,
            entry_id=relay_id(QueueEntry, swap.entry_id),
            station_id=relay_id(Station, swap.station_id),
            rider_id=relay_id(User, swap.rider_id),
            pack_in=SwappedPack.of(swap.packs_in[0]) if swap.packs_in else None,
            pack_out=SwappedPack.of(swap.packs_out[0]),
            completed_at=swap.completed_at,
            minutes_since_confirmed=(swap.completed_at - swap.confirmed_at).total_seconds() / 60,
            bonus_credits=swap.bonus_credits,
            station_key=swap.station_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return swaps by id: all to those who run the network, to a rider its own."""
        principal = context.signed_in()
        found = await SwappingServices.of(context).queues.find_swaps_by_ids(ids)
        return {swap.id: cls.of(swap) for swap in found.values() if principal.may_see_rider(swap.rider_id)}

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other swaps."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="One part of what a station costs a rider; the rank orders by their sum.")
class RankReason:
    """A reason as clients see it."""

    kind: ReasonKind = strawberry.field(description="What it stands for.")
    minutes: float = strawberry.field(description="Its part of the cost, minutes; at least 0.")

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """Build the view of a reason."""
        return cls(kind=reason.kind, minutes=reason.minutes)


@strawberry.type(description="A station recommended to a rider, with what is foreseen and why it ranks here.")
class Recommendation:
    """A ranked station as clients see it."""

    rank: int = strawberry.field(description="Place in the ranking, from 1 (the best).")
    station: Station = strawberry.field(description="The station.")
    distance_metres: float = strawberry.field(description="Straight distance, metres; at least 0.")
    eta_minutes: float = strawberry.field(
        description="Time to ride there through the traffic of now, minutes; at least 0."
    )
    traffic_delay_minutes: float = strawberry.field(
        description="The part of `etaMinutes` that traffic adds, minutes; at least 0."
    )
    wait_p50_minutes: float = strawberry.field(
        description="Median wait once there, minutes, at least 0; half of the riders wait less."
    )
    wait_p90_minutes: float = strawberry.field(
        description="Wait once there that nine of ten riders do not exceed, minutes; at least 0."
    )
    charged_packs: int = strawberry.field(description="Charged packs now, held ones included; at least 0.")
    free_packs: int = strawberry.field(
        description="Packs that may be held now: charged, not held, not kept back for riders on site; at least 0."
    )
    cost_minutes: float = strawberry.field(
        description="What the ranking orders by: the sum of the reasons; at least 0."
    )
    reasons: list[RankReason] = strawberry.field(description="The parts of the cost, dearest first.")
    source: Source = strawberry.field(description="Where ETA and waits come from.")

    @classmethod
    def of(cls, rank: int, station: Station, ranked: Ranked) -> Self:
        """Build the view of a ranked station."""
        return cls(
            rank=rank,
            station=station,
            distance_metres=ranked.facts.distance_metres,
            eta_minutes=ranked.estimate.eta_minutes,
            traffic_delay_minutes=ranked.estimate.traffic_delay_minutes,
            wait_p50_minutes=ranked.estimate.wait_p50_minutes,
            wait_p90_minutes=ranked.estimate.wait_p90_minutes,
            charged_packs=ranked.facts.charged_packs,
            free_packs=ranked.facts.packs_to_promise,
            cost_minutes=ranked.cost_minutes,
            reasons=[RankReason.of(reason) for reason in ranked.reasons],
            source=ranked.estimate.source,
        )
