"""When a station is open: by its state, and by its opening hours where they are known.

Hours that are unknown, or cannot be read, close nothing: such a station is open as long as its operator says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from navswap.features.stations.domain.values import Station, StationNow, StationState
from navswap.kit import opening_hours
from navswap.kit.errors import InvalidInputError, inside
from navswap.kit.opening_hours import DayHours, UnreadableHoursError
from navswap.kit.time_zones import require_time_zone

MOST_EXCEPTIONS = 100


@dataclass(frozen=True, slots=True)
class OpeningTimes:
    """The opening hours that a station is given; as `Information` has them."""

    opening_hours: str
    time_zone: str
    country: str | None
    exceptions: tuple[DayHours, ...]

    @classmethod
    def of(cls, station: Station) -> Self:
        """Return the opening hours that a station has."""
        known = station.information
        return cls(known.opening_hours, known.time_zone, known.country, known.hours_exceptions)


def is_open_at(station: Station, moment: datetime) -> bool:
    """Return whether a station hands out packs at a moment, if its state stays as it is."""
    in_hours = opening_hours.is_open_at(station.information.timetable, moment) is not False
    return station.status.state is StationState.OPEN and in_hours


def open_at(stations: Iterable[StationNow], moment: datetime) -> set[str]:
    """Return which of many stations hand out packs at a moment; hours that several share are looked up once."""
    may_be = [station for station in stations if station.status.state is StationState.OPEN]
    in_hours = {
        timetable: opening_hours.is_open_at(timetable, moment) is not False
        for timetable in {station.timetable for station in may_be}
    }
    return {station.id for station in may_be if in_hours[station.timetable]}


def is_out_of_hours(station: Station, start: datetime, end: datetime) -> bool:
    """Return whether a station is closed by its hours from one moment to another, all the time and for certain."""
    if opening_hours.is_open_at(station.information.timetable, start) is not False:
        return False
    opening = next_opening(station, start)
    return opening is None or opening >= end


def gives_holds(station: Station, start: datetime, end: datetime) -> bool:
    """Return whether a hold from `start` to `end` could be kept: the station is open and does not close before its end."""
    return station.status.state is StationState.OPEN and not opening_hours.closes_within(
        station.information.timetable, start, end
    )


def next_opening(station: Station, moment: datetime) -> datetime | None:
    """Return when a station opens by its hours, in its time zone; None where it is in them, or for a year at least."""
    return opening_hours.next_opening(station.information.timetable, moment)


def next_closing(station: Station, moment: datetime) -> datetime | None:
    """Return when a station closes by its hours, in its time zone; None where it is out of them, or for a year at least."""
    return opening_hours.next_closing(station.information.timetable, moment)


def closes_at(station: Station, moment: datetime) -> datetime | None:
    """Return from when on a station is out of its hours, in its time zone: the moment itself where it is then.

    None where it is not for a year, or its hours are unknown.
    """
    return opening_hours.closed_from(station.information.timetable, moment)


def reopens_at(station: Station, start: datetime, end: datetime) -> datetime | None:
    """Return when a station opens that closes between two moments, or is closed; None where no opening is known."""
    if station.status.state is not StationState.OPEN:
        return None
    timetable = station.information.timetable
    if opening_hours.is_open_at(timetable, start) is False:
        return opening_hours.next_opening(timetable, start)
    closing = opening_hours.next_closing(timetable, start)
    return opening_hours.next_opening(timetable, closing) if closing is not None and closing < end else None


def read_times(
    notation: str, time_zone: str, country: str | None, exceptions: tuple[tuple[str, str], ...]
) -> OpeningTimes:
    """Return the hours that an operator has written; the exceptions are pairs of an ISO date and its hours.

    Raises InvalidInputError for what cannot be read, and for a date that stands twice.
    """
    if notation:
        try:
            opening_hours.require_readable(notation)
        except UnreadableHoursError as error:
            raise InvalidInputError("opening_hours", f"{error}.") from error
    require_time_zone(time_zone)
    if country is not None and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise InvalidInputError("country", "Give a country by the two letters of ISO 3166-1, such as IN.")
    if len(exceptions) > MOST_EXCEPTIONS:
        raise InvalidInputError("exceptions", f"A station has at most {MOST_EXCEPTIONS} exceptions.")
    days = tuple(_read_day(position, *written) for position, written in enumerate(exceptions))
    if len({day.date for day in days}) < len(days):
        raise InvalidInputError("exceptions", "Each date has one exception.")
    return OpeningTimes(notation, time_zone, country, tuple(sorted(days, key=lambda day: day.date)))


def _read_day(position: int, date: str, hours: str) -> DayHours:
    with inside(f"exceptions[{position}]"):
        try:
            return DayHours(date, hours)
        except UnreadableHoursError as error:
            raise InvalidInputError("hours", f"{error}.") from error
        except ValueError as error:
            raise InvalidInputError("date", f"{date!r} is no date such as 2026-12-25.") from error
