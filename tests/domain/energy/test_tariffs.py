"""What a kilowatt-hour costs when, and which tariffs can be saved."""

from dataclasses import replace
from datetime import datetime

import pytest

from navswap.features.energy.domain.tariffs import (
    DayKind,
    PricePeriod,
    Prices,
    Tariff,
    cover_the_week,
    periods_over_midnight,
    prices_of,
    save,
)
from navswap.kit.errors import InvalidInputError

WEEK = tuple(PricePeriod(days, 0, 24, 6.0) for days in DayKind)
FLAT = Tariff("flat", "Flat", "Asia/Kolkata", "INR", WEEK)


@pytest.mark.parametrize(
    ("moment", "price"),
    [
        ("2026-03-02T00:00:00+05:30", 6.4),
        ("2026-03-02T05:59:59+05:30", 6.4),
        ("2026-03-02T06:00:00+05:30", 8.6),
        ("2026-03-01T18:30:00+00:00", 6.4),
        ("2026-02-28T12:00:00+05:30", 5.0),
        ("2026-02-28T18:29:00+00:00", 5.0),
    ],
)
def test_the_price_is_that_of_the_local_hour_and_kind_of_day(moment: str, price: float) -> None:
    hours = [PricePeriod(DayKind.WEEKDAY, 0, 6, 6.4), PricePeriod(DayKind.WEEKDAY, 6, 24, 8.6)]
    prices = Prices("Asia/Kolkata", [*hours, PricePeriod(DayKind.WEEKEND, 0, 24, 5.0)])
    assert prices.at(datetime.fromisoformat(moment)) == price


def test_periods_cover_the_week_when_each_hour_has_one_price() -> None:
    whole = [PricePeriod(days, 0, 24, 1.0) for days in DayKind]
    assert cover_the_week(whole)
    assert not cover_the_week(whole[:1])
    assert not cover_the_week([*whole, PricePeriod(DayKind.WEEKEND, 3, 4, 1.0)])
    assert not cover_the_week([whole[0], PricePeriod(DayKind.WEEKEND, 0, 23, 1.0)])


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(22, 6, [(22, 24), (0, 6)]), (22, 0, [(22, 24)]), (6, 22, [(6, 22)]), (0, 24, [(0, 24)])],
)
def test_a_price_of_the_night_may_go_over_midnight(
    start: int, end: int, hours: list[tuple[int, int]]
) -> None:
    parts = periods_over_midnight(PricePeriod(DayKind.WEEKDAY, start, end, 3.0))
    assert parts == [PricePeriod(DayKind.WEEKDAY, first, last, 3.0) for first, last in hours]


def test_hours_without_a_price_or_with_several_are_named() -> None:
    wrong = [PricePeriod(DayKind.WEEKDAY, 1, 24, 1.0), PricePeriod(DayKind.WEEKEND, 0, 24, 1.0)]
    wrong.append(PricePeriod(DayKind.WEEKEND, 3, 5, 2.0))
    with pytest.raises(InvalidInputError) as refused:
        save(None, replace(FLAT, periods=tuple(wrong)))
    assert (
        "WEEKDAY has no price in the hours 0; WEEKEND has several prices in the hours 3, 4"
        in refused.value.message
    )


def half_hours(days: DayKind, night: float, day: float) -> list[PricePeriod]:
    """Return a day with a night price from 22:30 to 6:30."""
    return [
        *periods_over_midnight(PricePeriod(days, 22, 6, night, start_minute=30, end_minute=30)),
        PricePeriod(days, 6, 22, day, start_minute=30, end_minute=30),
    ]


HALF = [period for days in (DayKind.WEEKDAY, DayKind.WEEKEND) for period in half_hours(days, 3.0, 7.0)]


@pytest.mark.parametrize(
    ("moment", "price", "edge"),
    [
        ("2026-03-02T06:29:59+05:30", 3.0, "2026-03-02T06:30:00+05:30"),
        ("2026-03-02T06:30:00+05:30", 7.0, "2026-03-02T07:00:00+05:30"),
        ("2026-03-02T22:10:00+05:30", 7.0, "2026-03-02T22:30:00+05:30"),
        ("2026-03-02T22:30:00+05:30", 3.0, "2026-03-02T23:00:00+05:30"),
        ("2026-03-02T23:15:00+05:30", 3.0, "2026-03-03T00:00:00+05:30"),
    ],
)
def test_a_price_may_change_at_half_hours(moment: str, price: float, edge: str) -> None:
    assert cover_the_week(HALF)
    prices = Prices("Asia/Kolkata", HALF)
    time = datetime.fromisoformat(moment)
    assert (prices.at(time), prices.next_edge(time)) == (price, datetime.fromisoformat(edge))


