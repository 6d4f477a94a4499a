"""The views of jobs and of their offers."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.logistics.domain import values
from navswap.features.logistics.graphql.pick_lists import PackToTake
from navswap.features.logistics.graphql.plans import RebalancingPlan
from navswap.features.logistics.graphql.stops import BetweenStops
from navswap.features.logistics.graphql.transporters import Transporter
from navswap.features.logistics.service import JobState, LogisticsServices, OfferState
from navswap.features.packs.service import Pack
from navswap.features.partners.graphql import StorageRequest
from navswap.features.positions.graphql import Position
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import PositionsServices
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Minutes, NonNegativeInt

describe_enum(
    JobState,
    "The life of a transport job; the last four states are ends.",
    {
        "OPEN": "It waits for a transporter.",
        "ACCEPTED": "A transporter is on the way to the origin.",
        "IN_TRANSIT": "Packs of it are on board.",
        "DELIVERED": "All its packs are at the target; it was paid.",
        "PARTIAL": "Some of its packs are at the target; a part was paid. The others, if any left their slots, are "
        "with the transporter until returned.",
        "FAILED": "None of its packs is at the target: no transporter took it, or it was given up or late. Those on "
        "board are with the transporter until returned.",
        "CANCELLED": "An administrator ended it with none of its packs at the target; those on board are with the "
        "transporter until returned.",
    },
    name="TransportJobState",
)
describe_enum(
    OfferState,
    "The life of an offer; only the first state can be answered.",
    {
        "OFFERED": "It can be accepted until it expires.",
        "ACCEPTED": "It was accepted.",
        "DECLINED": "The transporter does not want the job and is not offered it again.",
        "EXPIRED": "It was not answered in time; the job may be offered again.",
        "WITHDRAWN": "Another transporter took the job, it ended, or the transporter took another one or went offline.",
    },
    name="JobOfferState",
)


@strawberry.type(
    description="Packs to move from a station, partner shop or depot to a station or partner shop, for a reward."
)
class TransportJob(BetweenStops, LoadedNode):
    """A job as clients see it."""

    id: relay.NodeID[str]
    state: JobState = strawberry.field(description="Where in its life the job is.")
    packs: NonNegativeInt = strawberry.field(description="Packs to move, at least 1.")
    promised_packs: NonNegativeInt = strawberry.field(description="Those of them that riders wait for.")
    trip_minutes: Minutes = strawberry.field(description="Expected drive from origin to target.")
    reward_credits: NonNegativeInt = strawberry.field(
        description="What it pays when all packs are delivered, credits; a part of them pays as large a part."
    )
    paid_credits: NonNegativeInt = strawberry.field(description="What was paid when it ended, credits.")
    picked_up_serial_numbers: list[str] = strawberry.field(description="The packs that left the origin.")
    delivered_serial_numbers: list[str] = strawberry.field(
        description="Those of them that reached the target."
    )
    opened_at: datetime = strawberry.field(description="When it was opened, the last time (UTC).")
    due_at: datetime = strawberry.field(
        description="Until when an open job waits for a transporter, or a taken one must be delivered (UTC)."
    )
    accepted_at: datetime | None = strawberry.field(description="When it was accepted (UTC).")
    picked_up_at: datetime | None = strawberry.field(description="When its first pack was picked up (UTC).")
    ended_at: datetime | None = strawberry.field(description="When it ended (UTC).")
    end_reason: str | None = strawberry.field(
        description="Why it ended otherwise than by delivery, for a person; null where delivery ended it."
    )
    revision: int = strawberry.field(description="Counts the changes of the job, from 1.")
    plan_key: strawberry.Private[str | None]
    storage_key: strawberry.Private[str | None]
    transporter_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, job: values.TransportJob) -> Self:
        """Build the view of a job."""
        return cls(
            id=job.id,
            state=job.state,
            packs=job.packs,
            promised_packs=job.promised_packs,
            trip_minutes=job.trip_minutes,
            reward_credits=job.reward_credits,
            paid_credits=job.paid_credits,
            picked_up_serial_numbers=list(job.picked_up),
            delivered_serial_numbers=list(job.delivered),
            opened_at=job.opened_at,
            due_at=job.due_at,
            accepted_at=job.accepted_at,
            picked_up_at=job.picked_up_at,
            ended_at=job.ended_at,
            end_reason=job.end_reason,
            revision=job.revision,
            plan_key=job.plan_id,
            storage_key=None if job.storage is None else job.storage.request_id,
            origin_key=job.origin,
            target_key=job.target,
            transporter_key=job.transporter_id,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return jobs by id: all to those who run the network, to a transporter its own and those offered to it."""
        principal = context.signed_in()
        reader = LogisticsServices.of(context).transports
        found = await reader.find_jobs(ids)
        if principal.role in OVERSEERS:
            return {job.id: cls.of(job) for job in found.values()}
        offered = await reader.list_offered(ids, principal.user_id)
        return {
            job.id: cls.of(job)
            for job in found.values()
            if job.transporter_id == principal.user_id or job.id in offered
        }

    @strawberry.field(
        description="The rebalancing plan that opened it; null for a trip to or from a shop, for a transporter, and for a "
        "plan older than 90 days."
    )
    async def plan(self, info: Info) -> RebalancingPlan | None:
        """Load the plan with those of the other jobs."""
        return (
            None if self.plan_key is None else await find_node(info.context, RebalancingPlan, self.plan_key)
        )

    @strawberry.field(
        description="The storage request whose packs it brings to a shop; null for other jobs, and where it is not yours to "
        "see: a transporter sees it as long as it is ACCEPTED."
    )
    async def storage_request(self, info: Info) -> StorageRequest | None:
        """Load the request with those of the other jobs."""
        wanted = self.storage_key
        return None if wanted is None else await find_node(info.context, StorageRequest, wanted)

    @strawberry.field(
        description="The transporter who took it; null while it is open, when none did, or when not yours to see."
    )
    async def transporter(self, info: Info) -> Transporter | None:
        """Load the transporter with those of the other jobs."""
        who = self.transporter_key
        return None if who is None else await find_node(info.context, Transporter, who)

    @strawberry.field(
        description="Which packs to take at the origin for what the job still lacks, by slot, as of now: the fullest that "
        "are free at a station, and fit at a depot or shop, so that a pack that is held meanwhile gives way to another one. Empty for those who neither carry it "
        "nor run the network, and for a job that is not under way."
    )
    async def packs_to_take(self, info: Info) -> list[PackToTake]:
        """Choose the packs with those of the other jobs."""
        who = self.transporter_key
        if who is None or not info.context.signed_in().may_see_rider(who):
            return []

        async def load(ids: list[str]) -> list[tuple[Pack, ...]]:
            found = await LogisticsServices.of(info.context).pick_lists.find(ids)
            return [found[job_id] for job_id in ids]

        packs = await info.context.loader("packs-to-take", load).load(str(self.id))
        return [PackToTake.of(pack) for pack in packs]

    @strawberry.field(
        description="Which slots of the target to put the packs into that the job has not delivered yet, by number from 1, "
        "as of now: the lowest empty ones that take the model of the job, each named to one job. Fewer than packs where "
        "fewer are empty; empty where the target is a shop, for those who neither carry it nor run the network, and for a job that is not under way."
    )
    async def slots_to_fill(self, info: Info) -> list[int]:
        """Choose the slots with those of the other jobs."""
        who = self.transporter_key
        if who is None or not info.context.signed_in().may_see_rider(who):
            return []

        async def load(ids: list[str]) -> list[tuple[int, ...]]:
            found = await LogisticsServices.of(info.context).pick_lists.find_slots(ids)
            return [found[job_id] for job_id in ids]

        return list(await info.context.loader("slots-to-fill", load).load(str(self.id)))

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
            return [found.get(subject_id) for subject_id in ids]

        position = await info.context.loader("transporter-positions", load).load(who)
        return None if position is None else Position.of(position)

    @strawberry.field(
        description="Who was asked to take the job and why, oldest first; a transporter is shown its own offers only."
    )
    async def offers(self, info: Info) -> list["JobOffer"]:
        """Load the offers with those of the other jobs."""

        async def load(ids: list[str]) -> list[list[values.JobOffer]]:
            found = await LogisticsServices.of(info.context).transports.list_offers_of(ids)
            return [found[job_id] for job_id in ids]

        principal = info.context.signed_in()
        offers = await info.context.loader("job-offers", load).load(str(self.id))
        return [JobOffer.of(offer) for offer in offers if principal.may_see_rider(offer.transporter_id)]


