"""The views of jobs, offers and transporters."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.logistics.documents import JobOffer as OfferDocument
from navswap.features.logistics.documents import JobState, OfferState
from navswap.features.logistics.documents import Transporter as TransporterDocument
from navswap.features.logistics.documents import TransportJob as JobDocument
from navswap.features.logistics.events import JobChanged, OfferChanged
from navswap.features.logistics.graphql.plans import RebalancingPlan
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.graphql import Pack
from navswap.features.packs.service import Pack as PackDocument
from navswap.features.packs.service import PacksServices
from navswap.features.positions.graphql import Position
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode, relay_id

__all__ = ["JobOffer", "RebalancingPlan", "TransportJob", "Transporter"]


describe_enum(
    JobState,
    "The life of a transport job; the last three states are ends.",
    {
        "OPEN": "It waits for a taker.",
        "ACCEPTED": "A transporter is on the way to the origin.",
        "IN_TRANSIT": "Packs of it are on board.",
        "DELIVERED": "All its packs are at the target; it was paid.",
        "PARTIAL": "Some of its packs are at the target; a part was paid. The others, if any left their slots, are "
        "with the transporter until returned.",
        "FAILED": "None of its packs is at the target; those on board are with the transporter until returned.",
    },
    name="TransportJobState",
)
describe_enum(
    OfferState,
    "The life of an offer; only the first state is live.",
    {
        "OFFERED": "It can be taken until it expires.",
        "ACCEPTED": "It was taken.",
        "DECLINED": "The transporter does not want the job and is not offered it again.",
        "EXPIRED": "It was not answered in time; the job may be offered again.",
        "WITHDRAWN": "Somebody else took the job, it ended, or the transporter took another one or went offline.",
    },
    name="JobOfferState",
)


@strawberry.type(description="Charged packs to move from one station to another, for a reward.")
class TransportJob(LoadedNode):
    """A job as clients see it."""

    id: relay.NodeID[str]
    plan_id: strawberry.ID = strawberry.field(description="Id of the rebalancing plan that opened it.")
    origin_id: strawberry.ID = strawberry.field(description="Id of the station that gives the packs.")
    target_id: strawberry.ID = strawberry.field(description="Id of the station that lacks them.")
    transporter_id: strawberry.ID | None = strawberry.field(
        description="Id of the user who took it; null while it is open, or when nobody did."
    )
    state: JobState = strawberry.field(description="Where in its life the job is.")
    packs: int = strawberry.field(description="Packs to move, at least 1.")
    promised_packs: int = strawberry.field(description="Those of them that riders wait for; at least 0.")
    trip_minutes: float = strawberry.field(
        description="Foreseen drive from origin to target, minutes; at least 0."
    )
    reward_credits: int = strawberry.field(
        description="What it pays when all packs are delivered, credits, at least 0; a part of them pays as large a part."
    )
    paid_credits: int = strawberry.field(description="What was paid when it ended, credits; at least 0.")
    picked_up: list[str] = strawberry.field(description="Serial numbers of the packs that left the origin.")
    delivered: list[str] = strawberry.field(description="Those of them that reached the target.")
    opened_at: datetime = strawberry.field(description="When it was opened, the last time (UTC).")
    deadline: datetime = strawberry.field(
        description="Until when an open job waits for a taker, or a taken one must be delivered (UTC)."
    )
    accepted_at: datetime | None = strawberry.field(description="When it was taken (UTC).")
    picked_up_at: datetime | None = strawberry.field(description="When its first pack was picked up (UTC).")
    ended_at: datetime | None = strawberry.field(description="When it ended (UTC).")
    end_reason: str | None = strawberry.field(
        description="Why somebody, or the deadline, ended it; null where the delivery did."
    )
    revision: int = strawberry.field(description="Counts the changes of the job, from 1.")
    origin_key: strawberry.Private[str]
    target_key: strawberry.Private[str]
    transporter_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, job: JobDocument | JobChanged) -> Self:
        """Build the view of a stored job, or of one that an event tells."""
        return cls(
            id=job.job_id if isinstance(job, JobChanged) else job.id,
            plan_id=relay_id(RebalancingPlan, job.plan_id),
            origin_id=relay_id(Station, job.origin_id),
            target_id=relay_id(Station, job.target_id),
            transporter_id=None if job.transporter_id is None else relay_id(User, job.transporter_id),
            state=job.state,
            packs=job.packs,
            promised_packs=job.promised_packs,
            trip_minutes=job.trip_minutes,
            reward_credits=job.reward_credits,
            paid_credits=job.paid_credits,
            picked_up=job.picked_up,
            delivered=job.delivered,
            opened_at=job.opened_at,
            deadline=job.deadline,
            accepted_at=job.accepted_at,
            picked_up_at=job.picked_up_at,
            ended_at=job.ended_at,
            end_reason=job.end_reason,
            revision=job.revision,
            origin_key=job.origin_id,
            target_key=job.target_id,
            transporter_key=job.transporter_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return jobs by id: all to those who run the network, to a transporter its own and those offered to it."""
        principal = context.signed_in()
        reader = LogisticsServices.of(context).transports
        found = await reader.list_jobs_by_ids(ids)
        if principal.role in OVERSEERS:
            return {job.id: cls.of(job) for job in found.values()}
        offered = await reader.list_offered(ids, principal.user_id)
        return {
            job.id: cls.of(job)
            for job in found.values()
            if job.transporter_id == principal.user_id or job.id in offered
        }

    @strawberry.field(description="The station that gives the packs.")
    async def origin(self, info: Info) -> Station:
        """Load the station with those of the other jobs."""
        return await load_station(info.context, self.origin_key)

    @strawberry.field(description="The station that lacks the packs.")
    async def target(self, info: Info) -> Station:
        """Load the station with those of the other jobs."""
        return await load_station(info.context, self.target_key)

    @strawberry.field(
        description="Where the transporter of a job under way was last seen; null when there is none, when not "
        "seen within 24 hours, or when it is not yours to see. Watch it live by `positionsChanged` with "
        "`transporterId`."
    )
    async def transporter_position(self, info: Info) -> Position | None:
        """Load the position with those of the other jobs."""
        who = self.transporter_key
        if who is None or self.ended_at is not None or not info.context.signed_in().may_see_rider(who):
            return None

        async def load(ids: list[str]) -> list[LatestPosition | None]:
            found = await PositionsServices.of(info.context).positions.find_latest(ids)
            return [found.get(one) for one in ids]

        position = await info.context.loader("transporter-positions", load).load(who)
        return None if position is None else Position.of(position)

    @strawberry.field(
        description="Who was asked to take the job and why, oldest first; a transporter is shown its own offers only."
    )
    async def offers(self, info: Info) -> list["JobOffer"]:
        """Load the offers with those of the other jobs."""

        async def load(ids: list[str]) -> list[list[OfferDocument]]:
            found = await LogisticsServices.of(info.context).transports.list_offers_of(ids)
            return [found[one] for one in ids]

        principal = info.context.signed_in()
        offers = await info.context.loader("job-offers", load).load(str(self.id))
        return [
            JobOffer.of(one)
            for one in offers
            if principal.role in OVERSEERS or one.transporter_id == principal.user_id
        ]


