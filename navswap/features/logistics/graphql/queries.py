"""Queries of the logistics slice."""

from typing import Annotated

import strawberry
from strawberry import relay

from navswap.auth.principal import Principal
from navswap.auth.roles import OVERSEERS, Role
from navswap.features.logistics.documents import JobState
from navswap.features.logistics.graphql.types import RebalancingPlan, Transporter, TransportJob
from navswap.features.logistics.service import JobFilter, LogisticsServices
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.connections import (
    CursorError,
    PageInfo,
    decode_page_cursor,
    encode_page_cursor,
    page_size,
)
from navswap.graphql.context import Info
from navswap.graphql.nodes import BadIdError, database_id
from navswap.graphql.permissions import roles


@strawberry.type(description="A transport job in a list.")
class TransportJobEdge:
    """An edge of the connections of jobs."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this job.")
    node: TransportJob = strawberry.field(description="The job.")


@strawberry.type(description="A page of transport jobs, newest first.")
class TransportJobConnection:
    """The jobs that match, page by page."""

    edges: list[TransportJobEdge] = strawberry.field(description="The jobs of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.type(description="What a transporter has done in all jobs that ended.")
class TransporterTotals:
    """The sums of a history."""

    jobs: int = strawberry.field(description="Jobs that ended, however; at least 0.")
    packs: int = strawberry.field(description="Packs delivered by them; at least 0.")
    credits_earned: int = strawberry.field(description="Credits paid for them; at least 0.")


@strawberry.type(description="The ended jobs of a transporter, newest first, with their sums.")
class TransporterHistoryConnection:
    """A history, page by page."""

    edges: list[TransportJobEdge] = strawberry.field(description="The jobs of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")
    transporter_key: strawberry.Private[str]

    @strawberry.field(description="The sums over all ended jobs, not only those of this page.")
    async def totals(self, info: Info) -> TransporterTotals:
        """Sum up."""
        totals = await LogisticsServices.of(info.context).transports.totals(self.transporter_key)
        return TransporterTotals(jobs=totals.jobs, packs=totals.packs, credits_earned=totals.credits_earned)


@strawberry.type(description="A rebalancing plan in a list.")
class RebalancingPlanEdge:
    """An edge of the connection of plans."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this plan.")
    node: RebalancingPlan = strawberry.field(description="The plan.")


@strawberry.type(description="A page of rebalancing plans, newest first.")
class RebalancingPlanConnection:
    """Plans, page by page."""

    edges: list[RebalancingPlanEdge] = strawberry.field(description="The plans of this page, newest first.")
    page_info: PageInfo = strawberry.field(description="Whether there is more.")


@strawberry.input(description="Which transport jobs to list; everything given must hold.")
class TransportJobFilterInput:
    """Filters as clients give them."""

    states: list[JobState] | None = strawberry.field(default=None, description="Only in one of these states.")
    station_id: relay.GlobalID | None = strawberry.field(
        default=None, description="Only from or to this station."
    )
    transporter_id: relay.GlobalID | None = strawberry.field(
        default=None,
        description="Only of this user; a transporter is given its own jobs only, whatever is asked.",
    )
    plan_id: relay.GlobalID | None = strawberry.field(default=None, description="Only of this plan.")

    def to_filter(self, principal: Principal) -> JobFilter:
        """Return the filter that the principal may use; raises BadIdError."""
        asked = None if self.transporter_id is None else database_id(self.transporter_id, User)
        return JobFilter(
            states=tuple(self.states or ()),
            station_id=None if self.station_id is None else database_id(self.station_id, Station),
            transporter_id=principal.user_id if principal.role is Role.TRANSPORTER else asked,
            plan_id=None if self.plan_id is None else database_id(self.plan_id, RebalancingPlan),
        )


MOST_PLANS = 10
"""A plan of 2,500 stations is half a megabyte."""

