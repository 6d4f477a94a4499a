"""The logistics of the network at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.logistics.graphql import RebalancingPlan
from navswap.features.logistics.service import JobState, JobTotals, OfferState, PlanProgress
from navswap.features.network.service import Balance, Balances, LogisticsNow, NetworkServices, Shops
from navswap.features.packs.graphql import PackModel, load_model
from navswap.features.partners.graphql import PartnerShop
from navswap.features.partners.service import OpenRequests, RequestState
from navswap.features.procurement.graphql import StockOrder
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.pages import page_size
from navswap.graphql.permissions import roles
from navswap.graphql.scalars import Credits, NonNegativeInt

NONE_ENDED = JobTotals(0, 0, 0, 0, 0)
ENDS = (JobState.DELIVERED, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED)


@strawberry.type(description="The transport jobs: those that are not over, and those that ended today.")
class LogisticsJobs:
    """Jobs now and today."""

    open: NonNegativeInt = strawberry.field(description="Jobs without a transporter.")
    accepted: NonNegativeInt = strawberry.field(description="Jobs whose transporter fetches the packs.")
    in_transit: NonNegativeInt = strawberry.field(description="Jobs whose packs are on the way.")
    overdue: NonNegativeInt = strawberry.field(description="Those of them past their deadline.")
    delivered_today: NonNegativeInt = strawberry.field(
        description="Jobs that delivered all their packs today."
    )
    partial_today: NonNegativeInt = strawberry.field(
        description="Jobs that ended today with a part of their packs."
    )
    failed_today: NonNegativeInt = strawberry.field(description="Jobs that failed today without any.")
    cancelled_today: NonNegativeInt = strawberry.field(
        description="Jobs that an administrator ended today without any."
    )
    late_today: NonNegativeInt = strawberry.field(
        description="Jobs that ended today after their deadline, however they did."
    )
    packs_today: NonNegativeInt = strawberry.field(description="Packs that jobs which ended today delivered.")
    paid_credits_today: Credits = strawberry.field(description="Credits paid for jobs that ended today.")

    @classmethod
    def of(cls, now: LogisticsNow) -> Self:
        """Build the view of the jobs."""
        waiting = now.unfinished.by_state
        ended = [now.today.get(state, NONE_ENDED) for state in ENDS]
        delivered, partial, failed, cancelled = (totals.jobs for totals in ended)
        return cls(
            open=waiting.get(JobState.OPEN, 0),
            accepted=waiting.get(JobState.ACCEPTED, 0),
            in_transit=waiting.get(JobState.IN_TRANSIT, 0),
            overdue=now.unfinished.overdue,
            delivered_today=delivered,
            partial_today=partial,
            failed_today=failed,
            cancelled_today=cancelled,
            late_today=sum(totals.late for totals in ended),
            packs_today=sum(totals.delivered_packs for totals in ended),
            paid_credits_today=sum(totals.paid_credits for totals in ended),
        )


@strawberry.type(description="The offers of jobs: those out, and how those of today ended.")
class LogisticsOffers:
    """Offers now and today."""

    out: NonNegativeInt = strawberry.field(description="Offers that wait for an answer.")
    accepted_today: NonNegativeInt = strawberry.field(description="Offers that were taken today.")
    declined_today: NonNegativeInt = strawberry.field(description="Offers that were turned down today.")
    expired_today: NonNegativeInt = strawberry.field(
        description="Offers that were not answered in time today."
    )
    withdrawn_today: NonNegativeInt = strawberry.field(
        description="Offers that ended today because the job, or the transporter, was no longer to be had."
    )

    @classmethod
    def of(cls, now: LogisticsNow) -> Self:
        """Build the view of the offers."""
        ended = now.offers.ended
        return cls(
            out=now.offers.live,
            accepted_today=ended.get(OfferState.ACCEPTED, 0),
            declined_today=ended.get(OfferState.DECLINED, 0),
            expired_today=ended.get(OfferState.EXPIRED, 0),
            withdrawn_today=ended.get(OfferState.WITHDRAWN, 0),
        )


@strawberry.type(description="The transporters.")
class LogisticsTransporters:
    """Transporters now."""

    online: NonNegativeInt = strawberry.field(description="Those who take offers.")
    busy: NonNegativeInt = strawberry.field(description="Those with a job under way, online or not.")
    idle: NonNegativeInt = strawberry.field(description="Those online without a job.")


@strawberry.type(description="The newest plan that was carried out, and how much of it is done.")
class LogisticsPlan:
    """A plan with its progress."""

    plan: RebalancingPlan = strawberry.field(description="The plan, with its inputs.")
    jobs: NonNegativeInt = strawberry.field(description="Jobs that it became.")
    ended_jobs: NonNegativeInt = strawberry.field(
        description="Those of them that are over, however they ended."
    )
    failed_jobs: NonNegativeInt = strawberry.field(
        description="Those of them that ended without a pack delivered."
    )
    packs: NonNegativeInt = strawberry.field(description="Packs that its jobs are for.")
    delivered_packs: NonNegativeInt = strawberry.field(
        description="Packs that its jobs have delivered so far."
    )

    @classmethod
    def of(cls, progress: PlanProgress) -> Self:
        """Build the view of a plan."""
        jobs = progress.jobs
        return cls(
            plan=RebalancingPlan.of(progress.plan),
            jobs=sum(totals.jobs for totals in jobs.values()),
            ended_jobs=sum(jobs.get(state, NONE_ENDED).jobs for state in ENDS),
            failed_jobs=sum(
                jobs.get(state, NONE_ENDED).jobs for state in (JobState.FAILED, JobState.CANCELLED)
            ),
            packs=sum(totals.packs for totals in jobs.values()),
            delivered_packs=sum(totals.delivered_packs for totals in jobs.values()),
        )


@strawberry.type(
    description="What is expected of the packs of one model at an open station, at the horizon of a plan made now."
)
class StationBalance:
    """A balance as clients see it."""

    forecast_packs: float = strawberry.field(
        description="Charged packs expected to be left over (above 0) or missing (below 0), if none is moved."
    )
    after_jobs_packs: float = strawberry.field(
        description="The same, at least -500, once the jobs that are not over have moved their packs."
    )
    source: Source = strawberry.field(description="Where the forecast comes from.")
    charged_packs: NonNegativeInt = strawberry.field(description="Charged packs now, held ones included.")
    incoming_packs: NonNegativeInt = strawberry.field(description="Packs that jobs which are not over bring.")
    outgoing_packs: NonNegativeInt = strawberry.field(
        description="Packs that jobs which are not over will fetch."
    )
    station_key: strawberry.Private[str]
    model_key: strawberry.Private[str]

    @classmethod
    def of(cls, balance: Balance) -> Self:
        """Build the view of a balance."""
        return cls(
            forecast_packs=balance.forecast_packs,
            after_jobs_packs=balance.after_jobs_packs,
            source=balance.source,
            charged_packs=balance.charged_packs,
            incoming_packs=balance.incoming_packs,
            outgoing_packs=balance.outgoing_packs,
            station_key=balance.station_id,
            model_key=balance.pack_model_id,
        )

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other balances."""
        return await load_station(info.context, self.station_key)

    @strawberry.field(description="The model of the packs.")
    async def pack_model(self, info: Info) -> PackModel:
        """Load the model with those of the other balances."""
        return await load_model(info.context, self.model_key)


