"""The view of the places between which packs are moved."""

from typing import Self

import strawberry

from navswap.features.logistics.service import LogisticsServices, Stop, StopFacts, StopKind
from navswap.features.partners.graphql import PartnerShop
from navswap.features.procurement.graphql import Depot
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import find_node

describe_enum(
    StopKind,
    "What kind of place a trip begins or ends at.",
    {
        "STATION": "A station: packs are scanned out of its slots, and into them.",
        "SHOP": "A partner shop: the partner scans the packs and the transporter's handover code.",
        "DEPOT": "A depot: the transporter scans the packs there; trips begin there only.",
    },
    name="TransportStopKind",
)


@strawberry.type(description="A place where packs are taken or brought.")
class TransportStop:
    """A place as clients see it."""

    kind: StopKind = strawberry.field(description="Which kind of place it is.")
    name: str = strawberry.field(description="Name for display.")
    location: Coordinates | None = strawberry.field(
        description="Where it is; null for a depot whose place was taken out of the register."
    )
    is_open_now: bool = strawberry.field(
        description="Whether packs can change hands there now; false for a shop outside its opening hours."
    )
    stop: strawberry.Private[Stop]

    @classmethod
    def of(cls, stop: Stop, facts: StopFacts) -> Self:
        """Build the view of a place."""
        return cls(
            kind=stop.kind,
            name=facts.name,
            location=None if facts.point is None else Coordinates.of(facts.point),
            is_open_now=facts.is_open,
            stop=stop,
        )

    @strawberry.field(description="The station; null for other kinds.")
    async def station(self, info: Info) -> Station | None:
        """Load the station with those of the other places."""
        return await _load_station(info.context, self.stop)

    @strawberry.field(description="The shop; null for other kinds, and where it is not yours to see.")
    async def shop(self, info: Info) -> PartnerShop | None:
        """Load the shop with those of the other places."""
        is_shop = self.stop.kind is StopKind.SHOP
        return await find_node(info.context, PartnerShop, self.stop.id) if is_shop else None

    @strawberry.field(
        description="The depot; null for other kinds, and for roles other than ADMIN and ANALYST."
    )
    async def depot(self, info: Info) -> Depot | None:
        """Load the depot with those of the other places."""
        is_depot = self.stop.kind is StopKind.DEPOT
        return await find_node(info.context, Depot, self.stop.id) if is_depot else None


@strawberry.type
class BetweenStops:
    """The places of what is moved, for the types that have both."""

    origin_key: strawberry.Private[Stop]
    target_key: strawberry.Private[Stop]

    @strawberry.field(description="The station that gives the packs; null where `originStop` is no station.")
    async def origin(self, info: Info) -> Station | None:
        """Load the station with those of the others."""
        return await _load_station(info.context, self.origin_key)

    @strawberry.field(description="The station that lacks the packs; null where `targetStop` is no station.")
    async def target(self, info: Info) -> Station | None:
        """Load the station with those of the others."""
        return await _load_station(info.context, self.target_key)

    @strawberry.field(description="Where the packs are taken.")
    async def origin_stop(self, info: Info) -> TransportStop:
        """Load the place with those of the others."""
        return await _load_stop(info.context, self.origin_key)

    @strawberry.field(description="Where the packs are brought.")
    async def target_stop(self, info: Info) -> TransportStop:
        """Load the place with those of the others."""
        return await _load_stop(info.context, self.target_key)


async def _load_station(context: Context, stop: Stop) -> Station | None:
    return await load_station(context, stop.id) if stop.kind is StopKind.STATION else None


async def _load_stop(context: Context, stop: Stop) -> TransportStop:
    async def load(stops: list[Stop]) -> list[StopFacts | None]:
        found = await LogisticsServices.of(context).stops.find(stops)
        return [found.get(wanted) for wanted in stops]

    facts = await context.loader("transport-stops", load).load(stop)
    if facts is None:
        raise LookupError(f"the {stop.kind} {stop.id} of a transport is gone")
    return TransportStop.of(stop, facts)
