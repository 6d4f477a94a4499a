"""Opening hours of shops: the same each week, day by day."""

from navswap.features.partners.domain.values import WEEK, OpeningSpan
from navswap.kit.opening_hours import read_week


def read_opening_hours(text: str) -> tuple[OpeningSpan, ...]:
    """Return the spans of a week from OpenStreetMap's opening_hours: `24/7`, `Mo-Sa 09:00-13:00,14:00-21:00; Su 18:00-02:00`.

    Raises ValueError for hours that differ by date, and for anything else.
    """
    return tuple(
        OpeningSpan(WEEK[span.weekday], span.opens_minute, span.closes_minute) for span in read_week(text)
    )
