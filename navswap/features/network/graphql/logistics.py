"""The logistics of the network at the edge."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from navswap.auth.roles import AUDITORS
from navswap.features.logistics.graphql import RebalancingPlan
from navswap.features.logistics.service import JobState, JobTotals, OfferState, PlanProgress
from navswap.features.network.rules import Balance
from navswap.features.network.service import Balances, LogisticsNow, NetworkServices, Shops
from navswap.features.partners.graphql import PartnerShop
from navswap.features.partners.service import OpenRequests, RequestState
from navswap.features.procurement.graphql import StockOrder
from navswap.features.stations.graphql import Station, load_station
from navswap.graphql.connections import page_size
from navswap.graphql.context import Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import relay_id
from navswap.graphql.permissions import roles

NONE_ENDED = JobTotals(0, 0, 0, 0, 0)
ENDS = (JobState.DELIVERED, JobState.PARTIAL, JobState.FAILED, JobState.CANCELLED)


@strawberry.type(description="The transport jobs: those that are not over, and those that ended today.")
class LogisticsJobs:
    """Jobs now and today."""

    open: int = strawberry.field(description="Jobs without a transporter; at least 0.")
    accepted: int = strawberry.field(description="Jobs whose transporter fetches the packs; at least 0.")
    in_transit: int = strawberry.field(description="Jobs whose packs are on the way; at least 0.")
    overdue: int = strawberry.field(description="Those of them past their deadline; at least 0.")
    delivered_today: int = strawberry.field(
        description="Jobs that delivered all their packs today; at least 0."
    )
    partial_today: int = strawberry.field(
        description="Jobs that ended today with a part of their packs; at least 0."
    )
    failed_today: int = strawberry.field(description="Jobs that failed today without any; at least 0.")
    cancelled_today: int = strawberry.field(
        description="Jobs that an administrator ended today without any; at least 0."
    )
    late_today: int = strawberry.field(
        description="Jobs that ended today after their deadline, however they did; at least 0."
    )
    packs_today: int = strawberry.field(
        description="Packs that jobs which ended today delivered; at least 0."
    )
    paid_credits_today: int = strawberry.field(
        description="Credits paid for jobs that ended today; at least 0."
    )

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
            late_today=sum(one.late for one in ended),
            packs_today=sum(one.delivered_packs for one in ended),
            paid_credits_today=sum(one.paid_credits for one in ended),
        )


@strawberry.type(description="The offers of jobs: those out, and how those of today ended.")
class LogisticsOffers:
    """Offers now and today."""

    out: int = strawberry.field(description="Offers that wait for an answer; at least 0.")
    accepted_today: int = strawberry.field(description="Offers that were taken today; at least 0.")
    declined_today: int = strawberry.field(description="Offers that were turned down today; at least 0.")
    expired_today: int = strawberry.field(
        description="Offers that nobody answered in time today; at least 0."
    )
    withdrawn_today: int = strawberry.field(
        description="Offers that ended today because the job, or the transporter, was no longer to be had; at least 0."
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

    online: int = strawberry.field(description="Those who take offers; at least 0.")
    busy: int = strawberry.field(description="Those with a job under way, online or not; at least 0.")
    idle: int = strawberry.field(description="Those online without a job; at least 0.")


@strawberry.type(description="The newest plan that was carried out, and how much of it is done.")
class LogisticsPlan:
    """A plan with its progress."""

    plan: RebalancingPlan = strawberry.field(description="The plan, with its inputs.")
    jobs: int = strawberry.field(description="Jobs that it became; at least 0.")
    ended_jobs: int = strawberry.field(
        description="Those of them that are over, however they ended; at least 0."
    )
    failed_jobs: int = strawberry.field(
        description="Those of them that ended without a pack delivered; at least 0."
    )
    packs: int = strawberry.field(description="Packs that its jobs are for; at least 0.")
    delivered_packs: int = strawberry.field(
        description="Packs that its jobs have delivered so far; at least 0."
    )

    @classmethod
    def of(cls, progress: PlanProgress) -> Self:
        """Build the view of a plan."""
        jobs = progress.jobs
        return cls(
            plan=RebalancingPlan.of(progress.plan),
            jobs=sum(one.jobs for one in jobs.values()),
            ended_jobs=sum(jobs.get(state, NONE_ENDED).jobs for state in ENDS),
            failed_jobs=sum(
                jobs.get(state, NONE_ENDED).jobs for state in (JobState.FAILED, JobState.CANCELLED)
            ),
            packs=sum(one.packs for one in jobs.values()),
            delivered_packs=sum(one.delivered_packs for one in jobs.values()),
        )


@strawberry.type(description="What is foreseen of an open station at the horizon of a plan made now.")
class StationBalance:
    """A balance as clients see it."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    forecast_packs: float = strawberry.field(
        description="Charged packs foreseen to be left over (above 0) or missing (below 0), if none is moved."
    )
    after_jobs_packs: float = strawberry.field(
        description="The same, at least -500, once the jobs that are not over have moved their packs."
    )
    source: Source = strawberry.field(description="Where the forecast comes from.")
    charged_packs: int = strawberry.field(description="Charged packs now, held ones included; at least 0.")
    incoming_packs: int = strawberry.field(
        description="Packs that jobs which are not over bring; at least 0."
    )
    outgoing_packs: int = strawberry.field(
        description="Packs that jobs which are not over will fetch; at least 0."
    )
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, balance: Balance) -> Self:
        """Build the view of a balance."""
        return cls(
            station_id=relay_id(Station, balance.station_id),
            forecast_packs=balance.forecast_packs,
            after_jobs_packs=balance.after_jobs_packs,
            source=balance.source,
            charged_packs=balance.charged_packs,
            incoming_packs=balance.incoming_packs,
            outgoing_packs=balance.outgoing_packs,
            station_key=balance.station_id,
        )

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the other balances."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="What is foreseen of the open stations, as a plan made now would see it.")
class LogisticsBalances:
    """Balances as clients see them."""

    short_stations: int = strawberry.field(description="Stations that will miss packs; at least 0.")
    missing_packs: float = strawberry.field(description="Packs that those will miss together; at least 0.")
    surplus_stations: int = strawberry.field(
        description="Stations that will have packs left over; at least 0."
    )
    surplus_packs: float = strawberry.field(description="Packs that those will have over; at least 0.")
    worst: list[StationBalance] = strawberry.field(
        description="Stations by what they will miss, the most first; at most `first`."
    )

    @classmethod
    def of(cls, balances: Balances) -> Self:
        """Build the view of the balances."""
        return cls(
            short_stations=balances.short_stations,
            missing_packs=balances.missing_packs,
            surplus_stations=balances.surplus_stations,
            surplus_packs=balances.surplus_packs,
            worst=[StationBalance.of(one) for one in balances.worst],
        )