@strawberry.type(description="Why a transporter was chosen for an offer: the match weighs the sum of both.")
class JobOfferInputs:
    """The inputs of an offer as clients see them."""

    pickup_minutes: Minutes = strawberry.field(
        description="Expected drive to the origin from where the transporter was seen."
    )
    fairness_minutes: float = strawberry.field(
        description="What fairness added to that drive when the best match was chosen, minutes, -20 to 25 as delivered: "
        "below 0 for who waited long or earned little, above 0 for who earned much or let an offer of the job expire."
    )


@strawberry.type(description="A job offered to a transporter; the best match is asked first.")
class JobOffer(BetweenStops, LoadedNode):
    """An offer as clients see it."""

    id: relay.NodeID[str]
    state: OfferState = strawberry.field(description="Whether it can still be answered.")
    packs: NonNegativeInt = strawberry.field(description="Packs to move, at least 1.")
    reward_credits: NonNegativeInt = strawberry.field(
        description="What it pays when all packs are delivered, credits."
    )
    trip_minutes: Minutes = strawberry.field(description="Expected drive from origin to target.")
    inputs: JobOfferInputs = strawberry.field(description="Why this transporter was chosen.")
    is_exclusive: bool = strawberry.field(
        description="Whether no other transporter is asked; otherwise the first to accept takes it."
    )
    made_at: datetime = strawberry.field(description="When it was made (UTC).")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted (UTC).")
    ended_at: datetime | None = strawberry.field(
        description="When it was answered, expired or was withdrawn (UTC)."
    )
    job_key: strawberry.Private[str]
    transporter_key: strawberry.Private[str]

    @classmethod
    def of(cls, offer: values.JobOffer) -> Self:
        """Build the view of an offer."""
        return cls(
            id=offer.id,
            state=offer.state,
            packs=offer.packs,
            reward_credits=offer.reward_credits,
            trip_minutes=offer.trip_minutes,
            inputs=JobOfferInputs(
                pickup_minutes=offer.inputs.pickup_minutes, fairness_minutes=offer.inputs.fairness_minutes
            ),
            is_exclusive=offer.is_exclusive,
            made_at=offer.made_at,
            expires_at=offer.expires_at,
            ended_at=offer.ended_at,
            job_key=offer.job_id,
            transporter_key=offer.transporter_id,
            origin_key=offer.origin,
            target_key=offer.target,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return offers by id: all to those who run the network, to a transporter its own."""
        principal = context.signed_in()
        found = await LogisticsServices.of(context).transports.find_offers(ids)
        return {
            offer.id: cls.of(offer)
            for offer in found.values()
            if principal.role in OVERSEERS or offer.transporter_id == principal.user_id
        }

    @strawberry.field(
        description="The job, to accept or to decline it; null for a transporter whose offer has ended otherwise than "
        "by taking it."
    )
    async def job(self, info: Info) -> TransportJob | None:
        """Load the job with those of the other offers."""
        return await find_node(info.context, TransportJob, self.job_key)

    @strawberry.field(description="The transporter who is asked; null when not yours to see.")
    async def transporter(self, info: Info) -> Transporter | None:
        """Load the transporter with those of the other offers."""
        return await find_node(info.context, Transporter, self.transporter_key)
