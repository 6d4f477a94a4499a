import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.documents import EntryState
from navswap.features.swapping.rules import (
    DemandForecast,
    Estimate,
    ReasonKind,
    StationFacts,
    baseline_estimate,
    charge_gained,
    end_of_lapsed,
    packs_to_promise,
    poisson_quantile,
    rank,
    ride_minutes,
    walk_in_buffer,
)
from navswap.kit.forecasts import Source

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
counts = st.integers(0, 60)
demands = st.floats(0, 50)


def foreseen(swaps: float) -> DemandForecast:
    return DemandForecast(swaps, Source.BASELINE)


@pytest.mark.parametrize(
    ("mean", "probability", "expected"),
    [(0, 0.9, 0), (0.1, 0.9, 0), (1, 0.5, 1), (1, 0.9, 2), (4, 0.9, 7), (10, 0.9, 14), (100, 0.9, 113)],
)
def test_the_poisson_quantile_agrees_with_published_tables(
    mean: float, probability: float, expected: int
) -> None:
    assert poisson_quantile(mean, probability) == expected


@pytest.mark.parametrize(("mean", "probability"), [(-1, 0.5), (1, 0), (1, 1)])
def test_an_impossible_quantile_is_an_error(mean: float, probability: float) -> None:
    with pytest.raises(ValueError, match="mean"):
        poisson_quantile(mean, probability)


@pytest.mark.parametrize(
    ("swaps", "charged", "ready_soon", "buffer"),
    [
        (0, 10, 0, 0),  # nobody is expected: every pack may be promised
        (1, 10, 0, 2),  # nine times in ten, two are enough
        (1, 10, 2, 0),  # two packs charge up in time
        (4, 10, 0, 5),  # never more than half
        (4, 1, 0, 0),  # the last pack may always be promised
        (4, 0, 0, 0),
    ],
)
def test_the_buffer_follows_the_forecast(swaps: float, charged: int, ready_soon: int, buffer: int) -> None:
    assert walk_in_buffer(foreseen(swaps), charged, ready_soon) == buffer


@given(demands, demands, counts, counts)
def test_more_expected_walk_ins_never_shrink_the_buffer(
    one: float, other: float, charged: int, soon: int
) -> None:
    less, more = sorted((one, other))
    assert walk_in_buffer(foreseen(less), charged, soon) <= walk_in_buffer(foreseen(more), charged, soon)


@given(demands, counts, counts, counts)
def test_what_may_be_promised_is_never_more_than_what_is_free(
    swaps: float, charged: int, held: int, soon: int
) -> None:
    buffer = walk_in_buffer(foreseen(swaps), charged, soon)
    assert 0 <= packs_to_promise(charged, held, buffer) <= max(0, charged - held)


@pytest.mark.parametrize(
    ("arrived", "verified", "end"),
    [
        (None, None, EntryState.NO_SHOW),
        (NOON, None, EntryState.EXPIRED),
        (None, NOON, EntryState.EXPIRED),
        (NOON, NOON, EntryState.EXPIRED),
    ],
)
def test_a_lapsed_hold_of_a_rider_who_came_is_no_no_show(
    arrived: datetime | None, verified: datetime | None, end: EntryState
) -> None:
    assert end_of_lapsed(arrived, verified) is end


def test_a_pack_gains_charge_in_proportion_to_time() -> None:
    assert charge_gained(timedelta(minutes=10)) == pytest.approx(8.0)


def facts(station_id: str = "s", **values: object) -> StationFacts:
    known: dict[str, object] = {
        "distance_metres": 1000.0,
        "packs_to_promise": 5,
        "queue_length": 0,
        "best_charging_soc_percent": 50.0,
        "promised_soc_percent": 80.0,
    }
    return StationFacts(station_id=station_id, **{**known, **values})  # type: ignore[arg-type]  # a table of values


@given(st.floats(0, 50_000), st.integers(0, 40), st.integers(0, 20), st.floats(0, 80))
def test_the_90th_percentile_is_never_below_the_median(
    distance: float, queue: int, packs: int, best: float
) -> None:
    estimate = baseline_estimate(
        facts(
            distance_metres=distance,
            queue_length=queue,
            packs_to_promise=packs,
            best_charging_soc_percent=best,
        )
    )
    assert 0 <= estimate.wait_p50_minutes <= estimate.wait_p90_minutes
    assert estimate.eta_minutes == ride_minutes(distance)
    assert estimate.source is Source.BASELINE


def test_a_longer_queue_means_a_longer_wait() -> None:
    waits = [baseline_estimate(facts(queue_length=length)).wait_p50_minutes for length in range(8)]
    assert waits == sorted(waits)
    assert waits[-1] > waits[0]


def test_without_a_free_pack_the_rider_waits_for_the_fullest_charging_one() -> None:
    near = facts(distance_metres=0, packs_to_promise=0, best_charging_soc_percent=72.0)
    assert baseline_estimate(near).wait_p50_minutes == pytest.approx(10.0)


def test_a_station_where_no_pack_will_be_ready_is_not_recommended() -> None:
    empty = facts("empty", packs_to_promise=0, best_charging_soc_percent=None)
    assert math.isinf(baseline_estimate(empty).wait_p50_minutes)
    stocked = facts("stocked", distance_metres=9000.0)
    ranked = rank([(one, baseline_estimate(one)) for one in (empty, stocked)])
    assert [one.facts.station_id for one in ranked] == ["stocked"]


@given(st.lists(st.tuples(st.floats(0, 20_000), st.integers(0, 9), st.integers(0, 12)), max_size=8))
def test_the_rank_is_the_order_of_the_sum_of_the_reasons(drawn: list[tuple[float, int, int]]) -> None:
    stations = [
        facts(f"s{number}", distance_metres=distance, queue_length=queue, packs_to_promise=packs)
        for number, (distance, queue, packs) in enumerate(drawn)
    ]
    ranked = rank([(one, baseline_estimate(one)) for one in stations])
    costs = [one.cost_minutes for one in ranked]
    assert costs == sorted(costs)
    for one in ranked:
        assert {reason.kind for reason in one.reasons} == set(ReasonKind)
        assert [reason.minutes for reason in one.reasons] == sorted(
            (reason.minutes for reason in one.reasons), reverse=True
        )


def test_an_uncertain_wait_ranks_behind_a_certain_one_of_the_same_median() -> None:
    certain = Estimate(5, 4, 5, Source.MODEL)
    uncertain = Estimate(5, 4, 12, Source.MODEL)
    ranked = rank([(facts("uncertain"), uncertain), (facts("certain"), certain)])
    assert [one.facts.station_id for one in ranked] == ["certain", "uncertain"]
