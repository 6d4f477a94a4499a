"""Who is on shift, and until when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from navswap.features.staffing.domain.values import WorkingHours


def shift_end(hours: WorkingHours, now: datetime) -> datetime | None:
    """Return when the shift that is on ends (UTC); None while it is off."""
    local = now.astimezone(ZoneInfo(hours.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight - timedelta(days=1), midnight):
        start = day.replace(hour=hours.start_hour)
        ends_next_day = hours.end_hour <= hours.start_hour
        last = day + timedelta(days=1) if ends_next_day else day
        end = (
            last.replace(hour=hours.end_hour)
            if hours.end_hour < 24
            else last.replace(hour=0) + timedelta(days=1)
        )
        if start <= local < end:
            return end.astimezone(UTC)
    return None
