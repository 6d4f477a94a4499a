import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.roads import RoadParameters, travel_minutes
from navswap.kit.visits import VisitParameters


def test_a_standard_pack_gains_four_fifths_of_a_percent_a_minute() -> None:
    assert STANDARD_PACK.gained_percent(1) == pytest.approx(0.794, abs=0.001)


@given(st.floats(0, 100), st.floats(0.1, 10))
def test_the_minutes_to_gain_a_charge_give_that_charge(percent: float, charger_kw: float) -> None:
    minutes = STANDARD_PACK.minutes_to_gain(percent, charger_kw=charger_kw)
    assert STANDARD_PACK.gained_percent(minutes, charger_kw=charger_kw) == pytest.approx(percent, abs=1e-9)


def test_a_charge_that_is_there_already_takes_no_time() -> None:
    assert STANDARD_PACK.minutes_to_gain(-5) == 0


def test_a_charger_gives_no_more_than_the_pack_takes() -> None:
    assert STANDARD_PACK.gained_percent(1, charger_kw=50) == STANDARD_PACK.gained_percent(1)
    assert STANDARD_PACK.gained_percent(1, charger_kw=0.45) == pytest.approx(
        STANDARD_PACK.gained_percent(0.5)
    )


@pytest.mark.parametrize(("capacity", "power"), [(0, 0.9), (1.7, 0), (-1, 0.9)])
def test_a_pack_model_without_capacity_or_power_is_refused(capacity: float, power: float) -> None:
    with pytest.raises(ValueError, match="capacity"):
        PackModel("X", capacity, 48, power, "plug")


def test_a_ride_follows_the_roads_at_the_speed_of_the_city() -> None:
    assert travel_minutes(24_000, 24) == pytest.approx(60)
    assert RoadParameters(rider_kmh=24, detour_factor=1.5).ride_minutes(8_000) == pytest.approx(30)
    assert RoadParameters(carrier_kmh=12, detour_factor=1).carry_minutes(6_000) == pytest.approx(30)


@pytest.mark.parametrize("wrong", [{"rider_kmh": 0}, {"carrier_kmh": -1}, {"detour_factor": 0.9}])
def test_roads_without_speed_or_shorter_than_the_straight_line_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="speeds"):
        RoadParameters(**wrong)


@pytest.mark.parametrize("wrong", [{"service_minutes": 0.0}, {"promised_wait_minutes": -1.0}])
def test_visits_take_time_and_a_promised_wait_is_more_than_none(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        VisitParameters(**wrong)
