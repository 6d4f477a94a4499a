from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navswap.features.logistics.rules import (
    BalanceForecast,
    Need,
    Rebalancing,
    StationFacts,
    Transport,
    drive_minutes,
    load_limit,
    need_of,
    rebalance,
    split_into_loads,
)
from navswap.kit.forecasts import Source
from navswap.kit.geo import Point, destination, distance_metres

HERE = Point(75.0, 26.9)


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
) -> StationFacts:
    return StationFacts(name, point, charged, held, waiting, empty, incoming, outgoing)


def foreseen(packs: float) -> BalanceForecast:
    return BalanceForecast(packs, Source.BASELINE)


def east(metres: float) -> Point:
    return destination(HERE, 90, metres)


@pytest.mark.parametrize(
    ("facts", "forecast", "need"),
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
    ],
)
def test_what_a_station_gives_or_lacks(facts: StationFacts, forecast: float, need: Need) -> None:
    assert need_of(facts, foreseen(forecast)) == need


def test_a_deficit_is_served_from_the_nearest_surplus() -> None:
    facts = [
        station("near", point=east(1_000), charged=5),
        station("far", point=east(5_000), charged=5),
        station("short", empty=9),
    ]
    forecasts = {"near": foreseen(5), "far": foreseen(5), "short": foreseen(-7)}
    plan = rebalance(facts, forecasts)
    assert [(one.origin_id, one.target_id, one.packs) for one in plan.transports] == [
        ("near", "short", 5),
        ("far", "short", 2),
    ]
    assert plan.unmet_packs == 0
    assert plan.transports[0].trip_minutes == pytest.approx(
        drive_minutes(distance_metres(east(1_000), HERE)), abs=1e-6
    )


def test_promised_packs_are_served_before_nearer_foreseen_ones() -> None:
    facts = [
        station("surplus", charged=3),
        station("foreseen", point=east(500), empty=9),
        station("promised", point=east(9_000), waiting=2, empty=9),
    ]
    forecasts = {"surplus": foreseen(3), "foreseen": foreseen(-5), "promised": foreseen(-2)}
    plan = rebalance(facts, forecasts)
    assert {(one.target_id, one.packs, one.promised) for one in plan.transports} == {
        ("promised", 2, 2),
        ("foreseen", 1, 0),
    }
    assert (plan.unmet_packs, plan.unmet_promised_packs) == (4, 0)


def test_a_foreseen_pack_is_not_worth_any_drive_a_promised_one_a_longer_one() -> None:
    far = east(30_000)
    facts = [station("surplus", charged=3), station("short", point=far, empty=9)]
    forecasts = {"surplus": foreseen(3), "short": foreseen(-3)}
    assert rebalance(facts, forecasts).transports == ()
    facts[1] = station("short", point=far, waiting=1, empty=9)
    assert [(one.packs, one.promised) for one in rebalance(facts, forecasts).transports] == [(1, 1)]


def test_nothing_is_moved_where_nothing_is_missing() -> None:
    plan = rebalance([station("a", charged=9), station("b", charged=9)], {"a": foreseen(5), "b": foreseen(9)})
    assert (plan.transports, plan.unmet_packs, plan.pack_minutes) == ((), 0, 0)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[StationFacts], dict[str, BalanceForecast]]:
    count = draw(st.integers(1, 25))
    facts = []
    for place in range(count):
        charged = draw(st.integers(0, 20))
        facts.append(
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
    return facts, {one.station_id: foreseen(draw(st.floats(-25, 25))) for one in facts}


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
    network: tuple[list[StationFacts], dict[str, BalanceForecast]],
) -> None:
    facts, forecasts = network
    plan = rebalance(facts, forecasts)
    out, into = moved(plan)
    assert out.total() == into.total()
    assert all(one.packs > 0 and one.origin_id != one.target_id for one in plan.transports)
    assert not set(out) & set(into), "no station gives and takes"
    for one in facts:
        free = one.charged_packs - one.held_packs
        assert out[one.station_id] + one.outgoing_packs * (out[one.station_id] > 0) <= free
        assert out[one.station_id] <= max(0.0, forecasts[one.station_id].packs + one.incoming_packs)
        assert into[one.station_id] + one.incoming_packs * (into[one.station_id] > 0) <= one.empty_slots
        assert into[one.station_id] <= plan.needs[one.station_id].deficit
    lacking = sum(need.deficit for need in plan.needs.values())
    assert plan.unmet_packs == lacking - into.total()
    promised = sum(need.promised for need in plan.needs.values())
    assert plan.unmet_promised_packs == promised - sum(one.promised for one in plan.transports)
    assert all(0 <= one.promised <= one.packs for one in plan.transports)


@given(networks())
@settings(max_examples=50, deadline=None)
def test_a_plan_serves_all_promises_that_packs_suffice_for(
    network: tuple[list[StationFacts], dict[str, BalanceForecast]],
) -> None:
    facts, forecasts = network
    near = [replace(one, point=HERE) for one in facts]
    plan = rebalance(near, forecasts)
    supply = sum(need.supply for need in plan.needs.values())
    promised = sum(need.promised for need in plan.needs.values())
    assert plan.unmet_promised_packs == max(0, promised - supply) or len(near) > 16


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 60))
def test_loads_make_up_the_transport_and_fit_the_vehicle(packs: int, promised: int, limit: int) -> None:
    whole = Transport("a", "b", packs, min(packs, promised), 10.0)
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
    facts = [
        station("near", point=east(1_000), charged=10),
        station("far", point=east(-2_000), charged=10),
        station("short", empty=8),
    ]
    forecasts = {"near": foreseen(5), "far": foreseen(5), "short": foreseen(-5)}

    def jam_in_the_east(origin: Point, target: Point) -> float:
        return 4.0 if max(origin.longitude, target.longitude) > HERE.longitude else 1.0

    [free] = rebalance(facts, forecasts).transports
    [slow] = rebalance(facts, forecasts, jam_in_the_east).transports
    assert (free.origin_id, slow.origin_id) == ("near", "far")
    assert slow.trip_minutes == pytest.approx(2 * free.trip_minutes, rel=0.01)
