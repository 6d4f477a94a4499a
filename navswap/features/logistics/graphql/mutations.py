"""Mutations of the logistics slice."""

from datetime import timedelta
from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.logistics.graphql.refusals import (
    AlreadyOnJob,
    BadCapacity,
    BadHorizon,
    BadPlanKey,
    BadReason,
    BadScan,
    JobEnded,
    JobNotFound,
    JobTaken,
    JobUnderWay,
    NotOffered,
    OfferExpired,
    PackNotReady,
    PackPromised,
    PlanningUnderWay,
    StationFull,
    TooManyPacks,
    VehicleTooSmall,
    checked_reason,
)
from navswap.features.logistics.graphql.types import JobOffer, RebalancingPlan, Transporter, TransportJob
from navswap.features.logistics.service import LogisticsServices, ScannedPack
from navswap.features.packs.graphql import PackElsewhere, PackNotFound, SlotTaken
from navswap.features.stations.graphql import Station, StationNotFound
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadId, database_id
from navswap.graphql.permissions import roles

PlanRebalancingResult = Annotated[
    RebalancingPlan | PlanningUnderWay | BadHorizon | BadPlanKey,
    strawberry.union("PlanRebalancingResult", description="The plan, or why there is none."),
]
SetTransporterOnlineResult = Annotated[
    Transporter | BadCapacity,
    strawberry.union("SetTransporterOnlineResult", description="The readiness, or why it stays."),
]
AcceptTransportJobResult = Annotated[
    TransportJob
    | JobNotFound
    | JobTaken
    | NotOffered
    | OfferExpired
    | AlreadyOnJob
    | VehicleTooSmall
    | BadId,
    strawberry.union("AcceptTransportJobResult", description="The job, yours now, or why it is not."),
]
DeclineTransportJobResult = Annotated[
    JobOffer | NotOffered | BadId,
    strawberry.union("DeclineTransportJobResult", description="The offer, or why there is none to decline."),
]
PickUpPacksResult = Annotated[
    TransportJob
    | JobNotFound
    | JobEnded
    | TooManyPacks
    | PackNotFound
    | PackElsewhere
    | PackPromised
    | PackNotReady
    | BadScan
    | BadId,
    strawberry.union("PickUpPacksResult", description="The job with its packs, or why none was picked up."),
]
DeliverPacksResult = Annotated[
    TransportJob | JobNotFound | JobEnded | PackElsewhere | SlotTaken | StationFull | BadScan | BadId,
    strawberry.union("DeliverPacksResult", description="The job with its packs, or why none was delivered."),
]
FailTransportJobResult = Annotated[
    TransportJob | JobNotFound | JobEnded | BadReason | BadId,
    strawberry.union("FailTransportJobResult", description="The ended job, or why it stands."),
]
ReturnPacksResult = Annotated[
    Station
    | StationNotFound
    | JobUnderWay
    | PackNotFound
    | PackElsewhere
    | SlotTaken
    | StationFull
    | BadScan
    | BadId,
    strawberry.union("ReturnPacksResult", description="The station with its stock, or why it took no pack."),
]


@strawberry.input(description="The plan to make.")
class PlanRebalancingInput:
    """The input of planRebalancing."""

    dry_run: bool = strawberry.field(
        default=False, description="Store the decision, but open no jobs for it."
    )
    horizon_minutes: int | None = strawberry.field(
        default=None,
        description="How far to look ahead, 15 to 480 minutes; left out: as far as the schedule.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the client, 1 to 100 characters, new for each new plan: a retry with the same key "
        "returns the first plan. Left out: every request plans anew.",
    )


@strawberry.input(description="The readiness of the signed-in transporter.")
class SetTransporterOnlineInput:
    """The input of setTransporterOnline."""

    online: bool = strawberry.field(description="Whether jobs shall be offered.")
    capacity_packs: int | None = strawberry.field(
        default=None, description="Packs that the vehicle carries, 1 to 200; left out: as before."
    )


@strawberry.input(description="The job to take.")
class AcceptTransportJobInput:
    """The input of acceptTransportJob."""

    job_id: relay.GlobalID = strawberry.field(description="Id of the job.")


@strawberry.input(description="The job not to take.")
class DeclineTransportJobInput:
    """The input of declineTransportJob."""

    job_id: relay.GlobalID = strawberry.field(description="Id of the job.")


@strawberry.input(description="The packs that were scanned out of their slots.")
class PickUpPacksInput:
    """The input of pickUpPacks."""

    job_id: relay.GlobalID = strawberry.field(description="Id of your job.")
    serial_numbers: list[str] = strawberry.field(
        description="1 to 200 serial numbers, each once; all are picked up or none."
    )


@strawberry.input(description="A pack that was scanned into a slot.")
class ScannedPackInput:
    """A scanned pack as transporters give it."""

    serial_number: str = strawberry.field(description="Serial number of the pack.")
    evse_id: int | None = strawberry.field(
        default=None, description="Slot that it was put into, from 1; left out: the lowest empty one."
    )

    def to_scan(self) -> ScannedPack:
        """Return the scan."""
        return ScannedPack(self.serial_number, self.evse_id)


@strawberry.input(description="The packs that were put into slots of the target.")
class DeliverPacksInput:
    """The input of deliverPacks."""

    job_id: relay.GlobalID = strawberry.field(description="Id of your job.")
    packs: list[ScannedPackInput] = strawberry.field(
        description="1 to 200 packs, each once; all are delivered or none."
    )


