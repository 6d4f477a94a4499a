"""Opening hours: what the notation says at a moment, when a place opens next, and when it closes."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.opening_hours import (
    DayHours,
    Timetable,
    UnreadableHoursError,
    closes_within,
    is_open_at,
    next_closing,
    next_opening,
    read_week,
    require_readable,
)

INDIA, GERMANY = "Asia/Kolkata", "Europe/Berlin"
ALWAYS = Timetable("24/7", INDIA)
UNKNOWN = Timetable("", INDIA)
NIGHT = Timetable("Mo-Su 18:00-02:00", INDIA)
LUNCH = Timetable("Mo-Fr 08:00-12:00,13:00-20:00; Sa 09:00-14:00", INDIA)
CHRISTMAS = Timetable(
    "Mo-Su 06:00-23:00", INDIA, exceptions=(DayHours("2026-12-25"), DayHours("2026-12-31", "08:00-12:00"))
)
HOLIDAYS = Timetable("Mo-Fr 08:00-20:00; PH off", GERMANY, "DE")


def at(text: str, zone: str = INDIA) -> datetime:
    """Return a local time; 2026-11-30 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("timetable", "moment", "is_open", "opens", "closes"),
    [
        (ALWAYS, "2026-11-30T03:00", True, None, None),
        (UNKNOWN, "2026-11-30T03:00", None, None, None),
        (Timetable("by appointment, ring the bell", INDIA), "2026-11-30T03:00", None, None, None),
        (Timetable("off", INDIA), "2026-11-30T03:00", False, None, None),
        # Past midnight
        (NIGHT, "2026-11-30T17:59", False, "2026-11-30T18:00", None),
        (NIGHT, "2026-11-30T18:00", True, None, "2026-12-01T02:00"),
        (NIGHT, "2026-12-01T01:59", True, None, "2026-12-01T02:00"),
        (NIGHT, "2026-12-01T02:00", False, "2026-12-01T18:00", None),
        # A break, and days of other hours
        (LUNCH, "2026-11-30T11:59", True, None, "2026-11-30T12:00"),
        (LUNCH, "2026-11-30T12:30", False, "2026-11-30T13:00", None),
        (LUNCH, "2026-12-04T20:00", False, "2026-12-05T09:00", None),
        (LUNCH, "2026-12-05T14:00", False, "2026-12-07T08:00", None),
        # Dates that differ
        (CHRISTMAS, "2026-12-24T23:30", False, "2026-12-26T06:00", None),
        (CHRISTMAS, "2026-12-25T12:00", False, "2026-12-26T06:00", None),
        (CHRISTMAS, "2026-12-31T09:00", True, None, "2026-12-31T12:00"),
        (CHRISTMAS, "2026-12-31T13:00", False, "2027-01-01T06:00", None),
        (Timetable("", INDIA, exceptions=(DayHours("2026-12-25"),)), "2026-12-24T12:00", None, None, None),
        (
            Timetable("", INDIA, exceptions=(DayHours("2026-12-25"),)),
            "2026-12-25T12:00",
            False,
            "2026-12-26T00:00",
            None,
        ),
        # The night that has begun on the day before an exception ends at its midnight; its own goes on past the next
        (
            Timetable("Mo-Su 18:00-02:00", INDIA, exceptions=(DayHours("2026-12-25", "20:00-23:00"),)),
            "2026-12-24T19:00",
            True,
            None,
            "2026-12-25T00:00",
        ),
        # Hours over midnight that the week wraps around
        (Timetable("Su 22:00-06:00", INDIA), "2026-11-30T05:00", True, None, "2026-11-30T06:00"),
    ],
)
def test_a_place_is_open_as_its_hours_say(
    timetable: Timetable, moment: str, *, is_open: bool | None, opens: str | None, closes: str | None
) -> None:
    assert is_open_at(timetable, at(moment)) is is_open
    assert next_opening(timetable, at(moment)) == (None if opens is None else at(opens))
    assert next_closing(timetable, at(moment)) == (None if closes is None else at(closes))


@pytest.mark.parametrize(
    ("timetable", "moment", "is_open"),
    [
        (HOLIDAYS, "2026-10-02T12:00", True),
        (HOLIDAYS, "2026-12-25T12:00", False),
        (Timetable("Mo-Fr 08:00-20:00; PH 10:00-14:00", GERMANY, "DE"), "2026-12-25T12:00", True),
        (Timetable("Mo-Fr 08:00-20:00; PH 10:00-14:00", GERMANY, "DE"), "2026-12-25T15:00", False),
        # without a country, or with one whose calendar is not known, there are no holidays
        (Timetable("Mo-Fr 08:00-20:00; PH off", GERMANY), "2026-12-25T12:00", True),
        (Timetable("Mo-Fr 08:00-20:00; PH off", GERMANY, "XX"), "2026-12-25T12:00", True),
    ],
)
def test_public_holidays_are_those_of_the_country(
    timetable: Timetable, moment: str, *, is_open: bool
) -> None:
    assert is_open_at(timetable, at(moment, GERMANY)) is is_open


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-27T22:00", 8), ("2026-03-28T22:00", 7), ("2026-10-24T22:00", 9), ("2026-10-25T22:00", 8)],
)
def test_a_night_is_as_long_as_the_clocks_make_it(evening: str, hours: int) -> None:
    night = Timetable("Mo-Su 22:00-06:00", GERMANY)
    begins_at = at(evening, GERMANY)
    closing = next_closing(night, begins_at)
    assert closing is not None
    assert (closing.hour, closing.timestamp() - begins_at.timestamp()) == (6, hours * 3600)


