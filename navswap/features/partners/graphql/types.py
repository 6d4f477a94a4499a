"""The views of shops, storage plans and storage requests."""

from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

import strawberry
from strawberry import relay

from navswap.auth.principal import Principal
from navswap.auth.roles import AUDITORS, OVERSEERS, Role
from navswap.features.partners.events import StorageRequestChanged
from navswap.features.partners.service import (
    OpeningSpan,
    PartnersServices,
    RequestState,
    ShopBasis,
    Weekday,
    acceptance_rate,
    is_open,
)
from navswap.features.partners.service import PartnerShop as ShopDocument
from navswap.features.partners.service import StoragePlan as PlanDocument
from navswap.features.partners.service import StorageRequest as RequestDocument
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import LoadedNode, relay_id

SEES_SHOPS = (Role.PARTNER, Role.TRANSPORTER, *OVERSEERS)
SEES_REQUESTS = (Role.PARTNER, *AUDITORS)
LISTS_REQUESTS = (*SEES_REQUESTS, Role.TRANSPORTER)

describe_enum(
    Weekday,
    "The days of a week.",
    {day.name: f"{day.title()}." for day in Weekday},
)
describe_enum(
    RequestState,
    "The life of a storage request; the first two states are open, the others are ends.",
    {
        "REQUESTED": "The shop is asked; it keeps the places free until it answers.",
        "ACCEPTED": "The shop waits for the packs.",
        "DECLINED": "The shop does not want the packs.",
        "EXPIRED": "The shop did not answer in time, or not all packs came in time.",
        "FULFILLED": "All packs have come.",
    },
    name="StorageRequestState",
)


@strawberry.type(description="A span of one weekday in which a shop is open, by the clock of the shop.")
class OpeningHours:
    """A span as clients see it."""

    weekday: Weekday = strawberry.field(description="The day.")
    opens_at: str = strawberry.field(description="HH:MM, 00:00 to 23:59.")
    closes_at: str = strawberry.field(description="HH:MM, later than opensAt, at most 24:00.")

    @classmethod
    def of(cls, span: OpeningSpan) -> Self:
        """Build the view of a span."""
        return cls(
            weekday=span.weekday, opens_at=_clock(span.opens_minute), closes_at=_clock(span.closes_minute)
        )