@strawberry.input(description="The job to end.")
class FailTransportJobInput:
    """The input of failTransportJob."""

    job_id: relay.GlobalID = strawberry.field(description="Id of the job.")
    reason: str = strawberry.field(description="Why, for a person; 1 to 200 characters.")


@strawberry.input(description="Packs that stayed with the transporter after a job.")
class ReturnPacksInput:
    """The input of returnPacks."""

    station_id: relay.GlobalID = strawberry.field(description="Id of the station that takes them, any.")
    packs: list[ScannedPackInput] = strawberry.field(
        description="1 to 200 packs, each once; all are returned or none."
    )


@strawberry.type
class LogisticsMutation:
    """Mutations of the logistics slice."""

    @strawberry.mutation(
        description="Plan now what to move between stations, as the schedule does, and open the jobs. The decision "
        "is stored with what it rested on.",
        extensions=roles(Role.ADMIN),
    )
    async def plan_rebalancing(
        self, info: Info, input: Annotated[PlanRebalancingInput, strawberry.argument(description="The plan.")]
    ) -> PlanRebalancingResult:
        """Plan."""
        minutes = input.horizon_minutes
        plan = await LogisticsServices.of(info.context).rebalancing.plan(
            None if minutes is None else timedelta(minutes=minutes),
            by=info.context.signed_in(),
            dry_run=input.dry_run,
            key=input.idempotency_key,
        )
        return RebalancingPlan.of(plan)

    @strawberry.mutation(
        description="Take offers, or no more. Offers go to those who are online and report positions. Going offline "
        "withdraws your offers and keeps your job.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def set_transporter_online(
        self,
        info: Info,
        input: Annotated[SetTransporterOnlineInput, strawberry.argument(description="The readiness.")],
    ) -> SetTransporterOnlineResult:
        """Go online or offline."""
        transporter = await LogisticsServices.of(info.context).transporters.set_online(
            info.context.signed_in().user_id, online=input.online, capacity_packs=input.capacity_packs
        )
        return Transporter.of(transporter)

    @strawberry.mutation(
        description="Take a job that was offered to you. Of any number of takers one gets it; accepting it again "
        "returns it. One job at a time.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def accept_transport_job(
        self,
        info: Info,
        input: Annotated[AcceptTransportJobInput, strawberry.argument(description="The job.")],
    ) -> AcceptTransportJobResult:
        """Take a job."""
        job = await LogisticsServices.of(info.context).jobs.accept(
            database_id(input.job_id, TransportJob), info.context.signed_in().user_id
        )
        return TransportJob.of(job)

    @strawberry.mutation(
        description="Turn an offer down; somebody else is asked. Declining again is the same as once.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def decline_transport_job(
        self,
        info: Info,
        input: Annotated[DeclineTransportJobInput, strawberry.argument(description="The job.")],
    ) -> DeclineTransportJobResult:
        """Turn an offer down."""
        offer = await LogisticsServices.of(info.context).jobs.decline(
            database_id(input.job_id, TransportJob), info.context.signed_in().user_id
        )
        return JobOffer.of(offer)

    @strawberry.mutation(
        description="Take scanned packs of your job out of the slots of its origin: charged ones that nobody holds. "
        "Packs picked up before are no mistake.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def pick_up_packs(
        self, info: Info, input: Annotated[PickUpPacksInput, strawberry.argument(description="The packs.")]
    ) -> PickUpPacksResult:
        """Pick packs up."""
        job = await LogisticsServices.of(info.context).custody.pick_up(
            database_id(input.job_id, TransportJob), info.context.signed_in().user_id, input.serial_numbers
        )
        return TransportJob.of(job)

    @strawberry.mutation(
        description="Put scanned packs of your job into slots of its target. The job ends, and is paid, once none "
        "of its packs is on board. Packs delivered before are no mistake.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def deliver_packs(
        self, info: Info, input: Annotated[DeliverPacksInput, strawberry.argument(description="The packs.")]
    ) -> DeliverPacksResult:
        """Deliver packs."""
        job = await LogisticsServices.of(info.context).custody.deliver(
            database_id(input.job_id, TransportJob),
            info.context.signed_in().user_id,
            [one.to_scan() for one in input.packs],
        )
        return TransportJob.of(job)

    @strawberry.mutation(
        description="End a job that will not be finished: your own, or any as ADMIN. What was delivered is paid; packs "
        "on board stay with the transporter until returned.",
        extensions=roles(Role.TRANSPORTER, Role.ADMIN),
    )
    async def fail_transport_job(
        self, info: Info, input: Annotated[FailTransportJobInput, strawberry.argument(description="The job.")]
    ) -> FailTransportJobResult:
        """End a job."""
        job_id, reason = database_id(input.job_id, TransportJob), checked_reason(input.reason)
        service, principal = LogisticsServices.of(info.context).jobs, info.context.signed_in()
        if principal.role is Role.ADMIN:
            return TransportJob.of(await service.end(job_id, reason, principal, "failTransportJob"))
        return TransportJob.of(await service.fail(job_id, reason, transporter_id=principal.user_id))

    @strawberry.mutation(
        description="Put packs that stayed with you after a job into slots of any station; nothing is paid for it. "
        "Packs returned there before are no mistake.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def return_packs(
        self, info: Info, input: Annotated[ReturnPacksInput, strawberry.argument(description="The packs.")]
    ) -> ReturnPacksResult:
        """Return packs."""
        station = await LogisticsServices.of(info.context).custody.bring_back(
            database_id(input.station_id, Station),
            info.context.signed_in().user_id,
            [one.to_scan() for one in input.packs],
        )
        return Station.of(station)
