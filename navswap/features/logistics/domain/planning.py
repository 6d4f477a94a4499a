"""A rebalancing plan: what is moved, in loads that vehicles carry, with the inputs of the decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.features.logistics.domain.job_lifecycle import open_job
from navswap.features.logistics.domain.loads import load_limit, split_into_loads
from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    DepotStock,
    InventoryKey,
    Need,
    StationInventory,
)
from navswap.features.logistics.domain.parameters import JobParameters, LogisticsParameters, PayParameters
from navswap.features.logistics.domain.pay import reward_credits
from navswap.features.logistics.domain.rebalancing import Rebalancing, Transport, rebalance
from navswap.features.logistics.domain.values import (
    PlanInputs,
    PlannedDepot,
    PlannedLoad,
    PlannedStation,
    RebalancingPlan,
    TransportJob,
)
from navswap.features.logistics.events import PlanMade
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition
from navswap.kit.roads import SlowDown


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What to plan, and for whom; without `made_by` for the schedule."""

    horizon_minutes: int
    is_dry_run: bool = False
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class NetworkView:
    """What a plan is computed from: stocks and forecasts of the open stations, depots, vehicles online, and the traffic.

    `last_number` is that of the newest plan that was carried out, 0 before the first.
    """

    as_of: datetime
    inventories: Sequence[StationInventory]
    forecasts: Mapping[InventoryKey, BalanceForecast]
    capacities: Sequence[int]
    slow_down: SlowDown
    last_number: int
    depots: Sequence[DepotStock] = ()


def make_plan(
    request: PlanRequest, network: NetworkView, parameters: LogisticsParameters, ids: Ids
) -> Transition[RebalancingPlan]:
    """Decide what to move; a dry run publishes nothing."""
    decided = rebalance(
        network.inventories, network.forecasts, parameters.planning, network.slow_down, network.depots
    )
    limit = load_limit(network.capacities, parameters.planning.usual_load_packs)
    loads = [load for transport in decided.transports for load in split_into_loads(transport, limit)]
    plan = RebalancingPlan(
        id=ids.new(),
        made_at=network.as_of,
        inputs=PlanInputs(
            as_of=network.as_of,
            horizon_minutes=request.horizon_minutes,
            stations_considered=len({inventory.station_id for inventory in network.inventories}),
            stations=_planned_stations(network, decided),
            load_limit_packs=limit,
            depots=tuple(
                PlannedDepot(
                    depot.depot_id, depot.pack_model_id, depot.packs, depot.outgoing_packs, depot.supply
                )
                for depot in network.depots
            ),
        ),
        loads=tuple(
            _planned_load(load, None if request.is_dry_run else ids.new(), parameters.pay) for load in loads
        ),
        unmet_packs=decided.unmet_packs,
        unmet_promised_packs=decided.unmet_promised_packs,
        number=None if request.is_dry_run else network.last_number + 1,
        made_by=request.made_by,
    )
    return Transition(None, plan, () if plan.number is None else (PlanMade.of(plan, plan.number),))


def open_jobs(plan: RebalancingPlan, parameters: JobParameters) -> list[Transition[TransportJob]]:
    """Open the jobs of a plan; a dry run has none."""
    return [
        open_job(load.job_id, plan.id, load, plan.made_at, parameters)
        for load in plan.loads
        if load.job_id is not None
    ]


def _planned_stations(network: NetworkView, decided: Rebalancing) -> tuple[PlannedStation, ...]:
    """Return the stations that give or lack packs, as they were known."""

    def planned(inventory: StationInventory, need: Need) -> PlannedStation:
        forecast = network.forecasts[inventory.key]
        return PlannedStation(
            station_id=inventory.station_id,
            pack_model_id=inventory.pack_model_id,
            charged_packs=inventory.charged_packs,
            held_packs=inventory.held_packs,
            waiting_riders=inventory.waiting_riders,
            empty_slots=inventory.empty_slots,
            incoming_packs=inventory.incoming_packs,
            outgoing_packs=inventory.outgoing_packs,
            forecast_packs=forecast.packs,
            source=forecast.source,
            supply_packs=need.supply,
            promised_deficit_packs=need.promised,
            expected_deficit_packs=need.expected,
            model=forecast.model,
            prediction_id=forecast.prediction_id,
        )

    needs = ((inventory, decided.needs[inventory.key]) for inventory in network.inventories)
    return tuple(planned(inventory, need) for inventory, need in needs if need.supply or need.deficit)


def _planned_load(load: Transport, job_id: str | None, pay: PayParameters) -> PlannedLoad:
    return PlannedLoad(
        origin_id=load.origin_id,
        target_id=load.target_id,
        packs=load.packs,
        promised_packs=load.promised,
        trip_minutes=load.trip_minutes,
        reward_credits=reward_credits(load.packs, load.promised, load.trip_minutes, pay),
        pack_model_id=load.pack_model_id,
        job_id=job_id,
        origin_kind=load.origin_kind,
    )
