"""Who is on shift, or soon will be, and until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from navswap.features.staffing.domain.values import WorkingHours

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """From when (UTC) until when a member works; one that goes on without a break ends with the later part."""

    starts_at: datetime
    ends_at: datetime


def shift_end(hours: WorkingHours, now: datetime) -> datetime | None:
    """Return when the shift that is on ends (UTC); None while it is off."""
    on = next((shift for shift in _shifts(hours, now) if shift.starts_at <= now < shift.ends_at), None)
    return None if on is None else on.ends_at


def find_shift(hours: WorkingHours, now: datetime, ahead: timedelta) -> Shift | None:
    """Return the shift that is on, else the one that begins within `ahead`; None where there is neither."""
    for shift, following in pairwise(_shifts(hours, now)):
        if shift.ends_at <= now:
            continue
        if shift.starts_at > now + ahead:
            return None
        goes_on = following.starts_at == shift.ends_at
        return Shift(shift.starts_at, following.ends_at if goes_on else shift.ends_at)
    return None


def _shifts(hours: WorkingHours, now: datetime) -> Iterator[Shift]:
    """Yield the shifts that begin from yesterday to the day after tomorrow, in order."""
    local = now.astimezone(ZoneInfo(hours.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for day in (midnight + number * DAY for number in range(-1, 3)):
        last = day + DAY if hours.end_hour <= hours.start_hour else day
        end = last.replace(hour=hours.end_hour) if hours.end_hour < 24 else last + DAY
        yield Shift(day.replace(hour=hours.start_hour).astimezone(UTC), end.astimezone(UTC))
