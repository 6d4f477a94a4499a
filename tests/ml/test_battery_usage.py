"""The health and the energy of packs in 30 days: the features, targets, rules, and what a wrong charge limit costs."""

import numpy as np
import pytest

from navswap.features.packs.domain.values import Condition, Place, PlaceKind
from navswap.features.packs.events import HealthMeasured
from navswap.kit.facts import Fact
from navswap.ml.catalog.battery_usage import BATTERY_USAGE
from navswap.ml.history import History, View
from navswap.ml.spec import Span
from tests.ml.hand_made import DAY_MINUTES, at_ms, features_of, history_of, rows_of

MONTH = 30 * DAY_MINUTES
LAST_DAY = 79


def _measured(
    day: int, serial_number: str = "P-1", *, soh: float, cycles: float, celsius: float | None = 30.0
) -> tuple[float, Fact]:
    place = Place(PlaceKind.SLOT, "ST-1", 1)
    return day * DAY_MINUTES, HealthMeasured(
        serial_number,
        "NS-48",
        place,
        Condition.FIT,
        soc_percent=60.0,
        soh_percent=soh,
        equivalent_cycles=cycles,
        throughput_kwh=2 * cycles,
        temperature_celsius=celsius,
        age_days=1_000.0 + day,
        revision=1,
    )


@pytest.fixture
def history() -> History:
    """Return 80 days of a pack that loses 0.02 points and is charged once a day, and one reading of another pack."""
    daily = [_measured(day, soh=90 - 0.02 * day, cycles=500 + day) for day in range(LAST_DAY + 1)]
    return history_of(*daily, _measured(LAST_DAY, "P-2", soh=99, cycles=10, celsius=None))


def test_features_are_means_and_rates_of_what_was_measured(history: History) -> None:
    found = features_of(BATTERY_USAGE, history, rows_of(history, "pack", ["P-1"], 40 * DAY_MINUTES, MONTH))
    assert found["soh_last"] == pytest.approx([89.2])
    assert found["soh_percent"] == pytest.approx([89.2 + 3 * 0.02])  # of days 34 to 40
    assert found["soh_month_ago"] == pytest.approx([90 - 7 * 0.02])  # of days 4 to 10
    assert found["fade_month"] == pytest.approx([30 * 0.02])
    assert found["cycles_week"] == found["cycles_month"] == [1]
    assert found["kwh_week"] == found["kwh_month"] == [2]
    assert found["capacity_kwh"] == [2]
    assert found["kwh_life"] == pytest.approx([2 * 540 / 1_040])
    assert (found["readings_month"], found["reading_age_days"]) == ([30], [0])


def test_a_pack_that_was_measured_once_has_a_life_and_no_month(history: History) -> None:
    found = features_of(BATTERY_USAGE, history, rows_of(history, "pack", ["P-2"], 80 * DAY_MINUTES, MONTH))
    assert found["soh_percent"] == [99]
    assert found["fade_per_cycle"] == pytest.approx([0.1])
    assert all(np.isnan(found[name][0]) for name in ("fade_month", "cycles_month", "celsius_week"))


def test_targets_are_the_mean_about_the_day_and_the_energy_until_it(history: History) -> None:
    rows = rows_of(history, "pack", ["P-1"], 40 * DAY_MINUTES, MONTH)
    came = BATTERY_USAGE.came(history, rows)
    assert came["health"] == pytest.approx([90 - 0.02 * 70.5])  # the readings of days 69 to 72
    assert came["kwh_a_day"] == pytest.approx([2])
    late = rows_of(history, "pack", ["P-1"], 48 * DAY_MINUTES, MONTH)
    assert all(np.isnan(values).all() for values in BATTERY_USAGE.came(history, late).values())


def test_energy_is_not_known_of_a_pack_that_stayed_away() -> None:
    history = history_of(
        _measured(0, soh=90, cycles=500),
        _measured(10, soh=90, cycles=510),
        _measured(40, "P-2", soh=90, cycles=1),
    )
    came = BATTERY_USAGE.came(history, rows_of(history, "pack", ["P-1"], DAY_MINUTES, MONTH))
    assert np.isnan(came["kwh_a_day"]).all()
    assert np.isnan(came["health"]).all()


def test_packs_are_asked_about_that_were_measured_within_a_week(history: History) -> None:
    rows = BATTERY_USAGE.ask(history, Span(at_ms(DAY_MINUTES), at_ms((LAST_DAY + 20) * DAY_MINUTES)))
    first, second = history.entities("pack").find(["P-1", "P-2"])
    days = (rows.as_of_ms - at_ms(0)) / (DAY_MINUTES * 60_000)
    assert days[rows.entity("pack") == first].max() == LAST_DAY + 7
    assert days[rows.entity("pack") == second].tolist() == list(range(LAST_DAY, LAST_DAY + 8))


def test_rules_say_what_their_names_say(history: History) -> None:
    view = View(history, rows_of(history, "pack", ["P-1"], 40 * DAY_MINUTES, MONTH))
    said = {rule.name: rule.forecast(view) for rule in BATTERY_USAGE.baselines}
    now = 89.26
    assert said["linear-fade"]["health"] == pytest.approx([now - 0.6])
    assert said["as-in-life"]["health"] == pytest.approx([now - 30 * (100 - now) / 1_040])
    assert said["as-used"]["health"] == pytest.approx([now - 30 * (100 - now) / 540])
    assert said["linear-fade"]["kwh_a_day"] == said["as-used"]["kwh_a_day"] == [2]


def test_rules_answer_of_a_pack_that_was_never_measured(history: History) -> None:
    view = View(history, rows_of(history, "pack", ["P-9"], 40 * DAY_MINUTES, MONTH))
    for rule in BATTERY_USAGE.baselines:
        assert {name: values.tolist() for name, values in rule.forecast(view).items()} == {
            "health": [100],
            "kwh_a_day": [0],
        }


def test_charge_that_is_missing_costs_more_than_charge_that_is_not_needed() -> None:
    stakes, came = BATTERY_USAGE.stakes, {"health": np.array([85.0, 85.0, 85.0])}
    assert stakes.cost(np.array([84.0, 85.0, 86.0]), came).tolist() == [6, 0, 30]
    assert stakes.cost(stakes.best(came), came).sum() == 0
