from datetime import timedelta

import pytest

from navswap.features.swapping.domain.presence import is_present
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from tests.domain.swapping.examples import NOON, PLAIN
from tests.support.geo import destination

STATION = Point(121.5, 25.0)


@pytest.mark.parametrize(
    ("metres", "age", "present"),
    [
        (0.0, timedelta(0), True),
        (499.0, timedelta(minutes=5), True),
        (501.0, timedelta(0), False),
        (0.0, timedelta(minutes=5, seconds=1), False),
    ],
)
def test_a_recent_position_within_the_fence_proves_presence(
    metres: float, age: timedelta, present: bool
) -> None:
    latest = GpsPoint("rider-1", destination(STATION, 45, metres), NOON - age)
    assert is_present(latest, STATION, NOON, PLAIN) is present


def test_without_a_position_the_rider_is_not_there() -> None:
    assert not is_present(None, STATION, NOON, PLAIN)
