"""What a meter reading means, and which ones are taken."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.energy.domain.metering import (
    Reading,
    check_period,
    check_readings,
    new_readings,
    split_by_hour,
)
from navswap.features.energy.domain.tariffs import FLAT, DayKind, PricePeriod, Prices
from navswap.features.energy.domain.values import HistoryUnit
from navswap.features.energy.errors import MeterReadingConflictError
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


def test_a_reading_that_is_known_is_left_out_and_another_of_its_time_is_refused() -> None:
    first, second = a_reading(-2), a_reading(-1)
    known = new_readings("S", [first], (), FLAT)
    assert new_readings("S", [first], known, FLAT) == ()
    assert {part.report for part in new_readings("S", [first, second], known, FLAT)} == {second.report}
    for other in (a_reading(-2, 2.0), a_reading(-3, quarters=3), a_reading(-2, quarters=2)):
        with pytest.raises(MeterReadingConflictError):
            new_readings("S", [second, other], known, FLAT)


def test_readings_of_one_report_must_not_overlap_either() -> None:
    assert len(new_readings("S", [a_reading(-2), a_reading(-1)], (), FLAT)) == 2
    with pytest.raises(MeterReadingConflictError):
        new_readings("S", [a_reading(-2, quarters=2), a_reading(-1)], (), FLAT)


@pytest.mark.parametrize(
    ("readings", "field"),
    [
        ([], "readings"),
        ([a_reading()] * 101, "readings"),
        ([a_reading(), a_reading(quarters=0)], "readings[1].endsAt"),
        ([a_reading(-8, quarters=5)], "readings[0].endsAt"),
        ([a_reading(0)], "readings[0].endsAt"),
        ([a_reading(kwh=-0.1)], "readings[0].kwh"),
        ([a_reading(kwh=float("nan"))], "readings[0].kwh"),
        ([a_reading(kwh=251.0)], "readings[0].kwh"),
    ],
)
def test_an_impossible_report_is_refused_with_the_value_that_is_wrong(
    readings: list[Reading], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_readings(readings, NOW)
    assert refused.value.field == field


@pytest.mark.parametrize(("unit", "days"), [(HistoryUnit.HOUR, 31), (HistoryUnit.DAY, 366)])
def test_a_history_has_a_period_that_is_not_too_long(unit: HistoryUnit, days: int) -> None:
    check_period(NOW, NOW + timedelta(days=days), unit)
    for wrong in (0, days + 1):
        with pytest.raises(InvalidInputError):
            check_period(NOW, NOW + timedelta(days=wrong), unit)
