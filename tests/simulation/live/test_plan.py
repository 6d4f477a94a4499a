import pytest

from navswap.simulation.draws import Draws
from navswap.simulation.live.meter import Meter, quantile
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import (
    Fate,
    TripPlan,
    failing_slot,
    first_need_minutes,
    gap_minutes,
    plan_trip,
    roaming_place,
)
from navswap.simulation.live.stations import charged

RIDERS, TRIPS = 40, 50


def plans(seed: int) -> list[TripPlan]:
    draws = Draws(seed)
    return [plan_trip(draws, rider, trip) for rider in range(RIDERS) for trip in range(TRIPS)]


def exogenous(seed: int) -> list[object]:
    draws = Draws(seed)
    return [
        *plans(seed),
        *(first_need_minutes(draws, rider) for rider in range(RIDERS)),
        *(gap_minutes(draws, turn, 60.0) for turn in range(RIDERS)),
        *(failing_slot(draws, station, report, 12) for station in range(60) for report in range(200)),
    ]


def test_one_seed_deals_the_same_day_and_another_one_another_day() -> None:
    assert exogenous(7) == exogenous(7)
    assert exogenous(7) != exogenous(8)


def test_a_rider_without_need_rides_to_another_place_each_time() -> None:
    places = [
        roaming_place(Draws(1), rider, trip, leg)
        for rider in range(5)
        for trip in range(5)
        for leg in range(9)
    ]

    assert len(set(places)) == len(places)
    assert all(0 <= share < 1 for place in places for share in place)
    assert roaming_place(Draws(1), 4, 4, 8) == places[-1]


def test_what_one_rider_is_dealt_does_not_depend_on_who_else_rides() -> None:
    draws = Draws(3)
    alone = [plan_trip(draws, 17, trip) for trip in range(TRIPS)]
    assert plans(3)[17 * TRIPS : 18 * TRIPS] == alone


def test_most_riders_come_and_swap_with_a_low_pack() -> None:
    dealt = plans(1)
    shares = {fate: sum(plan.fate is fate for plan in dealt) / len(dealt) for fate in Fate}
    assert shares[Fate.SWAP] > 0.9
    assert 0 < shares[Fate.NO_SHOW] < shares[Fate.CANCEL] < 0.06
    assert all(9.0 <= plan.need_percent <= 27.0 for plan in dealt)
    assert sum(plan.is_walk_in for plan in dealt) / len(dealt) == pytest.approx(0.1, abs=0.03)


def test_a_fuller_pack_lasts_longer_and_an_empty_one_no_time() -> None:
    plan = plan_trip(Draws(1), 0, 0)
    assert plan.hours_until_need(95.0) > plan.hours_until_need(80.0) > 1.0
    assert plan.hours_until_need(plan.need_percent - 1.0) == 0.0


def test_a_rider_takes_one_of_the_stations_that_are_offered() -> None:
    assert {plan.rank(3) for plan in plans(1)} == {0, 1, 2}
    assert {plan.rank(1) for plan in plans(1)} == {0}


def test_slots_fail_seldom_and_each_can() -> None:
    failed = [failing_slot(Draws(1), station, report, 12) for station in range(60) for report in range(2_000)]
    found = [slot for slot in failed if slot is not None]
    assert len(found) / len(failed) == pytest.approx(0.0004, rel=0.5)
    assert all(1 <= slot <= 12 for slot in found)


def test_a_pack_gains_what_the_feeder_gives_less_the_losses() -> None:
    model = {"capacity": 1.8, "maxChargePower": 0.9}
    pack = {"condition": "FIT", "socPercent": 20.0, "model": model}
    assert charged(pack, 0.5, 1.0) == pytest.approx(45.0)
    assert charged(pack, 5.0, 1.0) == pytest.approx(65.0), "no more than the pack takes"
    assert charged(pack, 5.0, 9.0) == 100.0
    assert charged({**pack, "condition": "FAULTY"}, 0.5, 1.0) == 20.0


def test_a_pace_without_time_is_refused() -> None:
    assert Pace(10.0).real_seconds(60.0) == 360.0
    with pytest.raises(ValueError, match="above 0"):
        Pace(0.0)


def test_the_meter_counts_a_second_with_several_events_once() -> None:
    meter = Meter()
    meter.happened("position", 3)
    meter.happened("swap")
    meter.happened("fault raised", 0)
    meter.answered("verifyQr", 0.25)
    shown = meter.as_json()
    assert (meter.seconds_with_events, meter.swaps) == (1, 1)
    assert 0.0 < shown["seconds_with_events_share"] <= 1.0
    assert Meter().share_of_seconds_with_events() == 0.0
    assert shown["events"] == {"position": 3, "swap": 1}
    assert shown["latency_milliseconds"]["verifyQr"] == {"p50": 250.0, "p99": 250.0}


def test_quantiles_are_values_that_were_seen() -> None:
    assert quantile([], 0.5) is None
    assert (quantile([3, 1, 2], 0.5), quantile(range(100), 0.99)) == (2, 99)
