"""The views of shops, storage plans and storage requests."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.principal import Principal
from navswap.auth.roles import AUDITORS, OVERSEERS, Role
from navswap.features.packs.graphql import PackModel, load_model
from navswap.features.partners.service import (
    OpeningSpan,
    PartnersServices,
    PlannedStorage,
    RequestState,
    StorageCandidate,
    Weekday,
)
from navswap.features.partners.service import PartnerShop as ShopValue
from navswap.features.partners.service import StorageRequest as RequestValue
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.forecasts import Source
from navswap.graphql.geography import Coordinates
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Metres, NonNegativeInt

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
    address: str = strawberry.field(description="Street address; empty where unknown.")
    district: str = strawberry.field(description="District; empty where unknown.")
    location: Coordinates = strawberry.field(description="Where it is.")
    time_zone: str = strawberry.field(description="IANA name of the time zone of its hours and nights.")
    opening_hours: list[OpeningHours] = strawberry.field(description="When it is open, from Monday on.")
    capacity_packs: int = strawberry.field(description="Packs that it has places for, 1 to 1,000.")
    stock_packs: NonNegativeInt = strawberry.field(description="Packs that are there.")
    reserved_packs: NonNegativeInt = strawberry.field(description="Packs that it accepted and waits for.")
    offered_packs: NonNegativeInt = strawberry.field(
        description="Packs of requests that it has yet to answer."
    )
    free_places: NonNegativeInt = strawberry.field(description="Packs that it can still be asked to store.")
    credits_per_pack_day: int = strawberry.field(
        description="Credits for each pack that is there at the end of a local day; at least 1."
    )
    acceptance_rate: float = strawberry.field(
        description="Share of requests that it accepts, 0 to 1; one half before the first (Laplace's rule)."
    )
    shop: strawberry.Private[ShopValue]

    @classmethod
    def of(cls, shop: ShopValue) -> Self:
        """Build the view of a shop."""
        return cls(
            id=shop.id,
            name=shop.name,
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
            acceptance_rate=shop.acceptance_rate,
            shop=shop,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return shops by id: a partner's own; any to transporters and OVERSEERS; none to riders."""
        principal = context.signed_in()
        found = await PartnersServices.of(context).shops.find_by_ids(ids)
        return {shop.id: cls.of(shop) for shop in found.values() if _may_see(principal, shop)}

    @strawberry.field(description="The user who runs it, of the role PARTNER; null to transporters.")
    async def owner(self, info: Info) -> User | None:
        """Load the owner with those of the other shops."""
        return await find_node(info.context, User, self.shop.owner_id)

    @strawberry.field(description="Whether the shop is open now.")
    def is_open_now(self, info: Info) -> bool:
        """Compare the hours with the clock."""
        return self.shop.is_open_at(info.context.clock.now())


