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
    parts = periods_over_midnight(DayKind.WEEKDAY, start, end, 3.0)
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
    ],
)
def test_an_impossible_tariff_is_refused_with_the_field_that_is_wrong(tariff: Tariff, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        save(None, tariff)
    assert refused.value.field == field