def test_hours_that_begin_in_the_hour_that_is_skipped_begin_after_it() -> None:
    early = Timetable("Mo-Su 02:30-05:00", GERMANY)
    assert next_opening(early, at("2026-03-28T20:00", GERMANY)) == at("2026-03-29T03:00", GERMANY)


def test_times_are_those_of_the_place_whoever_asks() -> None:
    asked = at("2026-11-30T17:00", GERMANY)  # 21:30 in India
    opens = next_opening(Timetable("Mo-Su 06:00-21:00", INDIA), asked)
    assert opens is not None
    assert opens.isoformat() == "2026-12-01T06:00:00+05:30"


@pytest.mark.parametrize(
    ("timetable", "minutes", "closes"),
    [
        (LUNCH, 20, True),
        (LUNCH, 10, False),
        (LUNCH, 90, True),
        (UNKNOWN, 90, False),
        (ALWAYS, 90, False),
        (Timetable("Mo-Su 13:00-20:00", INDIA), 10, True),
        (Timetable("Mo-Su 08:00-12:00 unknown", INDIA), 10, False),
        (Timetable("Mo-Su 08:00-12:00 unknown", INDIA), 20, True),
    ],
)
def test_a_span_is_refused_where_the_place_closes_within_it(
    timetable: Timetable, minutes: int, *, closes: bool
) -> None:
    start = at("2026-11-30T11:50")
    assert closes_within(timetable, start, start + timedelta(minutes=minutes)) is closes


@pytest.mark.parametrize(
    "text", ["", "always", "Mo 25:00-26:00", "9 to 5", "Mo-Su 08:00-12:00; x", "24/7" * 60]
)
def test_a_text_without_hours_is_refused(text: str) -> None:
    with pytest.raises(UnreadableHoursError):
        require_readable(text)


@pytest.mark.parametrize("text", ["24/7", "Mo-Sa 09:00-21:00; PH off", "06:30-23:30", "Mo-Fr 22:00-06:00"])
def test_the_notation_is_read(text: str) -> None:
    require_readable(text)
    assert is_open_at(Timetable(text), at("2026-11-30T12:00")) is not None, "its hours are known"


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        ("2026-02-30", ""),
        ("20261225", ""),
        ("2026-12-25", "closed"),
        ("2026-12-25", "24/7"),
        ("2026-12-25", "10:00-14:00; Mo off"),
        ("2026-12-25", "10:00-24:30"),
    ],
)
def test_an_exception_names_a_date_and_its_hours(date: str, hours: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what date.fromisoformat says is not ours
        DayHours(date, hours)


SPANS = st.lists(st.integers(0, 95), min_size=2, max_size=6, unique=True).map(sorted)


@given(SPANS, st.integers(0, 7 * 96))
def test_opening_and_closing_follow_each_other(quarters: list[int], later: int) -> None:
    marks = [f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in quarters]
    spans = [f"{opens}-{closes}" for opens, closes in list(pairwise(marks))[::2]]
    timetable = Timetable("Mo-Su " + ",".join(spans), INDIA)
    moment = at("2026-11-30T00:00") + timedelta(minutes=15 * later)
    opens, closes = next_opening(timetable, moment), next_closing(timetable, moment)
    is_open = is_open_at(timetable, moment)
    assert (opens is None, closes is None) == (is_open, not is_open)
    change = opens or closes
    assert change is not None
    assert is_open_at(timetable, change) is not is_open
    assert is_open_at(timetable, change - timedelta(minutes=1)) is is_open


@pytest.mark.parametrize(
    "text",
    [
        "24/7",
        "Mo-Sa 09:00-21:00; Su 10:00-14:00",
        "06:30-23:30",
        "Fr 08:00-24:00",
        "Mo-Fr 09:00-13:00,14:00-18:30; Sa off",
        "Fr-Su 22:00-06:00",
    ],
)
def test_the_spans_of_a_week_are_those_of_the_notation(text: str) -> None:
    spans, timetable = read_week(text), Timetable(text, INDIA)
    for quarter in range(7 * 96):
        moment = at("2026-11-30T00:00") + timedelta(minutes=15 * quarter)
        day, minute = divmod(15 * quarter, 24 * 60)
        in_span = any(
            span.weekday == day and span.opens_minute <= minute < span.closes_minute for span in spans
        )
        assert in_span is is_open_at(timetable, moment), moment
