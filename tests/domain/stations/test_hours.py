"""When a station is open, gives holds and opens again, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from navswap.features.stations.domain import lifecycle
from navswap.features.stations.domain.hours import (
    OpeningTimes,
    gives_holds,
    is_open_at,
    next_closing,
    next_opening,
    read_times,
    reopens_at,
)
from navswap.features.stations.domain.values import Information, Station, StationState
from navswap.features.stations.events import StationChanged
from navswap.kit.errors import InvalidInputError
from navswap.kit.geo import Point
from navswap.kit.opening_hours import DayHours

INDIA = ZoneInfo("Asia/Kolkata")
HOLD = timedelta(minutes=20)
LUNCH = "Mo-Fr 08:00-12:00,13:00-20:00"


def station(hours: str, state: StationState = StationState.OPEN) -> Station:
    information = Information("Station", Point(77, 28), 12, opening_hours=hours, time_zone="Asia/Kolkata")
    known = lifecycle.new_station("station", information, {}, datetime(2026, 1, 1, tzinfo=UTC))
    return replace(known, status=replace(known.status, state=state))


def at(text: str) -> datetime:
    """Return a local time, as clocks of the service give it; 2026-11-30 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=INDIA).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "is_open", "holds", "reopens"),
    [
        ("24/7", "2026-11-30T03:00", True, True, None),
        # unknown hours, or such as cannot be read, close nothing
        ("", "2026-11-30T03:00", True, True, None),
        ("call us", "2026-11-30T03:00", True, True, None),
        (LUNCH, "2026-11-30T07:00", False, False, "2026-11-30T08:00"),
        (LUNCH, "2026-11-30T11:40", True, True, None),
        (LUNCH, "2026-11-30T11:41", True, False, "2026-11-30T13:00"),
        (LUNCH, "2026-11-30T12:30", False, False, "2026-11-30T13:00"),
        (LUNCH, "2026-12-04T19:50", True, False, "2026-12-07T08:00"),
        ("Mo-Su 18:00-02:00", "2026-12-01T01:30", True, True, None),
        ("Mo-Su 18:00-02:00", "2026-12-01T01:50", True, False, "2026-12-01T18:00"),
        ("off", "2026-11-30T12:00", False, False, None),
    ],
)
def test_a_hold_ends_before_its_station_closes(
    hours: str, moment: str, *, is_open: bool, holds: bool, reopens: str | None
) -> None:
    place, start = station(hours), at(moment)
    assert is_open_at(place, start) is is_open
    assert gives_holds(place, start, start + HOLD) is holds
    assert reopens_at(place, start, start + HOLD) == (None if reopens is None else at(reopens))


@pytest.mark.parametrize("state", [StationState.CLOSED, StationState.OUT_OF_SERVICE])
def test_what_the_operator_has_closed_is_closed_within_its_hours_too(state: StationState) -> None:
    place, noon = station("24/7", state), at("2026-11-30T12:00")
    assert not is_open_at(place, noon)
    assert not gives_holds(place, noon, noon + HOLD)
    assert reopens_at(place, noon, noon + HOLD) is None


def test_opening_and_closing_are_in_the_time_zone_of_the_station() -> None:
    opens, closes = (
        next_opening(station(LUNCH), at("2026-11-30T12:30")),
        next_closing(station(LUNCH), at("2026-11-30T13:30")),
    )
    assert opens is not None
    assert closes is not None
    assert (opens.isoformat(), closes.isoformat()) == (
        "2026-11-30T13:00:00+05:30",
        "2026-11-30T20:00:00+05:30",
    )


def test_hours_are_set_once() -> None:
    hours = OpeningTimes(LUNCH, "Europe/Berlin", "DE", (DayHours("2026-12-24", "08:00-12:00"),))
    done = lifecycle.set_hours(station(""), hours)
    assert OpeningTimes.of(done.after) == hours
    assert done.after.status == station("").status
    assert [type(fact) for fact in done.facts] == [StationChanged]
    assert not lifecycle.set_hours(done.after, hours).is_change


def test_a_station_needs_a_time_zone_that_there_is() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        Information("Station", Point(77, 28), 12, time_zone="Mars/Olympus")


def test_written_hours_are_read_and_their_exceptions_put_in_order() -> None:
    read = read_times(LUNCH, "Asia/Kolkata", None, (("2026-12-31", "08:00-12:00"), ("2026-12-25", "")))
    assert read.exceptions == (DayHours("2026-12-25"), DayHours("2026-12-31", "08:00-12:00"))
    assert read_times("", "UTC", None, ()) == OpeningTimes("", "UTC", None, ())


@pytest.mark.parametrize(
    ("notation", "zone", "country", "exceptions", "field"),
    [
        ("nine to five", "UTC", None, (), "openingHours"),
        ("24/7", "Mars/Olympus", None, (), "timeZone"),
        ("24/7", "UTC", "India", (), "country"),
        ("24/7", "UTC", "in", (), "country"),
        ("24/7", "UTC", None, (("2026-12-25", ""), ("2026-02-30", "")), "exceptions[1].date"),
        ("24/7", "UTC", None, (("2026-12-25", "closed"),), "exceptions[0].hours"),
        ("24/7", "UTC", None, (("2026-12-25", ""), ("2026-12-25", "10:00-12:00")), "exceptions"),
        ("24/7", "UTC", None, (("2026-12-25", ""),) * 101, "exceptions"),
    ],
)
def test_hours_that_cannot_be_read_are_refused_by_field(
    notation: str, zone: str, country: str | None, exceptions: tuple[tuple[str, str], ...], field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_times(notation, zone, country, exceptions)
    assert refused.value.field == field
