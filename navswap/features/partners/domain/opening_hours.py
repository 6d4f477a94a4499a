"""Opening hours of shops: the same each week, day by day."""

from navswap.features.partners.domain.values import WEEK, OpeningSpan
from navswap.kit.opening_hours import read_week


def read_opening_hours(text: str) -> tuple[OpeningSpan, ...]:
    """Return the weekly spans of a text in OpenStreetMap's plain forms: `24/7`, `Mo-Sa 09:00-21:00; Su 10:00-14:00`.

    Raises ValueError for anything else.
    """
    return tuple(
        OpeningSpan(WEEK[span.weekday], span.opens_minute, span.closes_minute) for span in read_week(text)
    )
