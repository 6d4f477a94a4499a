"""Mutations of plans, jobs and the readiness of transporters."""

from datetime import timedelta
from typing import Annotated

import strawberry

from navswap.auth.roles import Role
from navswap.features.logistics import errors
from navswap.features.logistics.graphql.jobs import JobOffer, TransportJob
from navswap.features.logistics.graphql.plans import RebalancingPlan
from navswap.features.logistics.graphql.transporters import Transporter
from navswap.features.logistics.service import (
    LogisticsServices,
)
from navswap.graphql.context import Info
from navswap.graphql.inputs import required_text
from navswap.graphql.nodes import database_id
from navswap.graphql.permissions import roles
from navswap.graphql.refusals import InvalidInput, Refused
from navswap.infra.idempotency import IdempotencyConflictError


@strawberry.input(description="The plan to make.")
class PlanRebalancingInput:
    """The input of planRebalancing."""

    is_dry_run: bool = strawberry.field(
        default=False, description="Store the decision, but open no jobs for it."
    )
    horizon_minutes: int | None = strawberry.field(
        default=None,
        description="How far to look ahead, 15 to 480 minutes; left out: as far as the schedule.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Chosen by the client, 1 to 100 characters, new for each new plan: a retry with the same key "
        "returns the first plan. Left out: every request makes a plan.",
    )


@strawberry.type(description="The plan is made.")
class PlanRebalancingPayload:
    """The answer of planRebalancing."""

    plan: RebalancingPlan = strawberry.field(description="The plan; the first one on a retry.")


PlanRebalancingResult = Annotated[
    PlanRebalancingPayload
    | InvalidInput
    | Refused[errors.PlanningUnderWayError]
    | Refused[IdempotencyConflictError],
    strawberry.union("PlanRebalancingResult", description="The plan, or why there is none."),
]


@strawberry.input(description="The readiness of the signed-in transporter.")
class SetTransporterOnlineInput:
    """The input of setTransporterOnline."""

    is_online: bool = strawberry.field(description="Whether jobs shall be offered.")
    capacity_packs: int | None = strawberry.field(
        default=None, description="Packs that the vehicle carries, 1 to 200; left out: as before."
    )


@strawberry.type(description="The readiness is as asked.")
class SetTransporterOnlinePayload:
    """The answer of setTransporterOnline."""

    transporter: Transporter = strawberry.field(description="The transporter as it is now.")


SetTransporterOnlineResult = Annotated[
    SetTransporterOnlinePayload | InvalidInput | Refused[errors.VehicleUnknownError],
    strawberry.union("SetTransporterOnlineResult", description="The readiness, or why it stays."),
]


@strawberry.input(description="The job to take.")
class AcceptTransportJobInput:
    """The input of acceptTransportJob."""

    job_id: strawberry.ID = strawberry.field(description="Id of the job.")


@strawberry.type(description="The job is yours.")
class AcceptTransportJobPayload:
    """The answer of acceptTransportJob."""

    job: TransportJob = strawberry.field(description="The job as it is now.")


AcceptTransportJobResult = Annotated[
    AcceptTransportJobPayload
    | InvalidInput
    | Refused[errors.TransportJobNotFoundError]
    | Refused[errors.TransportJobTakenError]
    | Refused[errors.TransportJobNotOfferedError]
    | Refused[errors.OfferExpiredError]
    | Refused[errors.AlreadyOnJobError]
    | Refused[errors.VehicleTooSmallError],
    strawberry.union("AcceptTransportJobResult", description="The job, yours now, or why it is not."),
]


@strawberry.input(description="The job not to take.")
class DeclineTransportJobInput:
    """The input of declineTransportJob."""

    job_id: strawberry.ID = strawberry.field(description="Id of the job.")


@strawberry.type(description="The offer has ended.")
class DeclineTransportJobPayload:
    """The answer of declineTransportJob."""

    offer: JobOffer = strawberry.field(description="The offer as it is now.")


DeclineTransportJobResult = Annotated[
    DeclineTransportJobPayload | InvalidInput | Refused[errors.TransportJobNotOfferedError],
    strawberry.union("DeclineTransportJobResult", description="The offer, or why there is none to decline."),
]


@strawberry.input(description="The job that cannot be finished.")
class FailTransportJobInput:
    """The input of failTransportJob."""

    job_id: strawberry.ID = strawberry.field(description="Id of your job.")
    reason: str = strawberry.field(description="Why, for a person; 1 to 200 characters.")


