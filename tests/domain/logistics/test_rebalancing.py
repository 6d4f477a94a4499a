import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navswap.features.logistics.domain.loads import load_limit, split_into_loads
from navswap.features.logistics.domain.needs import (
    BalanceForecast,
    InventoryKey,
    Need,
    StationInventory,
    believed_demand,
    fewest_packs,
    need_of,
    stock_less_demand,
)
from navswap.features.logistics.domain.parameters import PlanningParameters
from navswap.features.logistics.domain.rebalancing import Rebalancing, Transport
from navswap.features.logistics.domain.rebalancing import rebalance as rebalance_by
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point, distance_metres
from navswap.kit.roads import RoadParameters, SlowDown, free_roads
from tests.support.geo import destination

HERE = Point(75.0, 26.9)
PARAMETERS = PlanningParameters()
URBAN = PRIORS[SiteKind.URBAN]
HOUR = timedelta(hours=1)
EVENING = datetime(2026, 3, 2, 18, tzinfo=UTC)
"""When the busiest hour of the prior begins."""
LARGE = "NS-72"
"""Another pack model."""


def key(station_id: str, pack_model_id: str = STANDARD_PACK.id) -> InventoryKey:
    return station_id, pack_model_id


def rebalance(
    inventories: list[StationInventory],
    forecasts: dict[str, BalanceForecast],
    slow_down: SlowDown = free_roads,
    parameters: PlanningParameters = PARAMETERS,
) -> Rebalancing:
    """Plan with the forecasts of stations that have one pack model."""
    by_key = {key(name): forecast for name, forecast in forecasts.items()}
    return rebalance_by(inventories, by_key, parameters, slow_down)


def station(
    name: str = "a",
    *,
    point: Point = HERE,
    charged: int = 0,
    held: int = 0,
    waiting: int = 0,
    empty: int = 0,
    incoming: int = 0,
    outgoing: int = 0,
    model: str = STANDARD_PACK.id,
) -> StationInventory:
    return StationInventory(name, point, charged, held, waiting, empty, incoming, outgoing, model)


def expected(packs: float) -> BalanceForecast:
    return BalanceForecast(packs, Source.BASELINE)


def east(metres: float) -> Point:
    return destination(HERE, 90, metres)


@pytest.mark.parametrize(
    ("inventory", "forecast", "need"),
    [
        (station(charged=10), 6.0, Need(6, 0, 0)),
        (station(charged=10), 6.9, Need(6, 0, 0)),
        (station(charged=10, held=8), 6.0, Need(2, 0, 0)),
        (station(charged=10, outgoing=5), 6.0, Need(1, 0, 0)),
        (station(charged=4, empty=8), -3.2, Need(0, 0, 4)),
        (station(charged=4, empty=2), -3.2, Need(0, 0, 2)),
        (station(charged=4, empty=8, incoming=3), -3.0, Need(0, 0, 0)),
        (station(charged=4, empty=3, incoming=3), -9.0, Need(0, 0, 0)),
        (station(charged=1, held=1, waiting=3, empty=9), -4.0, Need(0, 2, 2)),
        (station(charged=1, held=1, waiting=3, empty=9), 1.0, Need(0, 2, 0)),
        (station(charged=1, held=1, waiting=3, empty=9, incoming=2), -2.0, Need(0, 0, 0)),
        (station(charged=1, held=1, waiting=9, empty=1), -4.0, Need(0, 1, 0)),
        (station(), 0.0, Need(0, 0, 0)),
        (replace(station(empty=12), is_empty=True), 0.0, Need(0, 0, 1)),
        (replace(station(empty=12), is_empty=True), -5.2, Need(0, 0, 6)),
        (replace(station(empty=12, incoming=1), is_empty=True), 0.0, Need(0, 0, 0)),
        (replace(station(empty=12, waiting=2), is_empty=True), 0.0, Need(0, 2, 0)),
    ],
)
def test_what_a_station_gives_or_lacks(inventory: StationInventory, forecast: float, need: Need) -> None:
    assert need_of(inventory, expected(forecast)) == need


