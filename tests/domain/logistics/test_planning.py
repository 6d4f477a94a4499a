"""Plans: the loads, the jobs and the inputs of a decision."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from navswap.features.logistics.domain.needs import BalanceForecast, StationInventory
from navswap.features.logistics.domain.parameters import JobParameters, LogisticsParameters
from navswap.features.logistics.domain.planning import NetworkView, PlanRequest, make_plan, open_jobs
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.ids import SequentialIds
from navswap.kit.roads import free_roads
from tests.support.geo import destination

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
HERE = Point(75.0, 26.9)
PARAMETERS = LogisticsParameters()
STATIONS = [
    StationInventory("surplus", HERE, 10, 0, 0, 2),
    StationInventory("short", destination(HERE, 90, 2_000), 1, 0, 0, 11),
    StationInventory("even", HERE, 5, 0, 0, 5),
]
NETWORK = NetworkView(
    as_of=NOW,
    inventories=STATIONS,
    forecasts={
        station.key: BalanceForecast(packs, Source.BASELINE)
        for station, packs in zip(STATIONS, (8.0, -5.0, 0.0), strict=True)
    },
    capacities=[2],
    slow_down=free_roads,
    last_number=6,
)


def test_a_plan_opens_a_job_for_each_load_that_a_vehicle_carries() -> None:
    made = make_plan(PlanRequest(120, made_by="admin"), NETWORK, PARAMETERS, SequentialIds())
    plan = made.after
    assert [(load.packs, load.job_id) for load in plan.loads] == [
        (2, "id-000002"),
        (2, "id-000003"),
        (1, "id-000004"),
    ]
    assert (plan.number, plan.made_by, plan.made_at, plan.unmet_packs) == (7, "admin", NOW, 0)
    assert plan.pack_minutes == pytest.approx(5 * plan.loads[0].trip_minutes)
    [fact] = made.facts
    assert (fact.type, fact.key()) == ("logistics.plan.made", plan.id)
    jobs = [step.after for step in open_jobs(plan, JobParameters())]
    assert [(job.id, job.plan_id, job.reward_credits) for job in jobs] == [
        (load.job_id, plan.id, load.reward_credits) for load in plan.loads
    ]


def test_a_plan_keeps_the_inputs_of_the_stations_that_give_or_lack() -> None:
    inputs = make_plan(PlanRequest(90), NETWORK, PARAMETERS, SequentialIds()).after.inputs
    assert (inputs.as_of, inputs.horizon_minutes, inputs.load_limit_packs) == (NOW, 90, 2)
    assert inputs.stations_considered == 3
    assert [
        (station.station_id, station.supply_packs, station.expected_deficit_packs)
        for station in inputs.stations
    ] == [("surplus", 8, 0), ("short", 0, 5)]


def test_a_dry_run_decides_the_same_and_opens_and_publishes_nothing() -> None:
    tried = make_plan(PlanRequest(120, is_dry_run=True), NETWORK, PARAMETERS, SequentialIds())
    made = make_plan(PlanRequest(120), NETWORK, PARAMETERS, SequentialIds())
    assert (tried.after.is_dry_run, tried.after.number, tried.facts) == (True, None, ())
    assert open_jobs(tried.after, JobParameters()) == []
    assert tried.after.loads == tuple(replace(load, job_id=None) for load in made.after.loads)
