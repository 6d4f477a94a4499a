"""The view of a rebalancing plan."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.logistics.domain import values
from navswap.features.logistics.graphql.stops import BetweenStops
from navswap.features.logistics.service import LogisticsServices
from navswap.features.procurement.graphql import Depot
from navswap.features.stations.graphql import Station, load_station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context, Info
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, find_node
from navswap.graphql.scalars import Minutes, NonNegativeInt

if TYPE_CHECKING:
    from navswap.features.logistics.graphql.jobs import TransportJob


@strawberry.type(
    description="What a plan knew and expected of the packs of one model at a station, and what it made of it."
)
class PlannedStation:
    """A station of a plan as clients see it."""

    charged_packs: NonNegativeInt = strawberry.field(description="Charged packs then, held ones included.")
    held_packs: NonNegativeInt = strawberry.field(description="Those of them that were held for riders.")
    waiting_riders: NonNegativeInt = strawberry.field(description="Riders with an active entry then.")
    empty_slots: NonNegativeInt = strawberry.field(description="Slots without a pack then.")
    incoming_packs: NonNegativeInt = strawberry.field(description="Packs that jobs under way were bringing.")
    outgoing_packs: NonNegativeInt = strawberry.field(description="Packs that jobs under way were to fetch.")
    forecast_packs: float = strawberry.field(
        description="Charged packs expected to be left over (above 0) or missing (below 0) at the horizon, if none "
        "is moved."
    )
    source: Source = strawberry.field(description="Where the forecast comes from.")
    model: str | None = strawberry.field(
        description="The model that made the forecast, with its version; null where a rule did."
    )
    prediction_id: str | None = strawberry.field(
        description="Identifies the prediction that it was, as the `id` of a prediction does; null where a rule made it."
    )
    supply_packs: NonNegativeInt = strawberry.field(description="Packs that it could give.")
    promised_deficit_packs: NonNegativeInt = strawberry.field(
        description="Packs that it lacked for promises made."
    )
    expected_deficit_packs: NonNegativeInt = strawberry.field(
        description="Packs that it lacked for expected demand."
    )
    station_key: strawberry.Private[str]

    @classmethod
    def of(cls, planned: values.PlannedStation) -> Self:
        """Build the view of a station of a plan."""
        return cls(
            charged_packs=planned.charged_packs,
            held_packs=planned.held_packs,
            waiting_riders=planned.waiting_riders,
            empty_slots=planned.empty_slots,
            incoming_packs=planned.incoming_packs,
            outgoing_packs=planned.outgoing_packs,
            forecast_packs=planned.forecast_packs,
            source=planned.source,
            model=planned.model or None,
            prediction_id=planned.prediction_id or None,
            supply_packs=planned.supply_packs,
            promised_deficit_packs=planned.promised_deficit_packs,
            expected_deficit_packs=planned.expected_deficit_packs,
            station_key=planned.station_id,
        )

    @strawberry.field(description="The station.")
    async def station(self, info: Info) -> Station:
        """Load the station with those of the rest of the plan."""
        return await load_station(info.context, self.station_key)


@strawberry.type(description="The packs of one model that a plan knew at a depot, charged or not.")
class PlannedDepot:
    """A depot of a plan as clients see it."""

    packs: NonNegativeInt = strawberry.field(description="Fit packs then.")
    outgoing_packs: NonNegativeInt = strawberry.field(
        description="Those of them that jobs under way were to fetch."
    )
    supply_packs: NonNegativeInt = strawberry.field(
        description="Packs that it could give, for expected demand: they are charged where they are brought."
    )
    depot_key: strawberry.Private[str]

    @classmethod
    def of(cls, planned: values.PlannedDepot) -> Self:
        """Build the view of a depot of a plan."""
        return cls(
            packs=planned.packs,
            outgoing_packs=planned.outgoing_packs,
            supply_packs=planned.supply_packs,
            depot_key=planned.depot_id,
        )

    @strawberry.field(description="The depot; null for roles other than ADMIN and ANALYST.")
    async def depot(self, info: Info) -> Depot | None:
        """Load the depot with those of the rest of the plan."""
        return await find_node(info.context, Depot, self.depot_key)


@strawberry.type(description="What a plan was computed from.")
class RebalancingPlanInputs:
    """The inputs of a plan as clients see them."""

    horizon_minutes: int = strawberry.field(description="How far it looked ahead, 15 to 480 minutes.")
    stations_considered: NonNegativeInt = strawberry.field(
        description="Stations that it looked at: those open by their operator, but for those that their hours keep closed until the end of the horizon."
    )
    stations: list[PlannedStation] = strawberry.field(
        description="Those of them that could give or lacked packs, once for each pack model."
    )
    depots: list[PlannedDepot] = strawberry.field(
        description="The depots whose place is known and that had fit packs, once for each pack model."
    )
    load_limit_packs: int = strawberry.field(
        description="Most packs of a load, 1 to 200; at least half of the vehicles online carry that many."
    )
    pack_minutes: Minutes = strawberry.field(
        description="What the plan makes least: the driving time of all packs, summed."
    )

    @classmethod
    def of(cls, plan: values.RebalancingPlan) -> Self:
        """Build the view of the inputs of a plan."""
        return cls(
            horizon_minutes=plan.inputs.horizon_minutes,
            stations_considered=plan.inputs.stations_considered,
            stations=[PlannedStation.of(planned) for planned in plan.inputs.stations],
            depots=[PlannedDepot.of(planned) for planned in plan.inputs.depots],
            load_limit_packs=plan.inputs.load_limit_packs,
            pack_minutes=plan.pack_minutes,
        )


@strawberry.type(description="A load that a plan decided to move.")
class PlannedLoad(BetweenStops):
    """A load of a plan as clients see it."""

    packs: NonNegativeInt = strawberry.field(description="Packs to move, at least 1.")
    promised_packs: NonNegativeInt = strawberry.field(description="Those of them that riders wait for.")
    trip_minutes: Minutes = strawberry.field(description="Expected drive from origin to target.")
    reward_credits: NonNegativeInt = strawberry.field(description="What moving all of it pays, credits.")
    job_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, load: values.PlannedLoad) -> Self:
        """Build the view of a load of a plan."""
        return cls(
            packs=load.packs,
            promised_packs=load.promised_packs,
            trip_minutes=load.trip_minutes,
            reward_credits=load.reward_credits,
            origin_key=load.origin,
            target_key=load.target,
            job_key=load.job_id,
        )

    @strawberry.field(description="The job that it became; null in a dry run.")
    async def job(
        self, info: Info
    ) -> Annotated["TransportJob", strawberry.lazy("navswap.features.logistics.graphql.jobs")] | None:
        """Load the job with those of the other loads."""
        from navswap.features.logistics.graphql.jobs import TransportJob  # noqa: PLC0415 - jobs import plans

        return None if self.job_key is None else await find_node(info.context, TransportJob, self.job_key)


@strawberry.type(
    description="A decision of what to move between stations, and from depots to them, with its inputs."
)
class RebalancingPlan(LoadedNode):
    """A plan as clients see it."""

    id: relay.NodeID[str]
    number: int | None = strawberry.field(
        description="Counts the plans that were carried out, from 1; null for a dry run."
    )
    is_dry_run: bool = strawberry.field(description="Whether nothing was moved for it.")
    made_at: datetime = strawberry.field(description="When it was made, and as of when its inputs are (UTC).")
    inputs: RebalancingPlanInputs = strawberry.field(description="What it was computed from.")
    loads: list[PlannedLoad] = strawberry.field(description="What it decided to move, nearest first.")
    unmet_packs: NonNegativeInt = strawberry.field(
        description="Packs that stay missing: there is no surplus, or none that is worth the drive."
    )
    unmet_promised_packs: NonNegativeInt = strawberry.field(
        description="Those of them that are promised to riders."
    )
    maker_key: strawberry.Private[str | None]

    @classmethod
    def of(cls, plan: values.RebalancingPlan) -> Self:
        """Build the view of a plan."""
        return cls(
            id=plan.id,
            number=plan.number,
            is_dry_run=plan.is_dry_run,
            made_at=plan.made_at,
            inputs=RebalancingPlanInputs.of(plan),
            loads=[PlannedLoad.of(load) for load in plan.loads],
            unmet_packs=plan.unmet_packs,
            unmet_promised_packs=plan.unmet_promised_packs,
            maker_key=plan.made_by,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return plans by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await LogisticsServices.of(context).transports.find_plans(ids)
        return {plan.id: cls.of(plan) for plan in found.values()}

    @strawberry.field(description="The user who asked for it; null for the schedule.")
    async def made_by(self, info: Info) -> User | None:
        """Load the user with those of the other plans."""
        return None if self.maker_key is None else await find_node(info.context, User, self.maker_key)