def test_a_deficit_is_served_from_the_nearest_surplus() -> None:
    inventories = [
        station("near", point=east(1_000), charged=5),
        station("far", point=east(5_000), charged=5),
        station("short", empty=9),
    ]
    forecasts = {"near": expected(5), "far": expected(5), "short": expected(-7)}
    plan = rebalance(inventories, forecasts)
    assert [(one.origin_id, one.target_id, one.packs) for one in plan.transports] == [
        ("near", "short", 5),
        ("far", "short", 2),
    ]
    assert plan.unmet_packs == 0
    assert plan.transports[0].trip_minutes == pytest.approx(
        RoadParameters().carry_minutes(distance_metres(east(1_000), HERE)), abs=1e-6
    )


def test_promised_packs_are_served_before_nearer_expected_ones() -> None:
    inventories = [
        station("surplus", charged=3),
        station("expected", point=east(500), empty=9),
        station("promised", point=east(9_000), waiting=2, empty=9),
    ]
    forecasts = {"surplus": expected(3), "expected": expected(-5), "promised": expected(-2)}
    plan = rebalance(inventories, forecasts)
    assert {(one.target_id, one.packs, one.promised) for one in plan.transports} == {
        ("promised", 2, 2),
        ("expected", 1, 0),
    }
    assert (plan.unmet_packs, plan.unmet_promised_packs) == (4, 0)


def test_an_expected_pack_is_not_worth_any_drive_a_promised_one_a_longer_one() -> None:
    far = east(30_000)
    inventories = [station("surplus", charged=3), station("short", point=far, empty=9)]
    forecasts = {"surplus": expected(3), "short": expected(-3)}
    assert rebalance(inventories, forecasts).transports == ()
    inventories[1] = station("short", point=far, waiting=1, empty=9)
    assert [(one.packs, one.promised) for one in rebalance(inventories, forecasts).transports] == [(1, 1)]


def test_nothing_is_moved_where_nothing_is_missing() -> None:
    plan = rebalance([station("a", charged=9), station("b", charged=9)], {"a": expected(5), "b": expected(9)})
    assert (plan.transports, plan.unmet_packs) == ((), 0)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[StationInventory], dict[str, BalanceForecast]]:
    count = draw(st.integers(1, 25))
    inventories = []
    for place in range(count):
        charged = draw(st.integers(0, 20))
        inventories.append(
            station(
                f"s{place}",
                point=destination(HERE, draw(st.floats(0, 360)), draw(st.floats(0, 40_000))),
                charged=charged,
                held=draw(st.integers(0, charged)),
                waiting=draw(st.integers(0, 8)),
                empty=draw(st.integers(0, 20)),
                incoming=draw(st.integers(0, 4)),
                outgoing=draw(st.integers(0, 4)),
            )
        )
    return inventories, {one.station_id: expected(draw(st.floats(-25, 25))) for one in inventories}


def moved(plan: Rebalancing) -> tuple[Counter[str], Counter[str]]:
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for one in plan.transports:
        out[one.origin_id] += one.packs
        into[one.target_id] += one.packs
    return out, into


@given(networks())
@settings(max_examples=150, deadline=None)
def test_a_plan_conserves_packs_and_keeps_every_bound(
    network: tuple[list[StationInventory], dict[str, BalanceForecast]],
) -> None:
    inventories, forecasts = network
    plan = rebalance(inventories, forecasts)
    out, into = moved(plan)
    assert out.total() == into.total()
    assert all(one.packs > 0 and one.origin_id != one.target_id for one in plan.transports)
    assert not set(out) & set(into), "no station gives and takes"
    for one in inventories:
        free = one.charged_packs - one.held_packs
        assert out[one.station_id] + one.outgoing_packs * (out[one.station_id] > 0) <= free
        assert out[one.station_id] <= max(0.0, forecasts[one.station_id].packs + one.incoming_packs)
        assert into[one.station_id] + one.incoming_packs * (into[one.station_id] > 0) <= one.empty_slots
        assert into[one.station_id] <= plan.needs[one.key].deficit
    lacking = sum(need.deficit for need in plan.needs.values())
    assert plan.unmet_packs == lacking - into.total()
    promised = sum(need.promised for need in plan.needs.values())
    assert plan.unmet_promised_packs == promised - sum(one.promised for one in plan.transports)
    assert all(0 <= one.promised <= one.packs for one in plan.transports)


