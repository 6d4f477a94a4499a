import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from navswap.features.swapping.domain.expected_queue import LEAST_DEVIATION, Overlap, expected_queue
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.promises import DemandForecast
from navswap.features.swapping.domain.queueing import EMPTY, Queue, minutes_until_served
from navswap.features.swapping.domain.ranking import (
    ReasonKind,
    StationFacts,
    baseline_estimate,
    estimate_visit,
    rank,
)
from navswap.kit.forecasts import Source
from navswap.kit.normal import normal_cdf, normal_excess
from navswap.kit.visits import VisitParameters

PLAIN = SwappingParameters()
SERVICE = PLAIN.visits.service_minutes
MODELLED = DemandForecast(0.0, Source.MODEL, "load 1")
MINUTES = st.floats(0, 60)


def station(station_id: str = "s", *, metres: float = 3_000.0, **known: object) -> StationFacts:
    values: dict[str, object] = {"queue": EMPTY, "walk_ins": MODELLED, **known}
    return StationFacts(station_id, metres, 5, charged_in_minutes=0.0, **values)  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(
    ("deviations", "probability"), [(0.0, 0.5), (1.2816, 0.9), (-1.2816, 0.1), (-40.0, 0.0), (40.0, 1.0)]
)
def test_the_normal_distribution_is_the_one_of_the_tables(deviations: float, probability: float) -> None:
    assert normal_cdf(deviations) == pytest.approx(probability, abs=1e-4)


@given(st.floats(-50, 50), st.floats(0.1, 20))
@example(-3.65625, 0.4375)
def test_an_excess_and_a_shortfall_differ_by_the_mean(mean: float, deviation: float) -> None:
    above, below = normal_excess(mean, deviation), normal_excess(-mean, deviation)
    assert above >= 0
    assert above - below == pytest.approx(mean, abs=1e-9)


@given(st.floats(-10, 10), st.floats(LEAST_DEVIATION, 6), st.integers(0, 2**32))
def test_an_overlap_is_what_many_pairs_of_arrivals_come_to(gap: float, deviation: float, seed: int) -> None:
    chance, overlap = random.Random(seed), Overlap(gap, deviation)
    gaps = [chance.gauss(gap, deviation) for _ in range(4_000)]
    shared = sum(max(0.0, SERVICE - abs(drawn)) for drawn in gaps) / len(gaps)
    waits = sum(0.0 < drawn < SERVICE - 0.5 for drawn in gaps) / len(gaps)
    # Six standard errors of 4,000 draws of what lies within 0 and two minutes, or within 0 and 1.
    assert overlap.shared_minutes(SERVICE) == pytest.approx(shared, abs=0.1)
    assert overlap.exceeds(0.5, SERVICE) == pytest.approx(waits, abs=0.05)


@given(st.floats(0, 30), st.floats(0, 30))
def test_two_riders_share_the_same_minutes_whoever_is_asked(one: float, other: float) -> None:
    of_one = expected_queue(Queue(arriving_minutes=(other,)), one, 0.0, PLAIN)
    of_other = expected_queue(Queue(arriving_minutes=(one,)), other, 0.0, PLAIN)
    assert of_one.overlaps[0].shared_minutes(SERVICE) == pytest.approx(
        of_other.overlaps[0].shared_minutes(SERVICE)
    )


@given(st.integers(0, 8), st.lists(MINUTES, max_size=8), MINUTES, st.floats(0, 0.2))
def test_the_wait_has_ordered_quantiles_and_no_less_than_what_is_certain(
    present: int, arriving: list[float], eta: float, walk_ins: float
) -> None:
    queue = expected_queue(Queue(present, tuple(sorted(arriving))), eta, walk_ins, PLAIN)
    quantiles = [queue.wait_quantile(share) for share in (0.1, 0.5, 0.9, 0.99)]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] >= queue.certain_minutes >= 0
    assert quantiles[-1] <= queue.certain_minutes + SERVICE
    assert queue.shared_minutes >= queue.certain_minutes


@given(st.integers(0, 8), st.lists(MINUTES, max_size=8), MINUTES)
def test_what_adds_up_is_within_a_service_of_the_queue_without_chance(
    present: int, arriving: list[float], eta: float
) -> None:
    queue = Queue(present, tuple(sorted(arriving)))
    counted = minutes_until_served(queue, eta, SERVICE)
    certain = expected_queue(queue, eta, 0.0, PLAIN).certain_minutes
    assert max(0.0, counted - SERVICE) <= certain <= counted + 1e-9


def test_a_service_that_ends_before_the_rider_comes_costs_nothing() -> None:
    """Who is being served leaves after the rest of a service, not after a whole one."""
    begun, ending = (expected_queue(Queue(1, (), served), 1.0, 0.0, PLAIN) for served in (0.0, 1.5))
    assert (begun.certain_minutes, ending.certain_minutes) == (1.0, 0.0)
    assert ending.shared_minutes < begun.shared_minutes


def test_an_empty_station_costs_nothing_and_promises_no_wait() -> None:
    queue = expected_queue(EMPTY, 5.0, 0.0, PLAIN)
    assert (queue.shared_minutes, queue.wait_quantile(0.9)) == (0.0, 0.0)


