"""Who is on shift, and until when."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours of each day, local; one that ends at or before it starts ends on the next day."""

    start_hour: int
    end_hour: int
    time_zone: str


def shift_end(shift: Shift, moment: datetime) -> datetime | None:
    """Return when the shift that is on at a moment ends (UTC); None while it is off."""
    local = moment.astimezone(ZoneInfo(shift.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight - timedelta(days=1), midnight):
        start = day.replace(hour=shift.start_hour)
        ends_next_day = shift.end_hour <= shift.start_hour
        last = day + timedelta(days=1) if ends_next_day else day
        end = (
            last.replace(hour=shift.end_hour)
            if shift.end_hour < 24
            else last.replace(hour=0) + timedelta(days=1)
        )
        if start <= local < end:
            return end.astimezone(UTC)
    return None
