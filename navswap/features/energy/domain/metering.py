"""What a meter reading means: energy by local hour, each hour at its price, and no time counted twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.energy.domain.tariffs import Prices
from navswap.features.energy.domain.values import HOUR, EnergyStation, HistoryUnit, MeterReading
from navswap.features.energy.events import LoadMeasured
from navswap.kit.errors import InvalidInputError

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


def reading_fault(reading: Reading, now: datetime) -> InvalidInputError | None:
    """Return what is impossible about a reading; None where nothing is."""
    if not reading.starts_at < reading.ends_at <= reading.starts_at + LONGEST:
        return InvalidInputError("ends_at", "A reading covers more than nothing and at most an hour.")
    if reading.ends_at > now + MAX_AHEAD:
        return InvalidInputError("ends_at", "A reading cannot end in the future; set the clock of the meter.")
    if not 0 <= reading.kwh <= MAX_KW * ((reading.ends_at - reading.starts_at) / HOUR):
        return InvalidInputError("kwh", f"A feeder gives 0 to {MAX_KW:.0f} kW; {reading.kwh} kWh do not fit.")
    return None


def check_period(starts_at: datetime, ends_at: datetime, unit: HistoryUnit) -> None:
    """Raise InvalidInputError for an empty period, and for one that is too long for its unit."""
    longest = LONGEST_HISTORY[unit]
    if not starts_at < ends_at <= starts_at + longest:
        raise InvalidInputError("ends_at", f"Ask for a period of at most {longest.days} days by {unit}.")


@dataclass(frozen=True, slots=True)
class NewReadings:
    """What to store of a report, and its indexes of the readings that overlap others."""

    parts: tuple[MeterReading, ...]
    overlapping: tuple[int, ...]


def new_readings(
    station_id: str, readings: Mapping[int, Reading], known: Sequence[MeterReading], prices: Prices
) -> NewReadings:
    """Return what to store of a report: each new reading split by local hour, each part at its price.

    `readings` are by their index in the report, `known` are the stored readings of the station that overlap any of these.
    One that is known already is left out; of two that overlap the stored or the earlier one in the report counts.
    """
    new: list[MeterReading] = []
    overlapping: list[int] = []
    for index, reading in readings.items():
        others = {part.report for part in (*known, *new) if part.overlaps(reading.starts_at, reading.ends_at)}
        if not others:
            new += split_by_hour(station_id, reading, prices)
        elif others != {reading.report}:
            overlapping.append(index)
    return NewReadings(tuple(new), tuple(overlapping))


def overlap(reading: Reading) -> InvalidInputError:
    """Return what is wrong with a reading that overlaps another one."""
    return InvalidInputError(
        "starts_at",
        f"Another reading overlaps {reading.starts_at.isoformat()} to {reading.ends_at.isoformat()}; what is stored never changes.",
    )


def split_by_hour(station_id: str, reading: Reading, prices: Prices) -> Iterator[MeterReading]:
    """Split what was drawn evenly in a span into local hours, each priced by itself."""
    start, whole = reading.starts_at, reading.ends_at - reading.starts_at
    while start < reading.ends_at:
        stop = min(reading.ends_at, prices.next_edge(start))
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
