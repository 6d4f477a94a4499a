"""Queries of the logistics slice."""

from typing import Annotated

import strawberry

from navswap.auth.principal import NotAllowedError, Principal
from navswap.auth.roles import OVERSEERS, Role
from navswap.features.logistics.domain import values
from navswap.features.logistics.domain.values import ENDED
from navswap.features.logistics.graphql.jobs import TransportJob
from navswap.features.logistics.graphql.plans import RebalancingPlan
from navswap.features.logistics.graphql.transporters import Transporter
from navswap.features.logistics.service import JobFilter, JobState, LogisticsServices
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Info
from navswap.graphql.nodes import LoadedNode, database_id
from navswap.graphql.pages import (
    After,
    Connection,
    Edge,
    First,
    Ordering,
    newest_first,
    paged,
    read_page,
)
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import Credits, NonNegativeInt
from navswap.graphql.spans import TimeSpanInput, read_span

JOBS: Ordering[values.TransportJob, str] = newest_first("transportJobs")
HISTORY: Ordering[values.TransportJob, str] = newest_first("transporterHistory")
PLANS: Ordering[values.RebalancingPlan, str] = newest_first("rebalancingPlans")
MOST_PLANS = 10
"""A plan of 2,500 stations is half a megabyte."""

OfTransporter = Annotated[
    strawberry.ID | None, strawberry.argument(description="Id of the user; your own if left out.")
]


@strawberry.type(description="What a transporter has done in all jobs that ended.")
class TransporterTotals:
    """The sums of a history."""

    jobs: NonNegativeInt = strawberry.field(description="Jobs that ended, however.")
    packs: NonNegativeInt = strawberry.field(description="Packs delivered by them.")
    credits_earned: Credits = strawberry.field(description="Credits paid for them.")


@strawberry.type(description="The ended jobs of a transporter, newest first, with their sums.")
class TransporterHistoryConnection(Connection[TransportJob]):
    """A history, page by page."""

    transporter_key: strawberry.Private[str]

    @strawberry.field(description="The sums over all ended jobs, not only those of this page.")
    async def totals(self, info: Info) -> TransporterTotals:
        """Sum up."""
        totals = await LogisticsServices.of(info.context).transports.sum_history(self.transporter_key)
        return TransporterTotals(jobs=totals.jobs, packs=totals.packs, credits_earned=totals.credits_earned)


@strawberry.input(description="Which transport jobs to list; everything given must hold.")
class TransportJobFilterInput:
    """Filters as clients give them."""

    states: list[JobState] | None = strawberry.field(default=None, description="Only in one of these states.")
    station_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only from or to this station."
    )
    transporter_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Only of this user; a transporter is given its own jobs only, whatever is asked.",
    )
    plan_id: strawberry.ID | None = strawberry.field(default=None, description="Only of this plan.")
    span: TimeSpanInput | None = strawberry.field(default=None, description="Only those opened in this span.")

    def to_filter(self, principal: Principal) -> JobFilter:
        """Return the filter that the principal may use; raises InvalidInputError."""
        asked = _read(self.transporter_id, User, "filter.transporter_id")
        return JobFilter(
            states=tuple(self.states or ()),
            station_id=_read(self.station_id, Station, "filter.station_id"),
            transporter_id=principal.user_id if principal.role is Role.TRANSPORTER else asked,
            plan_id=_read(self.plan_id, RebalancingPlan, "filter.plan_id"),
            opened=read_span(self.span),
        )


@strawberry.type
class LogisticsQuery:
    """Queries of the logistics slice."""

    @strawberry.field(
        description="Transport jobs, newest first: a transporter's own, or any for those who run the network.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transport_jobs(
        self,
        info: Info,
        filter: Annotated[
            TransportJobFilterInput | None, strawberry.argument(description="Which jobs to list.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[TransportJob] | None:
        """List jobs."""
        wanted = (filter or TransportJobFilterInput()).to_filter(info.context.signed_in())
        reader = LogisticsServices.of(info.context).transports
        return await paged(
            JOBS,
            first,
            after,
            lambda last_id, limit: reader.list_jobs(wanted, last_id, limit),
            TransportJob.of,
        )

    @strawberry.field(
        description="A transport job; null when there is none or it is not yours to see. A transporter sees its own "
        "jobs and those offered to it.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transport_job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the job.")]
    ) -> TransportJob | None:
        """Return a job."""
        job_id = database_id(id, TransportJob)
        return (await TransportJob.load_many(info.context, [job_id])).get(job_id)

    @strawberry.field(
        description="The ended jobs of a transporter, newest first, with their sums: a transporter's own, or any "
        "transporter's for those who run the network.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transporter_history(
        self,
        info: Info,
        transporter_id: OfTransporter = None,
        first: First = None,
        after: After = None,
    ) -> TransporterHistoryConnection | None:
        """List ended jobs."""
        wanted = _whose(info.context.signed_in(), transporter_id)
        reader, ended = LogisticsServices.of(info.context).transports, JobFilter(ENDED, transporter_id=wanted)
        page = await read_page(
            HISTORY, first, after, lambda last_id, limit: reader.list_jobs(ended, last_id, limit)
        )
        edges = [Edge(cursor=cursor, node=TransportJob.of(job)) for cursor, job in page.items]
        return TransporterHistoryConnection(edges=edges, page_info=page.info, transporter_key=wanted)

    @strawberry.field(
        description="The readiness of a transporter; null when it was never online.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transporter(self, info: Info, transporter_id: OfTransporter = None) -> Transporter | None:
        """Return a transporter."""
        wanted = _whose(info.context.signed_in(), transporter_id)
        return (await Transporter.load_many(info.context, [wanted])).get(wanted)

    @strawberry.field(
        description="A rebalancing plan with its inputs; null when there is none.",
        extensions=roles(*OVERSEERS),
    )
    async def rebalancing_plan(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Id of the plan.")]
    ) -> RebalancingPlan | None:
        """Return a plan."""
        plan_id = database_id(id, RebalancingPlan)
        return (await RebalancingPlan.load_many(info.context, [plan_id])).get(plan_id)

    @strawberry.field(
        description="Rebalancing plans of the last 90 days with their inputs, newest first, dry runs too: why packs "
        "were moved, and why not.",
        extensions=roles(*OVERSEERS),
    )
    async def rebalancing_plans(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 10; 10 if left out.")
        ] = None,
        after: After = None,
    ) -> Connection[RebalancingPlan] | None:
        """List plans."""
        reader = LogisticsServices.of(info.context).transports
        return await paged(PLANS, first, after, reader.list_plans, RebalancingPlan.of, most=MOST_PLANS)


def _read(global_id: strawberry.ID | None, kind: type[LoadedNode], field: str) -> str | None:
    return None if global_id is None else database_id(global_id, kind, field)


def _whose(principal: Principal, asked: strawberry.ID | None) -> str:
    """Return the id of the user who is asked about; raises NotAllowedError for another's that is not shown."""
    wanted = principal.user_id if asked is None else database_id(asked, User, "transporter_id")
    if not principal.may_see_rider(wanted):
        raise NotAllowedError(
            "This is the id of another transporter; leave `transporterId` out for your own."
        )
    return wanted
