"""The parameters of demand are what the calibration makes of the data, and mean what they say."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from navswap.kit.demand import PRIORS, SiteKind
from navswap.simulation.world.calendar import Calendar
from navswap.simulation.world.calibration import (
    ChargingData,
    UnreadableDataError,
    fit_shape,
    read_charged,
    smooth,
)
from navswap.simulation.world.calibration_plot import Generated, draw
from navswap.simulation.world.demand_model import BadDemandError, DemandModel, fitted
from navswap.simulation.world.weather import WeatherDay
from tests.support.requirements import benchmark_data

MILD = WeatherDay((25.0,) * 24, (0.0,) * 24)
NEW_YEAR = Calendar(date(2026, 1, 1), "IN")


def invented(effect: float = -0.05) -> ChargingData:
    """Return 140 days of 20 sites with a known profile, week and effect of rain."""
    rng = np.random.default_rng(1)
    hours = 1 + 0.5 * np.sin((np.arange(24) - 6) * np.pi / 12)
    week = np.array([1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 0.7])
    weekday = np.arange(140) % 7
    rain = np.where(rng.random((140, 24)) < 0.1, 4.0, 0.0)
    mean = hours[None, :] * week[weekday][:, None] * (1 + effect * rain)
    energy = mean[:, :, None] * rng.gamma(4, 0.25, (140, 24, 20)) * (rng.random((140, 24, 20)) > 0.1)
    return ChargingData(energy, weekday, rain, date(2023, 4, 3))


def test_a_known_profile_week_and_effect_of_rain_are_found_again() -> None:
    shape = fit_shape(invented())

    expected = (1 + 0.5 * np.sin((np.arange(24) - 6) * np.pi / 12)) / 24
    assert np.abs(shape.weekday_hours - expected).max() < 0.0015
    assert shape.week[6] == pytest.approx(0.7, abs=0.02)
    assert shape.rain_per_mm == pytest.approx(-0.05, abs=0.01)
    assert shape.sites == 20


def test_meters_that_run_all_the_time_are_left_out() -> None:
    data = invented()
    constant = np.concatenate([data.energy, np.full((140, 24, 3), 22.0)], axis=2)

    assert fit_shape(replace(data, energy=constant)).sites == 20


def test_smoothing_keeps_the_sum_and_the_slow_waves() -> None:
    slow = (1 + 0.4 * np.cos(np.arange(24) * np.pi / 12)) / 24
    quick = slow + 0.01 * np.cos(np.arange(24) * np.pi)

    assert smooth(quick) == pytest.approx(slow)
    assert smooth(quick).sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", [SiteKind.URBAN, SiteKind.HIGHWAY])
def test_profiles_add_up_to_a_day_and_peak_near_the_busiest_share(kind: SiteKind) -> None:
    model = fitted()
    week = [model.profile(kind, NEW_YEAR.day(day)) for day in range(3, 10)]

    assert all(profile.sum() == pytest.approx(1) for profile in week)
    assert np.mean(week, axis=0).max() == pytest.approx(PRIORS[kind].busiest_share, abs=0.002)


def test_rain_cold_heat_and_holidays_keep_riders_away() -> None:
    model, day = fitted(), NEW_YEAR.day(4)
    usual = model.day_factor(SiteKind.URBAN, day, MILD)

    for celsius, rain in ((25.0, 5.0), (0.0, 0.0), (42.0, 0.0)):
        other = WeatherDay((celsius,) * 24, (rain,) * 24)
        assert model.day_factor(SiteKind.URBAN, day, other) < usual
    holiday = replace(day, is_holiday=True)
    assert model.day_factor(SiteKind.URBAN, holiday, MILD) < usual


def test_national_holidays_and_weekends_are_known() -> None:
    assert [NEW_YEAR.is_holiday(date(2026, *day)) for day in ((1, 26), (8, 15), (5, 5))] == [
        True,
        True,
        False,
    ]
    assert [NEW_YEAR.day(day).is_weekend for day in range(5)] == [False, False, True, True, False]
    assert Calendar(date(2026, 1, 1), "AU").is_holiday(date(2026, 12, 25))
    assert not Calendar(date(2026, 1, 1)).is_holiday(date(2026, 12, 25))


def test_a_folder_without_the_data_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableDataError, match=str(tmp_path)):
        read_charged(tmp_path)


@pytest.mark.parametrize("content", ["no JSON", "{}", '{"model": {"week": []}}'])
def test_parameters_that_cannot_be_read_are_refused_by_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "demand.json"
    path.write_text(content)

    with pytest.raises(BadDemandError, match=r"demand\.json"):
        DemandModel.load(path)


@pytest.mark.needs_benchmark_data
def test_the_shape_that_is_kept_is_what_the_data_gives() -> None:
    shape, kept = fit_shape(read_charged(benchmark_data() / "charged_melbourne")), fitted()

    assert (shape.sites, shape.days) == (59, 183)
    assert shape.weekday_hours == pytest.approx(kept.weekday_hours, abs=1e-6)
    assert shape.free_hours == pytest.approx(kept.free_hours, abs=1e-6)
    assert shape.week == pytest.approx(kept.week, abs=1e-4)
    assert shape.rain_per_mm == pytest.approx(kept.rain_per_mm, abs=1e-4)


def test_the_plot_shows_the_profile_and_both_kinds_of_sites() -> None:
    rng = np.random.default_rng(2)
    days = [
        Generated(kind, rng.poisson(PRIORS[kind].swaps_per_day, (50, 9)).astype(float), np.full(24, 1 / 24))
        for kind in (SiteKind.URBAN, SiteKind.HIGHWAY)
    ]

    plot = ET.fromstring(draw(fit_shape(invented()), days))

    titles = [text.text or "" for text in plot.iter() if text.get("font-weight") == "bold"]
    assert [title.split(",")[-1].split()[0] for title in titles[1:]] == ["urban", "highway"]
    assert sum(element.tag.endswith("rect") for element in plot.iter()) > 40