def test_a_part_of_an_hour_without_a_price_is_named() -> None:
    with pytest.raises(InvalidInputError) as refused:
        save(None, replace(FLAT, periods=(*HALF[:2], replace(HALF[2], end_hour=21), *HALF[3:])))
    assert "WEEKDAY has no price in the hours 21:30, 21:45, 22:00, 22:15." in refused.value.message


@pytest.mark.parametrize(("own", "price"), [(True, 1.0), (False, 5.0)])
def test_a_holiday_has_its_own_price_or_that_of_a_weekend(own: bool, price: float) -> None:
    kinds = {DayKind.WEEKDAY: 8.0, DayKind.WEEKEND: 5.0, **({DayKind.HOLIDAY: 1.0} if own else {})}
    periods = tuple(PricePeriod(days, 0, 24, cost) for days, cost in kinds.items())
    tariff = save(None, replace(FLAT, periods=periods, holidays=("2026-03-03",))).after
    days = [datetime.fromisoformat(f"2026-03-0{day}T12:00:00+05:30") for day in (2, 3, 4)]
    assert [tariff.prices.at(day) for day in days] == [8.0, price, 8.0]
    assert tariff.prices.at(datetime.fromisoformat("2026-03-02T18:30:00+00:00")) == price


def test_a_holiday_with_its_own_prices_needs_one_in_each_hour() -> None:
    with pytest.raises(InvalidInputError, match="HOLIDAY has no price in the hours 12, 13"):
        save(None, replace(FLAT, periods=(*WEEK[:2], PricePeriod(DayKind.HOLIDAY, 0, 12, 1.0))))


def test_without_a_tariff_every_hour_is_as_good_as_the_other() -> None:
    assert prices_of(None).at(datetime.fromisoformat("2026-03-02T18:00:00+00:00")) == 0.0


def test_a_tariff_is_saved_once_and_the_same_again_changes_nothing() -> None:
    first = save(None, FLAT)
    assert (first.before, first.after.revision) == (None, 1)
    assert not save(first.after, FLAT).is_change
    changed = save(first.after, replace(FLAT, name="Day and night"))
    assert (changed.after.name, changed.after.revision) == ("Day and night", 2)


@pytest.mark.parametrize(
    ("tariff", "field"),
    [
        (replace(FLAT, id=""), "key"),
        (replace(FLAT, id="a b"), "key"),
        (replace(FLAT, name=""), "name"),
        (replace(FLAT, time_zone="Mars/Olympus"), "timeZone"),
        (replace(FLAT, currency="rupees"), "currency"),
        (replace(FLAT, demand_charge_per_kw_month=-1.0), "demandChargePerKwMonth"),
        (replace(FLAT, demand_charge_per_kw_month=float("nan")), "demandChargePerKwMonth"),
        (replace(FLAT, periods=()), "periods"),
        (replace(FLAT, periods=(WEEK[0], replace(WEEK[1], price_per_kwh=0.0))), "periods[1]"),
        (replace(FLAT, periods=(WEEK[0], replace(WEEK[1], end_hour=25))), "periods[1]"),
        (replace(FLAT, periods=(WEEK[0], replace(WEEK[1], end_hour=23))), "periods"),
        (replace(FLAT, periods=(WEEK[0], replace(WEEK[1], start_minute=20))), "periods[1]"),
        (replace(FLAT, periods=(WEEK[0], replace(WEEK[1], start_hour=6, end_hour=6))), "periods[1]"),
        (replace(FLAT, holidays=("25.12.2026",)), "holidays[0]"),
        (replace(FLAT, holidays=("2026-02-30",)), "holidays[0]"),
        (replace(FLAT, holidays=("2026-12-25", "2026-12-25")), "holidays"),
    ],
)
def test_an_impossible_tariff_is_refused_with_the_field_that_is_wrong(tariff: Tariff, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save(None, tariff)
    assert refused.value.field == field