@strawberry.type(description="A partner shop: stores packs for credits.")
class PartnerShop(LoadedNode):
    """A shop as clients see it."""

    id: relay.NodeID[str]
    name: str = strawberry.field(description="Name for display.")
    owner_id: strawberry.ID = strawberry.field(description="Id of the user who runs it, with role PARTNER.")
    address: str = strawberry.field(description="Street address; empty where unknown.")
    district: str = strawberry.field(description="District; empty where unknown.")
    location: Coordinates = strawberry.field(description="Where it is.")
    time_zone: str = strawberry.field(description="IANA name of the time zone of its hours and nights.")
    opening_hours: list[OpeningHours] = strawberry.field(description="When it is open, from Monday on.")
    capacity_packs: int = strawberry.field(description="Packs that it has places for, 1 to 1,000.")
    stock_packs: int = strawberry.field(description="Packs that are there; at least 0.")
    reserved_packs: int = strawberry.field(description="Packs that it accepted and waits for; at least 0.")
    offered_packs: int = strawberry.field(
        description="Packs of requests that it has yet to answer; at least 0."
    )
    free_places: int = strawberry.field(description="Packs that it can still be asked to store; at least 0.")
    credits_per_pack_day: int = strawberry.field(
        description="Credits for each pack that is there at the end of a local day; at least 1."
    )
    acceptance_rate: float = strawberry.field(
        description="Share of requests that it accepts, 0 to 1; one half before the first (Laplace's rule)."
    )
    spans: strawberry.Private[list[OpeningSpan]]

    @classmethod
    def of(cls, shop: ShopDocument) -> Self:
        """Build the view of a stored shop."""
        return cls(
            id=shop.id,
            name=shop.name,
            owner_id=relay_id(User, shop.owner_id),
            address=shop.address,
            district=shop.district,
            location=Coordinates.of(shop.point),
            time_zone=shop.time_zone,
            opening_hours=[OpeningHours.of(span) for span in shop.opening_hours],
            capacity_packs=shop.capacity_packs,
            stock_packs=shop.stock_packs,
            reserved_packs=shop.reserved_packs,
            offered_packs=shop.offered_packs,
            free_places=shop.free_places,
            credits_per_pack_day=shop.credits_per_pack_day,
            acceptance_rate=acceptance_rate(shop.accepted, shop.answered),
            spans=shop.opening_hours,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return shops by id: a partner's own; any to those who run the network or drive for it; none to riders."""
        principal = context.signed_in()
        found = await PartnersServices.of(context).shops.list_by_ids(ids)
        return {shop.id: cls.of(shop) for shop in found.values() if _may_see(principal, shop)}

    @strawberry.field(description="Whether the shop is open now.")
    def open_now(self, info: Info) -> bool:
        """Compare the hours with the clock."""
        return is_open(self.spans, info.context.clock.now(), ZoneInfo(self.time_zone))


@strawberry.type(description="Packs of a station that a shop is asked to store.")
class StorageRequest(LoadedNode):
    """A request as clients see it."""

    id: relay.NodeID[str]
    shop_id: strawberry.ID = strawberry.field(description="Id of the shop.")
    station_id: strawberry.ID = strawberry.field(description="Id of the station whose packs they are.")
    packs: int = strawberry.field(description="How many, 1 to 200.")
    collected_packs: list[str] = strawberry.field(
        description="Serial numbers of the packs that a transporter fetched for it; at most `packs`."
    )
    received_packs: list[str] = strawberry.field(description="Serial numbers of the packs that have come.")
    state: RequestState = strawberry.field(description="Where in its life the request is.")
    requested_at: datetime = strawberry.field(description="When it was made (UTC).")
    due_at: datetime = strawberry.field(
        description="Until when to answer; once accepted, until when the packs are to come (UTC)."
    )
    answered_at: datetime | None = strawberry.field(
        description="When the shop answered (UTC); null before, and where it never did."
    )
    ended_at: datetime | None = strawberry.field(description="When it ended (UTC); null while it is open.")
    revision: int = strawberry.field(description="Counts the changes of the request, from 1.")
    plan_key: strawberry.Private[str]

    @classmethod
    def of(cls, request: RequestDocument | StorageRequestChanged) -> Self:
        """Build the view of a stored request, or of one that an event tells."""
        return cls(
            id=request.request_id if isinstance(request, StorageRequestChanged) else request.id,
            shop_id=relay_id(PartnerShop, request.shop_id),
            station_id=relay_id(Station, request.station_id),
            packs=request.packs,
            collected_packs=request.collected,
            received_packs=request.received,
            state=request.state,
            requested_at=request.requested_at,
            due_at=request.due_at,
            answered_at=request.answered_at,
            ended_at=request.ended_at,
            revision=request.revision,
            plan_key=request.plan_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return requests by id: a partner's own, accepted ones to transporters, any to those who run the network."""
        principal = context.signed_in()
        if principal.role not in LISTS_REQUESTS:
            return {}
        found = await PartnersServices.of(context).requests.list_by_ids(ids)
        if principal.role is Role.TRANSPORTER:
            return {one.id: cls.of(one) for one in found.values() if one.state is RequestState.ACCEPTED}
        shops = await PartnersServices.of(context).shops.list_by_ids([one.shop_id for one in found.values()])
        return {
            one.id: cls.of(one)
            for one in found.values()
            if one.shop_id in shops and _may_see(principal, shops[one.shop_id])
        }

    @strawberry.field(
        description="The decision that this request is part of, with all that it rested on; null to those who do not run "
        "the network."
    )
    async def plan(self, info: Info) -> "StoragePlan | None":
        """Load the plan with those of the other requests."""
        if info.context.signed_in().role not in AUDITORS:
            return None

        async def load(ids: list[str]) -> list[tuple[PlanDocument, list[RequestDocument]] | None]:
            found = await PartnersServices.of(info.context).requests.list_plans(ids)
            return [found.get(one) for one in ids]

        loaded = await info.context.loader("storage-plans", load).load(self.plan_key)
        return None if loaded is None else StoragePlan.of(*loaded)


@strawberry.type(description="What a plan knew of a shop, and what it gave to it.")
class StorageCandidate:
    """A part of the basis of a plan as clients see it."""

    shop_id: strawberry.ID = strawberry.field(description="Id of the shop.")
    distance_metres: float = strawberry.field(
        description="Straight distance from the station, metres; at least 0."
    )
    free_places: float = strawberry.field(description="Places foreseen to be free; at least 0.")
    acceptance_probability: float = strawberry.field(
        description="Probability foreseen that the shop accepts, 0 to 1."
    )
    source: Source = strawberry.field(description="Where both come from.")
    recent_share: float = strawberry.field(
        description="Packs that it was asked to store in the last 7 days over its capacity; at least 0."
    )
    packs: int = strawberry.field(description="Packs that it is asked to store, at least 0; 0 for none.")

    @classmethod
    def of(cls, basis: ShopBasis) -> Self:
        """Build the view of a part of the basis."""
        return cls(**{**dict(basis), "shop_id": relay_id(PartnerShop, basis.shop_id)})


@strawberry.type(description="A decision where to store packs of a station, and what it rested on.")
class StoragePlan:
    """A plan as clients see it."""

    requests: list[StorageRequest] = strawberry.field(description="The shops that are asked.")
    packs: int = strawberry.field(description="Packs that were to be stored, 1 to 200.")
    unplaced_packs: int = strawberry.field(description="Packs that found no place; at least 0.")
    candidates: list[StorageCandidate] = strawberry.field(description="The shops that were considered.")
    made_at: datetime = strawberry.field(description="When it was decided (UTC).")

    @classmethod
    def of(cls, plan: PlanDocument, requests: list[RequestDocument]) -> Self:
        """Build the view of a plan."""
        return cls(
            requests=[StorageRequest.of(request) for request in requests],
            packs=plan.packs,
            unplaced_packs=plan.unplaced_packs,
            candidates=[StorageCandidate.of(basis) for basis in plan.basis],
            made_at=plan.made_at,
        )


def _may_see(principal: Principal, shop: ShopDocument) -> bool:
    if principal.role is Role.PARTNER:
        return shop.owner_id == principal.user_id
    return principal.role in SEES_SHOPS


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