@strawberry.type(description="What is expected of the open stations, as a plan made now would see it.")
class LogisticsBalances:
    """Balances as clients see them."""

    short_stations: NonNegativeInt = strawberry.field(description="Stations that will miss packs.")
    missing_packs: float = strawberry.field(description="Packs that those will miss together; at least 0.")
    surplus_stations: NonNegativeInt = strawberry.field(
        description="Stations that will have packs left over."
    )
    surplus_packs: float = strawberry.field(description="Packs that those will have over; at least 0.")
    worst: list[StationBalance] = strawberry.field(
        description="Stations and models by what will be missing, the most first; at most `first`."
    )

    @classmethod
    def of(cls, balances: Balances) -> Self:
        """Build the view of the balances."""
        return cls(
            short_stations=balances.short_stations,
            missing_packs=balances.missing_packs,
            surplus_stations=balances.surplus_stations,
            surplus_packs=balances.surplus_packs,
            worst=[StationBalance.of(balance) for balance in balances.worst],
        )


@strawberry.type(description="The partner shops, and what they are asked to store.")
class LogisticsShops:
    """Shops as clients see them."""

    shops: NonNegativeInt = strawberry.field(description="How many there are.")
    capacity_packs: NonNegativeInt = strawberry.field(description="Packs that they have places for together.")
    stock_packs: NonNegativeInt = strawberry.field(description="Packs that are there.")
    free_places: NonNegativeInt = strawberry.field(
        description="Places that are neither taken, nor kept for packs that are accepted or asked for."
    )
    requests_waiting: NonNegativeInt = strawberry.field(description="Requests that wait for an answer.")
    packs_waiting: NonNegativeInt = strawberry.field(description="Packs that those are for.")
    requests_accepted: NonNegativeInt = strawberry.field(description="Requests whose packs have yet to come.")
    packs_accepted: NonNegativeInt = strawberry.field(description="Packs that those are for.")
    fullest: list[PartnerShop] = strawberry.field(
        description="The shops with the most packs, there or expected; at most `first`."
    )

    @classmethod
    def of(cls, shops: Shops) -> Self:
        """Build the view of the shops."""
        waiting = shops.requests.get(RequestState.REQUESTED, OpenRequests(0, 0))
        accepted = shops.requests.get(RequestState.ACCEPTED, OpenRequests(0, 0))
        return cls(
            shops=shops.totals.shops,
            capacity_packs=shops.totals.capacity_packs,
            stock_packs=shops.totals.stock_packs,
            free_places=shops.totals.free_places,
            requests_waiting=waiting.requests,
            packs_waiting=waiting.packs,
            requests_accepted=accepted.requests,
            packs_accepted=accepted.packs,
            fullest=[PartnerShop.of(shop) for shop in shops.fullest],
        )


