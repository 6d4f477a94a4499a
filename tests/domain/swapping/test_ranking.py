import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.features.swapping.domain.queueing import Queue
from navswap.features.swapping.domain.ranking import (
    PLAIN_VISIT,
    Approach,
    Estimate,
    ReasonKind,
    StationFacts,
    StationSupply,
    VisitNeed,
    baseline_estimate,
    find_facts,
    rank,
)
from navswap.kit.forecasts import Source
from navswap.kit.roads import RoadParameters
from navswap.kit.visits import VisitParameters

PLAIN = SwappingParameters()


def facts(station_id: str = "s", **values: object) -> StationFacts:
    known: dict[str, object] = {
        "distance_metres": 1000.0,
        "packs_to_promise": 5,
        "queue": Queue(),
        "charged_in_minutes": 0.0,
    }
    return StationFacts(station_id=station_id, **{**known, **values})  # type: ignore[arg-type]  # a table of values


@given(st.floats(0, 50_000), st.integers(0, 40), st.integers(0, 20), st.floats(0, 900))
def test_the_90th_percentile_is_never_below_the_median(
    distance: float, queue: int, packs: int, charged_in: float
) -> None:
    estimate = baseline_estimate(
        facts(
            distance_metres=distance,
            queue=Queue(queue, (1.0, 5.0)),
            packs_to_promise=packs,
            charged_in_minutes=charged_in,
        ),
        PLAIN,
    )
    assert 0 <= estimate.wait_p50_minutes <= estimate.wait_p90_minutes
    assert estimate.eta_minutes == PLAIN.roads.ride_minutes(distance)
    assert estimate.source is Source.BASELINE


def test_a_longer_queue_means_a_longer_wait() -> None:
    waits = [baseline_estimate(facts(queue=Queue(length)), PLAIN).wait_p50_minutes for length in range(8)]
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_without_a_free_pack_the_rider_waits_for_the_fullest_charging_one() -> None:
    near = facts(distance_metres=0, packs_to_promise=0, charged_in_minutes=17.0)
    assert baseline_estimate(near, PLAIN).wait_p50_minutes == 17.0


def test_packs_charge_while_riders_ride_and_while_others_are_served() -> None:
    far = facts(distance_metres=1_000.0, charged_in_minutes=17.0)
    assert baseline_estimate(far, PLAIN).wait_p50_minutes == pytest.approx(
        17.0 - PLAIN.roads.ride_minutes(1_000.0)
    )
    behind = facts(distance_metres=0, queue=Queue(present=4), charged_in_minutes=7.0)
    assert baseline_estimate(behind, PLAIN).wait_p50_minutes == 8.0


def test_a_station_where_no_pack_will_be_ready_is_not_recommended() -> None:
    empty = facts("empty", packs_to_promise=0, charged_in_minutes=math.inf)
    assert math.isinf(baseline_estimate(empty, PLAIN).wait_p50_minutes)
    stocked = facts("stocked", distance_metres=9000.0)
    ranked = rank([(station, baseline_estimate(station, PLAIN)) for station in (empty, stocked)], PLAIN)
    assert [station.facts.station_id for station in ranked] == ["stocked"]


@given(st.lists(st.tuples(st.floats(0, 20_000), st.integers(0, 9), st.integers(0, 12)), max_size=8))
def test_the_rank_is_the_order_of_the_sum_of_the_reasons(drawn: list[tuple[float, int, int]]) -> None:
    stations = [
        facts(f"s{number}", distance_metres=distance, queue=Queue(queue), packs_to_promise=packs)
        for number, (distance, queue, packs) in enumerate(drawn)
    ]
    ranked = rank([(station, baseline_estimate(station, PLAIN)) for station in stations], PLAIN)
    costs = [station.cost_minutes for station in ranked]
    assert costs == sorted(costs)
    for station in ranked:
        assert {reason.kind for reason in station.reasons} == set(ReasonKind)
        assert [reason.minutes for reason in station.reasons] == sorted(
            (reason.minutes for reason in station.reasons), reverse=True
        )


def test_an_uncertain_wait_ranks_behind_a_certain_one_of_the_same_median() -> None:
    certain = Estimate(5, 4, 5, Source.MODEL)
    uncertain = Estimate(5, 4, 12, Source.MODEL)
    ranked = rank([(facts("uncertain"), uncertain), (facts("certain"), certain)], PLAIN)
    assert [station.facts.station_id for station in ranked] == ["certain", "uncertain"]