@strawberry.type(description="A job offered to a transporter; the best match is asked first.")
class JobOffer:
    """An offer as clients see it."""

    job_id: strawberry.ID = strawberry.field(description="Id of the job, to accept or to decline it.")
    transporter_id: strawberry.ID = strawberry.field(description="Id of the user who is asked.")
    state: OfferState = strawberry.field(description="Whether it still stands.")
    origin_id: strawberry.ID = strawberry.field(description="Id of the station that gives the packs.")
    target_id: strawberry.ID = strawberry.field(description="Id of the station that lacks them.")
    packs: int = strawberry.field(description="Packs to move, at least 1.")
    reward_credits: int = strawberry.field(
        description="What it pays when all packs are delivered, credits; at least 0."
    )
    pickup_minutes: float = strawberry.field(
        description="Foreseen drive to the origin from where the transporter was seen, minutes; at least 0."
    )
    fairness_minutes: float = strawberry.field(
        description="What fairness added to that drive when the best match was chosen, minutes, -20 to 25: below 0 for "
        "who waited long or earned little, above 0 for who earned much or let an offer of the job expire."
    )
    trip_minutes: float = strawberry.field(
        description="Foreseen drive from origin to target, minutes; at least 0."
    )
    exclusive: bool = strawberry.field(
        description="Whether nobody else is asked; otherwise the first to accept takes it."
    )
    made_at: datetime = strawberry.field(description="When it was made (UTC).")
    expires_at: datetime = strawberry.field(description="Until when it can be taken (UTC).")
    ended_at: datetime | None = strawberry.field(
        description="When it was answered, expired or was withdrawn."
    )
    origin_key: strawberry.Private[str]
    target_key: strawberry.Private[str]

    @classmethod
    def of(cls, offer: OfferDocument | OfferChanged) -> Self:
        """Build the view of a stored offer, or of one that an event tells."""
        return cls(
            job_id=relay_id(TransportJob, offer.job_id),
            transporter_id=relay_id(User, offer.transporter_id),
            state=offer.state,
            origin_id=relay_id(Station, offer.origin_id),
            target_id=relay_id(Station, offer.target_id),
            packs=offer.packs,
            reward_credits=offer.reward_credits,
            pickup_minutes=offer.pickup_minutes,
            fairness_minutes=offer.fairness_minutes,
            trip_minutes=offer.trip_minutes,
            exclusive=offer.exclusive,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            ended_at=offer.ended_at,
            origin_key=offer.origin_id,
            target_key=offer.target_id,
        )

    @strawberry.field(description="The station that gives the packs.")
    async def origin(self, info: Info) -> Station:
        """Load the station with those of the other offers."""
        return await load_station(info.context, self.origin_key)

    @strawberry.field(description="The station that lacks the packs.")
    async def target(self, info: Info) -> Station:
        """Load the station with those of the other offers."""
        return await load_station(info.context, self.target_key)