PageSize = Annotated[int | None, strawberry.argument(description="Page size, 1 to 100; 20 if left out.")]
AfterJob = Annotated[str | None, strawberry.argument(description="Cursor of the last job seen.")]


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
        first: PageSize = None,
        after: AfterJob = None,
    ) -> TransportJobConnection:
        """List jobs."""
        wanted = (filter or TransportJobFilterInput()).to_filter(info.context.signed_in())
        edges, more = await _page(info, wanted, first, after)
        return TransportJobConnection(edges=edges, page_info=PageInfo.of(edges, more=more, after=after))

    @strawberry.field(
        description="A transport job; null when there is none or it is not yours to see. A transporter sees its own "
        "jobs and those offered to it.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transport_job(
        self, info: Info, id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the job.")]
    ) -> TransportJob | None:
        """Return a job."""
        job_id = database_id(id, TransportJob)
        return (await TransportJob.load_many(info.context, [job_id])).get(job_id)

    @strawberry.field(
        description="The ended jobs of a transporter, newest first, with their sums: a transporter's own, or anybody's "
        "for those who run the network.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transporter_history(
        self,
        info: Info,
        transporter_id: Annotated[
            relay.GlobalID | None,
            strawberry.argument(description="Id of the user; your own if left out."),
        ] = None,
        first: PageSize = None,
        after: AfterJob = None,
    ) -> TransporterHistoryConnection:
        """List ended jobs."""
        who = _whom(info.context.signed_in(), transporter_id)
        edges, more = await _page(info, JobFilter(transporter_id=who, ended=True), first, after)
        return TransporterHistoryConnection(
            edges=edges, page_info=PageInfo.of(edges, more=more, after=after), transporter_key=who
        )

    @strawberry.field(
        description="The readiness of a transporter; null when it was never online, or is not yours to see.",
        extensions=roles(Role.TRANSPORTER, *OVERSEERS),
    )
    async def transporter(
        self,
        info: Info,
        transporter_id: Annotated[
            relay.GlobalID | None,
            strawberry.argument(description="Id of the user; your own if left out."),
        ] = None,
    ) -> Transporter | None:
        """Return a transporter."""
        who = _whom(info.context.signed_in(), transporter_id)
        return (await Transporter.load_many(info.context, [who])).get(who)

    @strawberry.field(
        description="A rebalancing plan with what it rested on; null when there is none.",
        extensions=roles(*OVERSEERS),
    )
    async def rebalancing_plan(
        self, info: Info, id: Annotated[relay.GlobalID, strawberry.argument(description="Id of the plan.")]
    ) -> RebalancingPlan | None:
        """Return a plan."""
        plan_id = database_id(id, RebalancingPlan)
        return (await RebalancingPlan.load_many(info.context, [plan_id])).get(plan_id)

    @strawberry.field(
        description="Rebalancing plans of the last 90 days with what they rested on, newest first, dry runs too: why "
        "packs were moved, and why not.",
        extensions=roles(*OVERSEERS),
    )
    async def rebalancing_plans(
        self,
        info: Info,
        first: Annotated[
            int | None, strawberry.argument(description="Page size, 1 to 10; 10 if left out.")
        ] = None,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last plan seen.")] = None,
    ) -> RebalancingPlanConnection:
        """List plans."""
        size = page_size(first, most=MOST_PLANS)
        last = _id_of(after, "rebalancing plans")
        found = await LogisticsServices.of(info.context).transports.list_plans(last, size + 1)
        edges = [
            RebalancingPlanEdge(cursor=encode_page_cursor([plan.id]), node=RebalancingPlan.of(plan))
            for plan in found[:size]
        ]
        return RebalancingPlanConnection(
            edges=edges, page_info=PageInfo.of(edges, more=len(found) > size, after=after)
        )


def _whom(principal: Principal, asked: relay.GlobalID | None) -> str:
    """Return the id of the user who is asked about; raises BadIdError for somebody else's."""
    who = principal.user_id if asked is None else database_id(asked, User)
    if not principal.may_see_rider(who):
        raise BadIdError("transporterId", "This is the id of somebody else; leave it out for your own.")
    return who


async def _page(
    info: Info, wanted: JobFilter, first: int | None, after: str | None
) -> tuple[list[TransportJobEdge], bool]:
    size = page_size(first)
    last = _id_of(after, "transport jobs")
    found = await LogisticsServices.of(info.context).transports.list_jobs(wanted, last, size + 1)
    edges = [
        TransportJobEdge(cursor=encode_page_cursor([job.id]), node=TransportJob.of(job))
        for job in found[:size]
    ]
    return edges, len(found) > size


def _id_of(after: str | None, what: str) -> str | None:
    """Return the id of the last one seen; raises CursorError."""
    if after is None:
        return None
    match decode_page_cursor(after):
        case [str() as identifier]:
            return identifier
        case _:
            raise CursorError(f"This cursor was not handed out by a list of {what}.")