@pytest.mark.parametrize("slow_down", [1.0, 1.5, 4.0])
def test_the_delay_is_the_part_of_the_eta_that_traffic_adds(slow_down: float) -> None:
    estimate = baseline_estimate(facts(distance_metres=3_000.0, slow_down=slow_down), PLAIN)
    free = PLAIN.roads.ride_minutes(3_000)
    assert estimate.eta_minutes == pytest.approx(free * slow_down)
    assert estimate.traffic_delay_minutes == pytest.approx(free * (slow_down - 1))


def test_a_farther_station_on_free_roads_beats_a_near_one_behind_a_jam() -> None:
    near = facts("near", distance_metres=2_000.0, slow_down=4.0)
    far = facts("far", distance_metres=3_000.0)
    ranked = rank([(station, baseline_estimate(station, PLAIN)) for station in (near, far)], PLAIN)
    assert [station.facts.station_id for station in ranked] == ["far", "near"]
    dearest = ranked[1].reasons[0]
    assert dearest.kind is ReasonKind.TRAFFIC_DELAY
    assert dearest.minutes == pytest.approx(PLAIN.roads.ride_minutes(6_000))


def test_the_parameters_of_the_city_reach_the_estimate() -> None:
    fast = SwappingParameters(
        roads=RoadParameters(rider_kmh=48.0), visits=VisitParameters(service_minutes=4.0)
    )
    slow, quick = (baseline_estimate(facts(queue=Queue(9)), parameters) for parameters in (PLAIN, fast))
    assert quick.eta_minutes == pytest.approx(slow.eta_minutes / 2)
    assert quick.wait_p50_minutes == pytest.approx(36 - quick.eta_minutes)


def known(supply: StationSupply, packs: int = 1, expected_swaps: float = 0.0) -> StationFacts:
    return find_facts(
        Approach("s", 1_000.0, 1.0),
        supply,
        VisitNeed(pack_count=packs),
        DemandForecast(expected_swaps, Source.BASELINE),
        PLAIN,
    )


def test_the_pack_that_completes_a_visit_is_the_one_that_is_waited_for() -> None:
    supply = StationSupply(charged=1, held=0, charging_minutes=[40.0, 8.0, math.inf])
    assert [known(supply, packs).charged_in_minutes for packs in (1, 2, 3, 4)] == [0.0, 8.0, 40.0, math.inf]
    beyond = known(StationSupply(charged=0, held=0, charging_minutes=[8.0]), 2)
    assert math.isinf(baseline_estimate(beyond, PLAIN).wait_p50_minutes)


def test_packs_that_charge_up_in_time_shrink_the_buffer() -> None:
    half = PLAIN.hold.total_seconds() / 120
    soon, late = half - 0.1, half + 0.1
    assert known(StationSupply(10, 0, [late, late]), expected_swaps=2).buffer_packs == 2
    assert known(StationSupply(10, 0, [soon, soon]), expected_swaps=2).buffer_packs == 0


@pytest.mark.parametrize(
    ("packs", "wanted", "minutes"),
    [(0, 1, 6.0), (1, 1, 3.0), (5, 1, 1.0), (2, 3, 6.0), (3, 3, 3.0), (5, 3, 3.0), (6, 3, 2.0)],
)
def test_packs_are_scarce_where_few_riders_could_be_served_as_this_one(
    packs: int, wanted: int, minutes: float
) -> None:
    known = facts(packs_to_promise=packs, need=VisitNeed(pack_count=wanted))
    [ranked] = rank([(known, baseline_estimate(known, PLAIN))], PLAIN)
    [scarce] = [reason for reason in ranked.reasons if reason.kind is ReasonKind.SCARCE_PACKS]
    assert scarce.minutes == pytest.approx(minutes)


@pytest.mark.parametrize(("ready_here_in", "first"), [(2.0, "here"), (30.0, "there")])
def test_a_rider_at_a_station_without_packs_waits_there_unless_others_have_them_sooner(
    ready_here_in: float, first: str
) -> None:
    here = find_facts(
        Approach("here", 0.0, 1.0, is_on_site=True),
        StationSupply(0, 0, [ready_here_in]),
        PLAIN_VISIT,
        DemandForecast(0.0, Source.BASELINE),
        PLAIN,
    )
    there = facts("there", distance_metres=1_000.0, packs_to_promise=5)
    ranked = rank([(known, baseline_estimate(known, PLAIN)) for known in (here, there)], PLAIN)
    assert ranked[0].facts.station_id == first
    of_here = next(one for one in ranked if one.facts.is_on_site)
    assert {reason.kind: reason.minutes for reason in of_here.reasons}[ReasonKind.SCARCE_PACKS] == 0.0
