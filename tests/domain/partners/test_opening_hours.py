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
    ["", "whenever", "Mo 9-21", "Xx 09:00-21:00", "Fr-Mo 09:00-21:00", "Mo 21:00-09:00", "Mo 09:00-25:00"],
)
def test_a_text_without_opening_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"opening hours|ends before"):
        read_opening_hours(text)


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
