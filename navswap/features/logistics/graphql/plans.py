"""The view of a rebalancing plan."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry import relay

from navswap.auth.roles import OVERSEERS
from navswap.features.logistics.documents import PlannedLoad as LoadDocument
from navswap.features.logistics.documents import PlannedStation as StationDocument
from navswap.features.logistics.documents import RebalancingPlan as PlanDocument
from navswap.features.logistics.service import LogisticsServices
from navswap.features.stations.graphql import Station
from navswap.features.users.graphql import User
from navswap.graphql.context import Context
from navswap.graphql.forecasts import Source
from navswap.graphql.nodes import LoadedNode, relay_id


@strawberry.type(description="What a plan knew and foresaw of a station, and what it made of it.")
class PlannedStation:
    """A station of a plan as clients see it."""

    station_id: strawberry.ID = strawberry.field(description="Id of the station.")
    charged_packs: int = strawberry.field(description="Charged packs then, held ones included; at least 0.")
    held_packs: int = strawberry.field(description="Those of them that were held for riders; at least 0.")
    waiting_riders: int = strawberry.field(description="Riders with an active entry then; at least 0.")
    empty_slots: int = strawberry.field(description="Slots without a pack then; at least 0.")
    incoming_packs: int = strawberry.field(description="Packs that jobs under way were bringing; at least 0.")
    outgoing_packs: int = strawberry.field(description="Packs that jobs under way were to fetch; at least 0.")
    forecast_packs: float = strawberry.field(
        description="Charged packs foreseen to be left over (above 0) or missing (below 0) at the horizon, if none "
        "is moved."
    )
    source: Source = strawberry.field(description="Where the forecast comes from.")
    supply_packs: int = strawberry.field(description="Packs that it could give; at least 0.")
    promised_deficit_packs: int = strawberry.field(
        description="Packs that it lacked for promises made; at least 0."
    )
    foreseen_deficit_packs: int = strawberry.field(
        description="Packs that it lacked for demand foreseen; at least 0."
    )

    @classmethod
    def of(cls, station: StationDocument) -> Self:
        """Build the view of a station of a plan."""
        values = station.model_dump(exclude={"station_id"})
        return cls(station_id=relay_id(Station, station.station_id), **values)


@strawberry.type(description="A load that a plan decided to move.")
class PlannedLoad:
    """A load of a plan as clients see it."""

    origin_id: strawberry.ID = strawberry.field(description="Id of the station that gives the packs.")
    target_id: strawberry.ID = strawberry.field(description="Id of the station that lacks them.")
    packs: int = strawberry.field(description="Packs to move, at least 1.")
    promised_packs: int = strawberry.field(description="Those of them that riders wait for; at least 0.")
    trip_minutes: float = strawberry.field(description="Foreseen drive, minutes; at least 0.")
    reward_credits: int = strawberry.field(description="What moving all of it pays, credits; at least 0.")
    job_id: strawberry.ID | None = strawberry.field(
        description="Id of the job that it became; null in a dry run."
    )

    @classmethod
    def of(cls, load: LoadDocument) -> Self:
        """Build the view of a load of a plan."""
        return cls(
            origin_id=relay_id(Station, load.origin_id),
            target_id=relay_id(Station, load.target_id),
            job_id=None
            if load.job_id is None
            else strawberry.ID(relay.to_base64("TransportJob", load.job_id)),
            **load.model_dump(exclude={"origin_id", "target_id", "job_id"}),
        )


@strawberry.type(description="A decision of what to move between stations, with what it rested on.")
class RebalancingPlan(LoadedNode):
    """A plan as clients see it."""

    id: relay.NodeID[str]
    number: int | None = strawberry.field(
        description="Counts the plans that were carried out, from 1; null for a dry run."
    )
    dry_run: bool = strawberry.field(description="Whether nothing was moved for it.")
    made_at: datetime = strawberry.field(description="When it was made, and as of when its facts are (UTC).")
    made_by: strawberry.ID | None = strawberry.field(
        description="Id of the user who asked for it; null for the schedule."
    )
    horizon_minutes: int = strawberry.field(description="How far it looked ahead, 15 to 480 minutes.")
    stations_considered: int = strawberry.field(description="Open stations that it looked at; at least 0.")
    stations: list[PlannedStation] = strawberry.field(
        description="Those of them that could give or lacked packs."
    )
    loads: list[PlannedLoad] = strawberry.field(description="What it decided to move, nearest first.")
    load_limit_packs: int = strawberry.field(
        description="Most packs of a load, 1 to 200; at least half of the vehicles online carry that many."
    )
    pack_minutes: float = strawberry.field(
        description="The objective: driving time of all packs, summed, minutes; at least 0."
    )
    unmet_packs: int = strawberry.field(
        description="Packs that stay missing: there is no surplus, or none that is worth the drive; at least 0."
    )
    unmet_promised_packs: int = strawberry.field(
        description="Those of them that are promised to riders; at least 0."
    )

    @classmethod
    def of(cls, plan: PlanDocument) -> Self:
        """Build the view of a stored plan."""
        return cls(
            id=plan.id,
            number=plan.number,
            dry_run=plan.dry_run,
            made_at=plan.made_at,
            made_by=None if plan.made_by is None else relay_id(User, plan.made_by),
            horizon_minutes=plan.horizon_minutes,
            stations_considered=plan.stations_considered,
            stations=[PlannedStation.of(one) for one in plan.stations],
            loads=[PlannedLoad.of(one) for one in plan.loads],
            load_limit_packs=plan.load_limit_packs,
            pack_minutes=plan.pack_minutes,
            unmet_packs=plan.unmet_packs,
            unmet_promised_packs=plan.unmet_promised_packs,
        )

    @classmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return plans by id, to those who run the network."""
        if context.signed_in().role not in OVERSEERS:
            return {}
        found = await LogisticsServices.of(context).transports.list_plans_by_ids(ids)
        return {plan.id: cls.of(plan) for plan in found.values()}