@given(networks())
@settings(max_examples=50, deadline=None)
def test_a_plan_serves_all_promises_that_packs_suffice_for(
    network: tuple[list[StationInventory], dict[str, BalanceForecast]],
) -> None:
    inventories, forecasts = network
    near = [replace(one, point=HERE) for one in inventories]
    plan = rebalance(near, forecasts)
    supply = sum(need.supply for need in plan.needs.values())
    promised = sum(need.promised for need in plan.needs.values())
    assert plan.unmet_promised_packs == max(0, promised - supply) or len(near) > 16


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 60))
def test_loads_make_up_the_transport_and_fit_the_vehicle(packs: int, promised: int, limit: int) -> None:
    whole = Transport("a", "b", STANDARD_PACK.id, packs, min(packs, promised), 10.0)
    loads = split_into_loads(whole, limit)
    assert sum(one.packs for one in loads) == packs
    assert sum(one.promised for one in loads) == whole.promised
    assert all(1 <= one.packs <= limit and one.promised <= one.packs for one in loads)
    assert len(loads) == -(-packs // limit)
    assert max(one.packs for one in loads) - min(one.packs for one in loads) <= 1


@pytest.mark.parametrize(
    ("capacities", "limit"), [([], 12), ([4], 4), ([4, 12], 4), ([4, 12, 30], 12), ([30, 30, 4], 30)]
)
def test_half_of_the_fleet_can_take_every_load(capacities: list[int], limit: int) -> None:
    assert load_limit(capacities, 12) == limit


def test_a_surplus_behind_a_jam_gives_way_to_a_farther_one_on_free_roads() -> None:
    inventories = [
        station("near", point=east(1_000), charged=10),
        station("far", point=east(-2_000), charged=10),
        station("short", empty=8),
    ]
    forecasts = {"near": expected(5), "far": expected(5), "short": expected(-5)}

    def jam_in_the_east(origin: Point, target: Point) -> float:
        return 4.0 if max(origin.longitude, target.longitude) > HERE.longitude else 1.0

    [free] = rebalance(inventories, forecasts).transports
    [slow] = rebalance(inventories, forecasts, jam_in_the_east).transports
    assert (free.origin_id, slow.origin_id) == ("near", "far")
    assert slow.trip_minutes == pytest.approx(2 * free.trip_minutes)


def test_each_pack_model_is_moved_by_itself() -> None:
    inventories = [
        station("near", point=east(500), charged=5, model=LARGE),
        station("far", point=east(3_000), charged=5),
        station("short", empty=4),
        station("short", empty=2, model=LARGE),
    ]
    forecasts = {
        key("near", LARGE): expected(5),
        key("far"): expected(5),
        key("short"): expected(-4),
        key("short", LARGE): expected(-2),
    }
    plan = rebalance_by(inventories, forecasts, PARAMETERS)
    assert {(one.origin_id, one.pack_model_id, one.packs) for one in plan.transports} == {
        ("near", LARGE, 2),
        ("far", STANDARD_PACK.id, 4),
    }
    assert (plan.unmet_packs, len(plan.needs)) == (0, 4)


def test_faster_vehicles_carry_farther() -> None:
    inventories = [station("surplus", charged=3, point=east(15_000)), station("short", empty=9)]
    forecasts = {"surplus": expected(3), "short": expected(-3)}
    assert rebalance(inventories, forecasts).transports == ()
    fast = PlanningParameters(roads=RoadParameters(carrier_kmh=40.0))
    assert [one.packs for one in rebalance(inventories, forecasts, parameters=fast).transports] == [3]


@pytest.mark.parametrize(("held", "taken", "left"), [(0, 0, 6.0), (0, 4, 2.0), (5, 4, 1.0), (0, 9, -3.0)])
def test_the_baseline_takes_what_was_taken_or_is_held_from_the_stock(
    held: int, taken: int, left: float
) -> None:
    inventory = station("a", charged=6, held=held)
    assert stock_less_demand([inventory], {inventory.key: taken} if taken else {}, HOUR) == {
        inventory.key: expected(left)
    }


@pytest.mark.parametrize(
    ("charged", "held", "demand", "charging", "left"),
    [
        (0, 0, 0.0, (30.0,), 0.0),  # empty until the pack is charged
        (0, 0, 2.0, (0.0, 0.0), 0.0),
        (0, 0, 4.0, (60.0, 90.0), -2.0),  # a minute before the hour two riders have found none
        (2, 0, 4.0, (60.0, 90.0), 0.0),
        (2, 0, 4.0, (120.0, 120.0), -2.0),  # charged as the horizon ends: too late for all of its riders
        (2, 0, 4.0, (121.0, math.inf), -2.0),
        (6, 0, 4.0, (30.0, 60.0, 90.0), 5.0),
        (3, 3, 4.0, (60.0,), 0.0),  # held packs go first
        (1, 0, 0.0, (15.0, 45.0), 1.0),
    ],
)
def test_a_pack_on_charge_counts_from_when_it_is_charged(
    charged: int, held: int, demand: float, charging: tuple[float, ...], left: float
) -> None:
    inventory = replace(station(charged=charged, held=held), charging_minutes=charging)
    assert fewest_packs(inventory, demand, 2 * HOUR) == pytest.approx(left)


inventories_on_charge = st.builds(
    lambda charged, held, charging: replace(
        station(charged=charged, held=min(held, charged)), charging_minutes=tuple(charging)
    ),
    st.integers(0, 20),
    st.integers(0, 20),
    st.lists(st.integers(0, 180).map(float) | st.just(math.inf), max_size=12),
)


@given(inventories_on_charge, st.integers(0, 30))
def test_the_fewest_packs_are_those_of_the_worst_minute(inventory: StationInventory, demand: int) -> None:
    def left_before(minute: int) -> float:
        charged = sum(until < minute for until in inventory.charging_minutes)
        return inventory.charged_packs + charged - max(inventory.held_packs, demand * minute / 120)

    worst = min(left_before(minute) for minute in range(121))
    assert fewest_packs(inventory, demand, 2 * HOUR) == pytest.approx(worst)


@given(inventories_on_charge, st.integers(0, 30), st.integers(0, 120))
def test_a_pack_more_on_charge_helps_by_one_at_most_and_never_harms(
    inventory: StationInventory, demand: int, minute: int
) -> None:
    more = replace(inventory, charging_minutes=(*inventory.charging_minutes, float(minute)))
    gained = fewest_packs(more, demand, 2 * HOUR) - fewest_packs(inventory, demand, 2 * HOUR)
    assert -1e-9 <= gained <= 1 + 1e-9


def test_a_station_that_charges_what_it_will_need_lacks_nothing() -> None:
    inventory = replace(station(charged=2, empty=4), charging_minutes=(20.0, 40.0, 50.0, 70.0))
    [forecast] = stock_less_demand([inventory], {inventory.key: 6}, 2 * HOUR).values()
    assert need_of(inventory, forecast) == Need(0, 0, 0)
    [without] = stock_less_demand(
        [replace(inventory, charging_minutes=())], {inventory.key: 6}, 2 * HOUR
    ).values()
    assert need_of(inventory, without) == Need(0, 0, 4)


@pytest.mark.parametrize(
    ("days_observed", "charged", "is_believed"),
    [(None, 6, True), (0, 6, True), (6.9, 6, True), (7, 6, False), (30, 6, False), (30, 0, True)],
)
def test_the_prior_stands_in_until_a_week_was_observed_and_where_nothing_can_be(
    days_observed: float | None, charged: int, is_believed: bool
) -> None:
    inventory = replace(station(charged=charged), slots=12, is_empty=charged == 0)
    since = {} if days_observed is None else {"a": EVENING - timedelta(days=days_observed)}
    believed = believed_demand([inventory], since, URBAN, EVENING, HOUR)
    demand = 117 * 12 / 30 * 0.063
    forecast = stock_less_demand([inventory], {inventory.key: 2}, HOUR, believed)[inventory.key]
    assert forecast.source is (Source.PRIOR if is_believed else Source.BASELINE)
    assert forecast.packs == pytest.approx(charged - (demand if is_believed else 2), rel=0.01)


def test_what_is_held_or_was_taken_counts_where_it_is_more_than_what_is_believed() -> None:
    inventory = station(charged=6, held=5)
    assert stock_less_demand([inventory], {}, HOUR, {inventory.key: 4.5})[inventory.key].packs == 1
    after_six = stock_less_demand([inventory], {inventory.key: 6}, HOUR, {inventory.key: 4.5})
    assert after_six[inventory.key].packs == 0


def test_nothing_is_believed_without_a_prior() -> None:
    assert believed_demand([station(empty=9)], {}, None, EVENING, HOUR) == {}