@strawberry.type(description="The logistics of the network at one time.")
class AdminLogistics:
    """The logistics as clients see them."""

    as_of: datetime = strawberry.field(description="When they were read (UTC).")
    day_started_at: datetime = strawberry.field(description="When today began (UTC).")
    jobs: LogisticsJobs = strawberry.field(description="Transport jobs.")
    offers: LogisticsOffers = strawberry.field(description="Offers of jobs.")
    transporters: LogisticsTransporters = strawberry.field(description="Transporters.")
    newest_plan: LogisticsPlan | None = strawberry.field(
        description="The newest rebalancing plan that was carried out; null before the first."
    )
    balances: LogisticsBalances = strawberry.field(
        description="Surplus and deficit of packs that are expected."
    )
    shops: LogisticsShops = strawberry.field(description="Partner shops.")
    stock_orders: list[StockOrder] = strawberry.field(
        description="Stock orders that wait for approval, oldest first; at most `first`."
    )
    stock_order_count: NonNegativeInt = strawberry.field(
        description="How many stock orders wait for approval."
    )

    @classmethod
    def of(cls, now: LogisticsNow) -> Self:
        """Build the view of the logistics."""
        transporters = now.transporters
        return cls(
            as_of=now.as_of,
            day_started_at=now.day_started_at,
            jobs=LogisticsJobs.of(now),
            offers=LogisticsOffers.of(now),
            transporters=LogisticsTransporters(
                online=transporters.online, busy=transporters.busy, idle=transporters.idle
            ),
            newest_plan=None if now.newest is None else LogisticsPlan.of(now.newest),
            balances=LogisticsBalances.of(now.balances),
            shops=LogisticsShops.of(now.shops),
            stock_orders=[StockOrder.of(order) for order in now.orders],
            stock_order_count=now.order_count,
        )


@strawberry.type
class LogisticsOverviewQuery:
    """The logistics of the network."""

    @strawberry.field(
        description="What moves packs now and today, and what waits to be moved: jobs, offers, transporters, the newest "
        "plan, forecast balances, partner shops, stock orders.",
        extensions=roles(*AUDITORS),
    )
    async def admin_logistics(
        self,
        info: Info,
        first: Annotated[
            int | None,
            strawberry.argument(
                description="Most stations, shops and orders in each list, 1 to 100; 20 if left out."
            ),
        ] = None,
        time_zone: Annotated[
            str,
            strawberry.argument(
                description="IANA time zone in which today began at midnight, such as Asia/Kolkata."
            ),
        ] = "UTC",
    ) -> AdminLogistics | None:
        """Read the logistics."""
        now = await NetworkServices.of(info.context).logistics.read(page_size(first), time_zone)
        return AdminLogistics.of(now)