def test_riders_without_a_hold_cost_by_how_many_a_model_expects() -> None:
    costs = [expected_queue(EMPTY, 5.0, per_minute, PLAIN).shared_minutes for per_minute in (0.0, 0.05, 0.1)]
    assert costs == [0.0, pytest.approx(0.05 * SERVICE**2), pytest.approx(0.1 * SERVICE**2)]
    assert expected_queue(EMPTY, 5.0, 0.1, PLAIN).wait_quantile(0.9) > 0, "one in five meets a walk-in"


def test_the_rule_answers_where_no_model_forecast_walk_ins() -> None:
    known = station(queue=Queue(2, (3.0,)), walk_ins=DemandForecast(3.0, Source.BASELINE))
    assert estimate_visit(known, PLAIN) == baseline_estimate(known, PLAIN)


def test_an_estimate_by_a_model_says_so_and_keeps_the_way() -> None:
    known = station(slow_down=1.5)
    estimate, ruled = estimate_visit(known, PLAIN), baseline_estimate(known, PLAIN)
    assert estimate.source is Source.MODEL
    assert (estimate.eta_minutes, estimate.traffic_delay_minutes) == (
        ruled.eta_minutes,
        ruled.traffic_delay_minutes,
    )


def test_a_rider_is_led_past_a_station_that_another_reaches_just_after() -> None:
    """The rule sees no wait there, since the other comes later; but the other would wait for this rider."""
    eta = PLAIN.roads.ride_minutes(3_000.0)
    met = Queue(arriving_minutes=(eta + 0.2,))
    near, far = station("near", queue=met), station("far", metres=3_050.0)
    by_rule = rank([(known, baseline_estimate(known, PLAIN)) for known in (near, far)], PLAIN)
    by_model = rank([(known, estimate_visit(known, PLAIN)) for known in (near, far)], PLAIN)
    assert [ranked.facts.station_id for ranked in by_rule] == ["near", "far"]
    assert [ranked.facts.station_id for ranked in by_model] == ["far", "near"]
    [uncertain] = [
        reason.minutes for reason in by_model[1].reasons if reason.kind is ReasonKind.UNCERTAIN_WAIT
    ]
    assert 0 < uncertain < SERVICE


def test_a_minute_of_waiting_counts_for_as_many_of_riding_as_an_operator_says() -> None:
    known = station(queue=Queue(2, (4.0, 7.0)), walk_ins=DemandForecast(2.0, Source.MODEL, "load 1"))
    costs = []
    for waited_minute in (1.0, 2.0, 3.0):
        parameters = SwappingParameters(waited_minute=waited_minute)
        [ranked] = rank([(known, estimate_visit(known, parameters))], parameters)
        costs.append(ranked.cost_minutes)
    shared = expected_queue(known.queue, PLAIN.roads.ride_minutes(3_000.0), 0.1, PLAIN).shared_minutes
    assert shared > estimate_visit(known, PLAIN).wait_p50_minutes
    assert [costs[1] - costs[0], costs[2] - costs[1]] == pytest.approx([shared, shared])


def test_a_rider_rides_a_minute_longer_to_wait_a_minute_less() -> None:
    """Minute against minute the two would cost the same, and the nearer one would be first."""
    queued = station("near", queue=Queue(present=6))
    spared = queued.queue.present * SERVICE - PLAIN.roads.ride_minutes(3_000.0)
    farther = station("far", metres=3_000.0 + 1.5 * spared * 3_000.0 / PLAIN.roads.ride_minutes(3_000.0))
    for waited_minute, first in ((1.0, "near"), (2.0, "far")):
        parameters = SwappingParameters(waited_minute=waited_minute)
        ranked = rank([(known, estimate_visit(known, parameters)) for known in (queued, farther)], parameters)
        assert ranked[0].facts.station_id == first


def test_the_promised_wait_is_the_same_whatever_waiting_costs() -> None:
    known = station(queue=Queue(2, (4.0, 7.0)))
    promised = [
        (estimate.wait_p50_minutes, estimate.wait_p90_minutes)
        for estimate in (
            estimate_visit(known, SwappingParameters(waited_minute=weight)) for weight in (1.0, 2.0)
        )
    ]
    assert promised[0] == promised[1]


def test_a_pack_that_charges_is_waited_for_whatever_the_queue() -> None:
    known = StationFacts("s", 0.0, 0, EMPTY, charged_in_minutes=12.0, walk_ins=MODELLED)
    estimate = estimate_visit(known, PLAIN)
    assert (estimate.wait_p50_minutes, estimate.wait_p90_minutes) == (12.0, 12.0)


def test_a_slower_kiosk_costs_more() -> None:
    arriving, slow = Queue(arriving_minutes=(5.0,)), SwappingParameters(visits=VisitParameters(4.0))
    assert (
        expected_queue(arriving, 5.0, 0.0, slow).shared_minutes
        > expected_queue(arriving, 5.0, 0.0, PLAIN).shared_minutes
    )