@strawberry.type(description="The partner shops, and what they are asked to store.")
class LogisticsShops:
    """Shops as clients see them."""

    shops: int = strawberry.field(description="How many there are; at least 0.")
    capacity_packs: int = strawberry.field(
        description="Packs that they have places for together; at least 0."
    )
    stock_packs: int = strawberry.field(description="Packs that are there; at least 0.")
    free_places: int = strawberry.field(
        description="Places that are neither taken, nor kept for packs that are accepted or asked for; at least 0."
    )
    requests_waiting: int = strawberry.field(description="Requests that wait for an answer; at least 0.")
    packs_waiting: int = strawberry.field(description="Packs that those are for; at least 0.")
    requests_accepted: int = strawberry.field(
        description="Requests whose packs have yet to come; at least 0."
    )
    packs_accepted: int = strawberry.field(description="Packs that those are for; at least 0.")
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


@strawberry.type(description="The logistics of the network at one moment.")
class AdminLogistics:
    """The logistics as clients see them."""

    as_of: datetime = strawberry.field(description="The moment (UTC).")
    day_start: datetime = strawberry.field(description="When today began (UTC).")
    jobs: LogisticsJobs = strawberry.field(description="Transport jobs.")
    offers: LogisticsOffers = strawberry.field(description="Offers of jobs.")
    transporters: LogisticsTransporters = strawberry.field(description="Transporters.")
    newest_plan: LogisticsPlan | None = strawberry.field(
        description="The newest rebalancing plan that was carried out; null before the first."
    )
    balances: LogisticsBalances = strawberry.field(
        description="Surplus and deficit of packs that are foreseen."
    )
    shops: LogisticsShops = strawberry.field(description="Partner shops.")
    stock_orders: list[StockOrder] = strawberry.field(
        description="Stock orders that wait for approval, oldest first; at most `first`."
    )
    stock_order_count: int = strawberry.field(
        description="How many stock orders wait for approval; at least 0."
    )

    @classmethod
    def of(cls, now: LogisticsNow) -> Self:
        """Build the view of the logistics."""
        transporters = now.transporters
        return cls(
            as_of=now.as_of,
            day_start=now.day_start,
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
    ) -> AdminLogistics:
        """Read the logistics."""
        now = await NetworkServices.of(info.context).logistics.read(page_size(first), time_zone)
        return AdminLogistics.of(now)
