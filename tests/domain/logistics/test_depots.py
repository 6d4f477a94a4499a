"""Depots in a rebalancing plan: their packs serve what stations expect to lack, not what riders were promised."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.logistics.domain.needs import BalanceForecast, DepotStock, StationInventory
from navswap.features.logistics.domain.parameters import LogisticsParameters, PlanningParameters
from navswap.features.logistics.domain.planning import NetworkView, PlanRequest, make_plan, open_jobs
from navswap.features.logistics.domain.rebalancing import Rebalancing, rebalance
from navswap.features.logistics.domain.values import PlannedDepot, Stop, StopKind
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point
from navswap.kit.ids import SequentialIds
from navswap.kit.roads import free_roads
from tests.domain.logistics.values import NOW
from tests.support.geo import destination

HERE = Point(75.0, 26.9)
MODEL = STANDARD_PACK.id


def station(
    name: str, *, metres: float = 1_000, charged: int = 0, waiting: int = 0, empty: int = 12
) -> StationInventory:
    return StationInventory(name, destination(HERE, 90, metres), charged, 0, waiting, empty)


def depot(packs: int = 10, *, outgoing: int = 0, metres: float = 0, model: str = MODEL) -> DepotStock:
    return DepotStock("depot", destination(HERE, 270, metres), packs, outgoing, model)


def planned(
    stations: Sequence[StationInventory], balances: dict[str, float], *depots: DepotStock
) -> Rebalancing:
    forecasts = {
        (name, MODEL): BalanceForecast(balance, Source.BASELINE) for name, balance in balances.items()
    }
    return rebalance(stations, forecasts, PlanningParameters(), free_roads, depots)


def moved(plan: Rebalancing) -> list[tuple[StopKind, str, str, int, int]]:
    return [
        (one.origin_kind, one.origin_id, one.target_id, one.packs, one.promised) for one in plan.transports
    ]


def test_packs_of_a_depot_go_to_the_stations_that_expect_to_lack_some() -> None:
    plan = planned([station("a"), station("b", metres=2_000)], {"a": -3.0, "b": -2.0}, depot())
    assert moved(plan) == [
        (StopKind.DEPOT, "depot", "a", 3, 0),
        (StopKind.DEPOT, "depot", "b", 2, 0),
    ]
    assert plan.unmet_packs == 0


def test_a_depot_serves_no_promise_for_its_packs_are_not_charged() -> None:
    plan = planned([station("a", waiting=2)], {"a": -5.0}, depot())
    assert moved(plan) == [(StopKind.DEPOT, "depot", "a", 3, 0)]
    assert (plan.unmet_packs, plan.unmet_promised_packs) == (2, 2)


def test_a_station_keeps_the_promises_where_a_nearer_depot_cannot() -> None:
    giver = station("giver", metres=3_000, charged=4, empty=0)
    plan = planned([giver, station("a", waiting=2)], {"giver": 4.0, "a": -5.0}, depot())
    assert moved(plan) == [
        (StopKind.DEPOT, "depot", "a", 3, 0),
        (StopKind.STATION, "giver", "a", 2, 2),
    ]
    assert plan.unmet_packs == 0


def test_what_is_nearer_gives_first() -> None:
    giver = station("giver", metres=1_500, charged=9, empty=0)
    far = planned([giver, station("a")], {"giver": 9.0, "a": -3.0}, depot(metres=5_000))
    near = planned([giver, station("a", metres=200)], {"giver": 9.0, "a": -3.0}, depot())
    assert [kind for kind, *_ in moved(far)] == [StopKind.STATION]
    assert [kind for kind, *_ in moved(near)] == [StopKind.DEPOT]


def test_a_depot_gives_no_pack_that_a_job_will_fetch() -> None:
    plan = planned([station("a")], {"a": -5.0}, depot(packs=6, outgoing=4))
    assert (moved(plan), plan.unmet_packs) == ([(StopKind.DEPOT, "depot", "a", 2, 0)], 3)
    assert depot(packs=1, outgoing=4).supply == 0


def test_a_depot_that_is_not_worth_the_drive_gives_nothing() -> None:
    assert moved(planned([station("a")], {"a": -5.0}, depot(metres=40_000))) == []


def test_packs_of_another_model_stay_in_the_depot() -> None:
    assert moved(planned([station("a")], {"a": -5.0}, depot(model="NS-72"))) == []


def test_a_depot_supplies_more_stations_than_a_station_has_neighbours() -> None:
    stations = [station(f"s{number:02}", metres=500 + 100 * number) for number in range(25)]
    plan = planned(stations, {one.station_id: -1.0 for one in stations}, depot(packs=25))
    assert (len(plan.transports), plan.unmet_packs) == (25, 0)


@given(
    supply=st.integers(0, 30),
    charged=st.integers(0, 10),
    lacking=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4)), min_size=1, max_size=5),
)
def test_no_giver_gives_more_than_it_has_and_no_promise_is_served_by_a_depot(
    supply: int, charged: int, lacking: list[tuple[int, int]]
) -> None:
    short = [station(f"s{place}", waiting=waiting) for place, (_, waiting) in enumerate(lacking)]
    balances = {f"s{place}": -float(packs) for place, (packs, _) in enumerate(lacking)}
    giver = station("giver", charged=charged, empty=0)
    plan = planned([giver, *short], {"giver": float(charged), **balances}, depot(packs=supply))
    for origin, limit in (("depot", supply), ("giver", charged)):
        assert sum(one.packs for one in plan.transports if one.origin_id == origin) <= limit
    for one in plan.transports:
        assert one.promised == 0 or one.origin_kind is StopKind.STATION
    for inventory in short:
        got = [one for one in plan.transports if one.target_id == inventory.station_id]
        need = plan.needs[inventory.key]
        assert sum(one.packs for one in got) <= need.deficit
        assert sum(one.packs for one in got if one.origin_kind is StopKind.DEPOT) <= need.expected


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_plan_names_its_depots_and_opens_jobs_from_them(is_dry_run: bool) -> None:
    network = NetworkView(
        as_of=NOW,
        inventories=[station("a")],
        forecasts={("a", MODEL): BalanceForecast(-3.0, Source.PRIOR)},
        capacities=[2],
        slow_down=free_roads,
        last_number=0,
        depots=[depot(packs=5, outgoing=1)],
    )
    parameters = LogisticsParameters()
    plan = make_plan(PlanRequest(120, is_dry_run), network, parameters, SequentialIds("id")).after
    assert plan.inputs.depots == (PlannedDepot("depot", MODEL, 5, 1, 4),)
    jobs = [step.after for step in open_jobs(plan, parameters.jobs)]
    assert [(job.origin, job.target.id, job.packs) for job in jobs] == (
        [] if is_dry_run else [(Stop(StopKind.DEPOT, "depot"), "a", packs) for packs in (2, 1)]
    )
