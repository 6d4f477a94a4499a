"""What a meter reading means: energy by local hour, each hour at its price, and no time counted twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.energy.domain.tariffs import Prices
from navswap.features.energy.domain.values import HOUR, EnergyStation, HistoryUnit, MeterReading
from navswap.features.energy.errors import MeterReadingConflictError
from navswap.features.energy.events import LoadMeasured
from navswap.kit.errors import InvalidInputError, inside

MAX_READINGS = 100
LONGEST = HOUR
MAX_AHEAD = timedelta(seconds=30)
"""How far the clock of a meter may be ahead of that of the service."""
MAX_KW = 1000.0
QUARTER = timedelta(minutes=15)
LONGEST_BACKLOG = timedelta(hours=24)
"""Of a meter that was silent the loads of so much time are published, not of more."""
LEAST_COVERED = 0.5
"""The load of a quarter of an hour is known if so much of it was measured."""
LONGEST_HISTORY = {HistoryUnit.HOUR: timedelta(days=31), HistoryUnit.DAY: timedelta(days=366)}


@dataclass(frozen=True, slots=True)
class Reading:
    """Energy that a station drew from `starts_at` to `ends_at`, at most an hour."""

    starts_at: datetime
    ends_at: datetime
    kwh: float

    @property
    def kw(self) -> float:
        """Return the mean power."""
        return self.kwh / ((self.ends_at - self.starts_at) / HOUR)

    @property
    def report(self) -> str:
        """Return a name of what it says, by which the same one again is known."""
        return f"{self.starts_at.isoformat()}/{self.ends_at.isoformat()}/{self.kwh!r}"


def check_readings(readings: Sequence[Reading], now: datetime) -> None:
    """Raise InvalidInputError for an impossible reading, for none at all and for more than MAX_READINGS."""
    if not 1 <= len(readings) <= MAX_READINGS:
        raise InvalidInputError("readings", f"Report 1 to {MAX_READINGS} readings at once.")
    for number, reading in enumerate(readings):
        with inside(f"readings[{number}]"):
            _check(reading, now)


def check_period(starts_at: datetime, ends_at: datetime, unit: HistoryUnit) -> None:
    """Raise InvalidInputError for an empty period, and for one that is too long for its unit."""
    longest = LONGEST_HISTORY[unit]
    if not starts_at < ends_at <= starts_at + longest:
        raise InvalidInputError("ends_at", f"Ask for a period of at most {longest.days} days by {unit}.")


def new_readings(
    station_id: str, readings: Sequence[Reading], known: Sequence[MeterReading], prices: Prices
) -> tuple[MeterReading, ...]:
    """Return what to store of a report: each new reading split by local hour, each part at its price.

    `known` are the stored readings of the station that overlap any of these. One that is known already is left out. Raises
    MeterReadingConflictError for one that overlaps another.
    """
    new: list[MeterReading] = []
    for reading in readings:
        others = {part.report for part in (*known, *new) if part.overlaps(reading.starts_at, reading.ends_at)}
        if others == {reading.report}:
            continue
        if others:
            raise MeterReadingConflictError(
                f"Another reading overlaps {reading.starts_at.isoformat()} to {reading.ends_at.isoformat()}."
            )
        new += split_by_hour(station_id, reading, prices)
    return tuple(new)


def split_by_hour(station_id: str, reading: Reading, prices: Prices) -> Iterator[MeterReading]:
    """Split what was drawn evenly in a span into local hours, each priced by itself."""
    start, whole = reading.starts_at, reading.ends_at - reading.starts_at
    while start < reading.ends_at:
        stop = min(reading.ends_at, prices.next_hour(start))
        kwh = reading.kwh * ((stop - start) / whole)
        yield MeterReading(
            id=f"{station_id}@{start.isoformat()}",
            station_id=station_id,
            starts_at=start,
            ends_at=stop,
            kwh=kwh,
            cost=kwh * prices.at(start),
            kw=kwh / ((stop - start) / HOUR),
            report=reading.report,
        )
        start = stop


def quarter_of(time: datetime) -> datetime:
    """Return the begin of the quarter of an hour of the clock that a time lies in."""
    return time - timedelta(minutes=time.minute % 15, seconds=time.second, microseconds=time.microsecond)


def new_quarters(station: EnergyStation, readings: Sequence[Reading]) -> tuple[datetime, datetime]:
    """Return from when until when new readings end quarters of an hour whose load was not published; equal for none.

    Time passes with the newest reading: what comes later for an earlier quarter is stored, but not published.
    """
    until = quarter_of(max(reading.ends_at for reading in readings))
    first = quarter_of(min(reading.starts_at for reading in readings))
    since = first if station.measured_until is None else station.measured_until
    return min(until, max(since, until - LONGEST_BACKLOG)), until


def loads_of(
    station_id: str,
    span: tuple[datetime, datetime],
    readings: Sequence[MeterReading],
    limit_kw: float | None,
) -> tuple[LoadMeasured, ...]:
    """Return the mean load of each quarter of an hour of a span that was measured for half of it or more."""
    loads = []
    starts_at, until = span
    while starts_at < until:
        ends_at = starts_at + QUARTER
        shares = [
            (reading, (min(ends_at, reading.ends_at) - max(starts_at, reading.starts_at)) / HOUR)
            for reading in readings
            if reading.overlaps(starts_at, ends_at)
        ]
        hours = sum(share for _, share in shares)
        if hours >= LEAST_COVERED * (QUARTER / HOUR):
            load_kw = sum(reading.kw * share for reading, share in shares) / hours
            loads.append(LoadMeasured(station_id, starts_at, ends_at, load_kw, limit_kw))
        starts_at = ends_at
    return tuple(loads)


def _check(reading: Reading, now: datetime) -> None:
    if not reading.starts_at < reading.ends_at <= reading.starts_at + LONGEST:
        raise InvalidInputError("ends_at", "A reading covers more than nothing and at most an hour.")
    if reading.ends_at > now + MAX_AHEAD:
        raise InvalidInputError("ends_at", "A reading cannot end in the future; set the clock of the meter.")
    if not 0 <= reading.kwh <= MAX_KW * ((reading.ends_at - reading.starts_at) / HOUR):
        raise InvalidInputError("kwh", f"A feeder gives 0 to {MAX_KW:.0f} kW; {reading.kwh} kWh do not fit.")