@strawberry.type(description="A transporter's readiness for jobs.")
class Transporter(LoadedNode):
    """A transporter as clients see it; the id is that of the user."""

    id: relay.NodeID[str]
    user_id: strawberry.ID = strawberry.field(description="Id of the user.")
    online: bool = strawberry.field(description="Whether jobs are offered.")
    capacity_packs: int = strawberry.field(
        description="Packs that the vehicle carries, 1 to 200; 0 if never told."
    )
    free_since: datetime = strawberry.field(
        description="Since when the transporter waits for a job: it came online or ended its last one (UTC)."
    )

    @classmethod
    def of(cls, transporter: TransporterDocument) -> Self:
        """Build the view of a stored transporter."""
        return cls(
            id=transporter.id,
            user_id=relay_id(User, transporter.id),
            online=transporter.online,
            capacity_packs=transporter.capacity_packs,
            free_since=transporter.free_since,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return transporters by id: all to those who run the network, to a transporter itself."""
        principal = context.signed_in()
        found = await LogisticsServices.of(context).transporters.list_by_ids(ids)
        return {one.id: cls.of(one) for one in found.values() if principal.may_see_rider(one.id)}

    @strawberry.field(description="The packs in the vehicle, by serial number.")
    async def packs(self, info: Info) -> list[Pack]:
        """Load the packs with those of the other transporters."""

        async def load(ids: list[str]) -> list[tuple[PackDocument, ...]]:
            found = await PacksServices.of(info.context).packs.list_with_transporters(ids)
            return [found[one] for one in ids]

        packs = await info.context.loader("transporter-packs", load).load(str(self.id))
        return [Pack.of(pack) for pack in packs]
