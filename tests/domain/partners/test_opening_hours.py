from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from navswap.features.partners.domain.opening_hours import read_opening_hours
from navswap.features.partners.domain.values import OpeningSpan, Weekday
from tests.domain.partners.values import a_shop

MONDAY = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Kolkata"))
HOUR = timedelta(hours=1)


def test_opening_hours_are_read_day_by_day() -> None:
    spans = read_opening_hours("Mo-Fr 09:00-21:00; Sa 10:00-14:30")
    assert [span.weekday for span in spans] == list(Weekday)[:6]
    assert spans[0] == OpeningSpan(Weekday.MONDAY, opens_minute=540, closes_minute=1260)
    assert spans[-1] == OpeningSpan(Weekday.SATURDAY, opens_minute=600, closes_minute=870)


@pytest.mark.parametrize("text", ["24/7", "00:00-24:00", "Mo-Su 00:00-24:00"])
def test_a_shop_that_never_closes_is_always_open(text: str) -> None:
    shop = a_shop(hours=text)
    assert len(shop.opening_hours) == 7
    assert all(shop.is_open_at(MONDAY + number * HOUR) for number in range(7 * 24))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whenever",
        "Xx 09:00-21:00",
        "Mo 25:99-26:00",
        "off",
        "Mo-Su unknown",
        "Mo-Sa 09:00-21:00; PH off",
        "Dec 09:00-21:00",
        "2026 Dec 24 off",
        "Sa[1] 09:00-12:00",
        "sunrise-sunset",
    ],
)
def test_a_text_without_hours_that_are_the_same_each_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"opening hours|differs by date|unknown"):
        read_opening_hours(text)


def days_of(text: str) -> dict[str, list[tuple[int, int]]]:
    """Return the spans by day, in minutes since midnight; days without any are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for span in read_opening_hours(text):
        found.setdefault(span.weekday[:2], []).append((span.opens_minute, span.closes_minute))
    return found


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Mo 09:00-13:00,14:00-18:30", {"MO": [(540, 780), (840, 1110)]}),
        ("Mo 09:00-13:00, 14:00-18:30; Tu off", {"MO": [(540, 780), (840, 1110)]}),
        ("Fr 18:00-02:00", {"FR": [(1080, 1440)], "SA": [(0, 120)]}),
        ("Su 22:00-06:00", {"MO": [(0, 360)], "SU": [(1320, 1440)]}),
        ("Mo 20:00-26:00", {"MO": [(1200, 1440)], "TU": [(0, 120)]}),
        ("Sa-Mo 09:00-10:00", {"MO": [(540, 600)], "SA": [(540, 600)], "SU": [(540, 600)]}),
        ("Mo,We 09:00-10:00", {"MO": [(540, 600)], "WE": [(540, 600)]}),
        ("Mo-Tu 09:00-21:00; Tu 10:00-12:00", {"MO": [(540, 1260)], "TU": [(600, 720)]}),
    ],
)
def test_lunch_breaks_nights_and_lists_of_days_are_read(
    text: str, days: dict[str, list[tuple[int, int]]]
) -> None:
    assert days_of(text) == days


def test_a_shop_is_closed_at_lunch_and_open_past_midnight() -> None:
    shop = a_shop(hours="Mo-Su 10:00-13:00,15:00-01:30")
    opens = [hour for hour in range(24) if shop.is_open_at(MONDAY + hour * HOUR)]
    assert opens == [0, 1, 10, 11, 12, *range(15, 24)]


@pytest.mark.parametrize(
    ("time", "is_open"),
    [
        (MONDAY + 9 * HOUR, True),
        (MONDAY + 9 * HOUR - timedelta(seconds=1), False),
        (MONDAY + 21 * HOUR, False),
        (MONDAY + timedelta(days=6, hours=12), False),
        (datetime(2026, 3, 2, 3, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 3, 29, tzinfo=UTC), False),
    ],
)
def test_a_shop_is_open_by_its_own_clock(time: datetime, is_open: bool) -> None:
    assert a_shop(hours="Mo-Sa 09:00-21:00").is_open_at(time) is is_open
