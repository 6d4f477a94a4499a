"""Each slice knows the crossings of its own watches."""

import pytest

from navswap.features.geofences.events import FenceEntered, watch_name
from tests.factories.gps import START


def crossing(watch_id: str) -> FenceEntered:
    return FenceEntered(watch_id=watch_id, subject_id="U", place_id="S", recorded_at=START)


def test_a_crossing_tells_what_it_was_watched_for() -> None:
    assert crossing(watch_name("hold", "E-1")).watched_for("hold") == "E-1"
    assert crossing(watch_name("hold", "a:b")).watched_for("hold") == "a:b"


@pytest.mark.parametrize(
    "watch_id", ["assignment-target:E-1", "holds:E-1", "E-1", "hold", "hold:", ":E-1", ""]
)
def test_a_watch_of_another_purpose_is_nobody_elses(watch_id: str) -> None:
    assert crossing(watch_id).watched_for("hold") is None
