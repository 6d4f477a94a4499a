"""Hours and days of features are those of the network's own clocks, also on the days on which clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.clock import epoch_milliseconds
from navswap.ml.catalog import CATALOG
from navswap.ml.features import calendar
from navswap.ml.history import Floats, Rows, View
from navswap.ml.tables import new_history
from tests.ml.feeding import features_of

DAY_MS = 86_400_000
ZONES = ("UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland")


@given(
    zone=st.sampled_from(ZONES),
    milliseconds=st.lists(st.integers(1_420_070_400_000, 2_051_222_400_000), max_size=9),  # 2015 to 2034
)
def test_a_network_s_clocks_are_those_of_its_time_zone(zone: str, milliseconds: list[int]) -> None:
    shown = new_history(zone).local_ms(np.array(milliseconds, dtype=np.int64))
    walls = [
        datetime.fromtimestamp(moment / 1000, ZoneInfo(zone)).replace(tzinfo=UTC) for moment in milliseconds
    ]
    assert shown.tolist() == [epoch_milliseconds(wall) for wall in walls]


@pytest.mark.parametrize(
    ("zone", "minute", "weekday"),
    [("Asia/Kolkata", 330, 0), ("Europe/Berlin", 60, 0), ("America/New_York", 1140, 6)],
)
def test_midnight_of_utc_is_another_hour_elsewhere(zone: str, minute: float, weekday: float) -> None:
    monday_ms = epoch_milliseconds(datetime(2026, 3, 2, tzinfo=UTC))
    rows = Rows(np.array([monday_ms]), np.array([0]), {})
    view = View(new_history(zone), rows)
    for moment in (rows.as_of_ms, view.target_ms()):
        found = calendar(view, moment)
        assert (found["minute_of_day"].tolist(), found["day_of_week"].tolist()) == ([minute], [weekday])
        assert found["is_weekend"].tolist() == [float(weekday >= 5)]


def test_rows_that_look_at_several_moments_have_each_its_own() -> None:
    monday_ms = epoch_milliseconds(datetime(2026, 3, 2, tzinfo=UTC))
    for rows in (
        Rows(np.full(2, monday_ms), np.array([0, DAY_MS]), {}),
        Rows(np.array([monday_ms, monday_ms + DAY_MS]), np.zeros(2, dtype=np.int64), {}),
    ):
        view = View(new_history("UTC"), rows)
        assert calendar(view, view.target_ms())["day_of_week"].tolist() == [0, 1]


def test_each_model_that_looks_at_the_clock_looks_at_the_network_s() -> None:
    """The same moment of an empty network in two zones: what differs are features of the calendar, in every model that has some."""
    of_the_clock = {"hour_sin", "hour_cos", "minute_of_day", "day_of_week", "is_weekend"}
    for spec in CATALOG.values():
        looked = [_features(spec.name, zone) for zone in ("Asia/Kolkata", "America/New_York")]
        different = {
            name for name in looked[0] if not np.array_equal(looked[0][name], looked[1][name], equal_nan=True)
        }
        assert different == of_the_clock & set(spec.feature_names), spec.name


def _features(name: str, zone: str) -> dict[str, Floats]:
    """Return the features of a model's first horizon for somebody of whom nothing is known, on a Friday at 20:00 of UTC."""
    spec, history = CATALOG[name], new_history(zone)
    evening_ms = epoch_milliseconds(datetime(2026, 3, 6, 20, tzinfo=UTC))
    horizon = spec.horizons[0] if spec.horizons else timedelta(0)
    return features_of(spec, history, spec.ask_of(history, ["nobody"], evening_ms, horizon))
