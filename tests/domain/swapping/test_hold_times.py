"""How long holds last."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.domain.hold_times import bounded_hold, ride_minutes, usual_hold
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.kit.forecasts import Source

PARAMETERS = SwappingParameters(hold=timedelta(minutes=20))
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "given"), [(0.0, 10), (9.9, 10), (10.2, 11), (20.0, 20), (29.1, 30), (30.1, 30), (120.0, 30)]
)
def test_a_hold_lasts_whole_minutes_from_half_to_one_and_a_half_times_the_usual(
    asked: float, given: int
) -> None:
    held = bounded_hold(asked, "arrival 1", PARAMETERS)

    assert (held.lasts, held.source, held.model) == (timedelta(minutes=given), Source.MODEL, "arrival 1")


@given(st.floats(0, 1e4), st.floats(0, 1e4))
def test_who_is_worth_waiting_for_longer_has_no_shorter_hold(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))

    assert bounded_hold(shorter, "", PARAMETERS).lasts <= bounded_hold(longer, "", PARAMETERS).lasts


@pytest.mark.parametrize(
    ("ride", "given"), [(0.0, 20), (5.0, 20), (13.3, 20), (13.4, 21), (18.0, 27), (20.1, 30), (90.0, 30)]
)
def test_without_a_model_holds_last_equally_long_and_longer_where_the_ride_may_be_as_long(
    ride: float, given: int
) -> None:
    held = usual_hold(ride, PARAMETERS)

    assert (held.lasts, held.source, held.model) == (timedelta(minutes=given), Source.BASELINE, "")


def test_a_rider_who_was_expected_before_has_no_ride_left() -> None:
    assert ride_minutes(NOW + timedelta(minutes=7), NOW) == 7.0
    assert ride_minutes(NOW - timedelta(minutes=7), NOW) == 0.0