@strawberry.type(description="Packs of a station that a shop is asked to store.")
class StorageRequest(LoadedNode):
    """A request as clients see it."""

    id: relay.NodeID[str]
    packs: int = strawberry.field(description="How many, 1 to 200.")
    collected_packs: list[str] = strawberry.field(
        description="Serial numbers of the packs that transport jobs fetched for it, without those that such a job did not "
        "bring; at most `packs`."
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
    request: strawberry.Private[RequestValue]

    @classmethod
    def of(cls, request: RequestValue) -> Self:
        """Build the view of a request."""
        return cls(
            id=request.id,
            packs=request.packs,
            collected_packs=list(request.collected),
            received_packs=list(request.received),
            state=request.state,
            requested_at=request.requested_at,
            due_at=request.due_at,
            answered_at=request.answered_at,
            ended_at=request.ended_at,
            revision=request.revision,
            request=request,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return requests by id: a partner's own, accepted ones to transporters, any to AUDITORS."""
        principal = context.signed_in()
        if principal.role not in LISTS_REQUESTS:
            return {}
        found = await PartnersServices.of(context).requests.find_by_ids(ids)
        if principal.role is Role.TRANSPORTER:
            return {key: cls.of(each) for key, each in found.items() if each.state is RequestState.ACCEPTED}
        shops = await PartnersServices.of(context).shops.find_by_ids(
            [each.shop_id for each in found.values()]
        )
        return {
            key: cls.of(each)
            for key, each in found.items()
            if each.shop_id in shops and _may_see(principal, shops[each.shop_id])
        }

    @strawberry.field(description="The shop that is asked.")
    async def shop(self, info: Info) -> PartnerShop:
        """Load the shop with those of the other requests."""
        return await _load_shop(info.context, self.request.shop_id)

    @strawberry.field(description="The station whose packs they are.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other requests."""
        return await load_station(info.context, self.request.station_id)

    @strawberry.field(description="The model of its packs.")
    async def pack_model(self, info: Info) -> PackModel:
        """Load the model with those of the other requests."""
        return await load_model(info.context, self.request.pack_model_id)

    @strawberry.field(
        description="The decision that this request is part of, and what it was made from; null for roles other than "
        "ADMIN and ANALYST."
    )
    async def plan(self, info: Info) -> "StoragePlan | None":
        """Load the plan with those of the other requests."""
        if info.context.signed_in().role not in AUDITORS:
            return None

        async def load(ids: list[str]) -> list[PlannedStorage | None]:
            found = await PartnersServices.of(info.context).plans.find_by_ids(ids)
            return [found.get(plan_id) for plan_id in ids]

        loaded = await info.context.loader("storage-plans", load).load(self.request.plan_id)
        return None if loaded is None else StoragePlan.of(loaded)


@strawberry.type(description="What a plan knew of a shop, and what it gave to it.")
class StoragePlanCandidate:
    """A shop that was considered, as clients see it."""

    distance: Metres = strawberry.field(description="Straight distance from the station.")
    free_places: float = strawberry.field(description="Places expected to be free; at least 0.")
    acceptance_probability: float = strawberry.field(
        description="Expected probability that the shop accepts, 0 to 1."
    )
    source: Source = strawberry.field(description="Where both come from.")
    model: str | None = strawberry.field(
        description="The model that made both forecasts, with its version; null where a rule did."
    )
    prediction_id: str | None = strawberry.field(
        description="Identifies the prediction that it was, as the `id` of a prediction does; null where a rule made it."
    )
    recent_share: float = strawberry.field(
        description="Packs that it was asked to store in the last 7 days over its capacity; at least 0."
    )
    packs: NonNegativeInt = strawberry.field(description="Packs that it is asked to store; 0 for none.")
    shop_key: strawberry.Private[str]

    @classmethod
    def of(cls, candidate: StorageCandidate) -> Self:
        """Build the view of a candidate."""
        return cls(
            distance=candidate.distance_metres,
            free_places=candidate.free_places,
            acceptance_probability=candidate.acceptance_probability,
            source=candidate.source,
            model=candidate.model or None,
            prediction_id=candidate.prediction_id or None,
            recent_share=candidate.recent_share,
            packs=candidate.packs,
            shop_key=candidate.shop_id,
        )

    @strawberry.field(description="The shop.")
    async def shop(self, info: Info) -> PartnerShop:
        """Load the shop with those of the other candidates."""
        return await _load_shop(info.context, self.shop_key)


@strawberry.type(description="A decision where to store packs of a station, and what it was made from.")
class StoragePlan:
    """A plan as clients see it."""

    requests: list[StorageRequest] = strawberry.field(description="The shops that are asked.")
    packs: int = strawberry.field(description="Packs that were to be stored, 1 to 200.")
    unplaced_packs: NonNegativeInt = strawberry.field(description="Packs that found no place.")
    candidates: list[StoragePlanCandidate] = strawberry.field(description="The shops that were considered.")
    made_at: datetime = strawberry.field(description="When it was decided (UTC).")

    @classmethod
    def of(cls, planned: PlannedStorage) -> Self:
        """Build the view of a plan."""
        plan, requests = planned
        return cls(
            requests=[StorageRequest.of(request) for request in requests],
            packs=plan.wanted.packs,
            unplaced_packs=plan.unplaced_packs,
            candidates=[StoragePlanCandidate.of(candidate) for candidate in plan.candidates],
            made_at=plan.made_at,
        )


async def _load_shop(context: Context, shop_id: str) -> PartnerShop:
    shop = await find_node(context, PartnerShop, shop_id)
    if shop is None:
        raise LookupError(f"the shop {shop_id} of a storage request is gone")
    return shop


def _may_see(principal: Principal, shop: ShopValue) -> bool:
    if principal.role is Role.PARTNER:
        return shop.owner_id == principal.user_id
    return principal.role in SEES_SHOPS


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