@strawberry.type(description="The job has ended.")
class FailTransportJobPayload:
    """The answer of failTransportJob."""

    job: TransportJob = strawberry.field(description="The job as it ended.")


FailTransportJobResult = Annotated[
    FailTransportJobPayload
    | InvalidInput
    | Refused[errors.TransportJobNotFoundError]
    | Refused[errors.TransportJobEndedError],
    strawberry.union("FailTransportJobResult", description="The ended job, or why it stands."),
]


@strawberry.input(description="The job that shall not go on.")
class CancelTransportJobInput:
    """The input of cancelTransportJob."""

    job_id: strawberry.ID = strawberry.field(description="Id of the job.")
    reason: str = strawberry.field(description="Why, for its transporter; 1 to 200 characters.")


@strawberry.type(description="The job has ended.")
class CancelTransportJobPayload:
    """The answer of cancelTransportJob."""

    job: TransportJob = strawberry.field(description="The job as it ended.")


CancelTransportJobResult = Annotated[
    CancelTransportJobPayload
    | InvalidInput
    | Refused[errors.TransportJobNotFoundError]
    | Refused[errors.TransportJobEndedError],
    strawberry.union("CancelTransportJobResult", description="The ended job, or why it stands."),
]


@strawberry.type
class LogisticsMutation:
    """Mutations of plans, jobs and transporters."""

    @strawberry.mutation(
        description="Plan now what to move between stations, and from depots to them, as the schedule does, and open the jobs. The decision "
        "is stored with its inputs. Nothing is brought to or fetched from a station that its hours keep closed until the "
        "end of the horizon; one that opens before is supplied while it is closed.",
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
            is_dry_run=input.is_dry_run,
            key=input.idempotency_key,
        )
        return PlanRebalancingPayload(plan=RebalancingPlan.of(plan))

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
            info.context.signed_in().user_id, is_online=input.is_online, capacity_packs=input.capacity_packs
        )
        return SetTransporterOnlinePayload(transporter=Transporter.of(transporter))

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
            database_id(input.job_id, TransportJob, "job_id"), info.context.signed_in().user_id
        )
        return AcceptTransportJobPayload(job=TransportJob.of(job))

    @strawberry.mutation(
        description="Turn an offer down; another transporter is asked. Declining again is the same as once.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def decline_transport_job(
        self,
        info: Info,
        input: Annotated[DeclineTransportJobInput, strawberry.argument(description="The job.")],
    ) -> DeclineTransportJobResult:
        """Turn an offer down."""
        offer = await LogisticsServices.of(info.context).jobs.decline(
            database_id(input.job_id, TransportJob, "job_id"), info.context.signed_in().user_id
        )
        return DeclineTransportJobPayload(offer=JobOffer.of(offer))

    @strawberry.mutation(
        description="End a job of yours that you cannot finish. What was delivered is paid; packs on board stay with "
        "you until returned. Failing again is the same as once.",
        extensions=roles(Role.TRANSPORTER),
    )
    async def fail_transport_job(
        self, info: Info, input: Annotated[FailTransportJobInput, strawberry.argument(description="The job.")]
    ) -> FailTransportJobResult:
        """Give a job up."""
        job = await LogisticsServices.of(info.context).jobs.fail(
            database_id(input.job_id, TransportJob, "job_id"),
            info.context.signed_in().user_id,
            required_text("reason", input.reason),
        )
        return FailTransportJobPayload(job=TransportJob.of(job))

    @strawberry.mutation(
        description="End any job that is not over, in whatever state. Its offers end; what was delivered is paid, once; "
        "packs on board stay with the transporter until returned to a station or handed in at a depot. Cancelling again "
        "is the same as once. Recorded in auditLog.",
        extensions=roles(Role.ADMIN),
    )
    async def cancel_transport_job(
        self,
        info: Info,
        input: Annotated[CancelTransportJobInput, strawberry.argument(description="The job.")],
    ) -> CancelTransportJobResult:
        """Cancel a job."""
        job = await LogisticsServices.of(info.context).jobs.cancel(
            database_id(input.job_id, TransportJob, "job_id"),
            required_text("reason", input.reason),
            info.context.signed_in(),
        )
        return CancelTransportJobPayload(job=TransportJob.of(job))
