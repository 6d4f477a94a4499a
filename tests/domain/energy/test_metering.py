"""What a meter reading means, and which ones are taken."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.domain.metering import (
    Reading,
    check_period,
    new_readings,
    reading_fault,
    split_by_hour,
)
from navswap.features.energy.domain.tariffs import FLAT, DayKind, PricePeriod, Prices
from navswap.features.energy.domain.values import HistoryUnit, MeterReading
from navswap.kit.errors import InvalidInputError

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def a_reading(quarter: int = -1, kwh: float = 1.0, *, quarters: int = 1) -> Reading:
    return Reading(NOW + quarter * QUARTER, NOW + (quarter + quarters) * QUARTER, kwh)


def test_a_reading_is_split_where_the_local_hour_ends_and_each_part_has_its_price() -> None:
    prices = Prices(
        "Asia/Kolkata",
        [PricePeriod(days, hour, hour + 1, float(hour)) for days in DayKind for hour in range(24)],
    )
    start = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    parts = list(split_by_hour("S", Reading(start, start + HOUR, 4.0), prices))
    assert [(part.kwh, part.cost, part.kw) for part in parts] == [(1.0, 13.0, 4.0), (3.0, 42.0, 4.0)]
    assert parts[0].ends_at == parts[1].starts_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@given(st.integers(0, 86_400), st.integers(1, 3600), st.floats(0, 100))
def test_splitting_loses_no_energy(offset: int, seconds: int, kwh: float) -> None:
    start = NOW + timedelta(seconds=offset)
    parts = list(split_by_hour("S", Reading(start, start + timedelta(seconds=seconds), kwh), FLAT))
    assert sum(part.kwh for part in parts) == pytest.approx(kwh)
    assert len(parts) <= 2


def taken(known: tuple[MeterReading, ...], *readings: Reading) -> tuple[set[str], tuple[int, ...]]:
    """Return which readings are stored, by what they say, and the indexes of those that overlap others."""
    new = new_readings("S", dict(enumerate(readings)), known, FLAT)
    return {part.report for part in new.parts}, new.overlapping


def test_a_reading_that_is_known_is_left_out_and_another_of_its_time_costs_no_other() -> None:
    first, second = a_reading(-2), a_reading(-1)
    known = new_readings("S", {0: first}, (), FLAT).parts
    assert taken(known, first) == (set(), ())
    assert taken(known, first, second) == ({second.report}, ())
    for other in (a_reading(-2, 2.0), a_reading(-3, quarters=3), a_reading(-2, quarters=2)):
        assert taken(known, second, other) == ({second.report}, (1,))


def test_of_readings_of_one_report_that_overlap_the_first_counts() -> None:
    whole, part, after = a_reading(-3, quarters=2), a_reading(-2), a_reading(-1)
    assert taken((), part, after) == ({part.report, after.report}, ())
    assert taken((), whole, part, after) == ({whole.report, after.report}, (1,))
    assert taken((), part, whole, part, after) == ({part.report, after.report}, (1,))


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (a_reading(quarters=0), "endsAt"),
        (a_reading(-8, quarters=5), "endsAt"),
        (a_reading(0), "endsAt"),
        (a_reading(kwh=-0.1), "kwh"),
        (a_reading(kwh=float("nan")), "kwh"),
        (a_reading(kwh=251.0), "kwh"),
    ],
)
def test_of_an_impossible_reading_the_value_that_is_wrong_is_named(reading: Reading, field: str) -> None:
    fault = reading_fault(reading, NOW)
    assert fault is not None
    assert fault.field == field


def test_a_reading_may_be_as_large_as_a_feeder_gives_and_end_now() -> None:
    assert reading_fault(a_reading(-4, 1000.0, quarters=4), NOW) is None


@pytest.mark.parametrize(("unit", "days"), [(HistoryUnit.HOUR, 31), (HistoryUnit.DAY, 366)])
def test_a_history_has_a_period_that_is_not_too_long(unit: HistoryUnit, days: int) -> None:
    check_period(NOW, NOW + timedelta(days=days), unit)
    for wrong in (0, days + 1):
        with pytest.raises(InvalidInputError):
            check_period(NOW, NOW + timedelta(days=wrong), unit)
