"""Opening hours in OpenStreetMap's plain forms."""

import re

from navswap.features.partners.domain.values import WEEK, WHOLE_DAY, OpeningSpan

_SHORT = {day[:2].title(): position for position, day in enumerate(WEEK)}
_RULE = re.compile(r"(?:(\w\w)(?:-(\w\w))? )?(\d\d):(\d\d)-(\d\d):(\d\d)")


def read_opening_hours(text: str) -> tuple[OpeningSpan, ...]:
    """Return the weekly spans of a text: `24/7`, `Mo-Sa 09:00-21:00; Su 10:00-14:00`.

    Raises ValueError for anything else.
    """
    if text.strip() == "24/7":
        return tuple(OpeningSpan(day, 0, WHOLE_DAY) for day in WEEK)
    return tuple(span for part in text.split(";") for span in _read_rule(part.strip()))


def _read_rule(text: str) -> list[OpeningSpan]:
    found = _RULE.fullmatch(text)
    if found is None or not {found[1] or "Mo", found[2] or found[1] or "Su"} <= _SHORT.keys():
        raise ValueError(f"{text!r} names no opening hours such as Mo-Sa 09:00-21:00")
    first = _SHORT[found[1]] if found[1] else 0
    last = _SHORT[found[2]] if found[2] else first if found[1] else len(WEEK) - 1
    opens, closes = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if not first <= last or not opens < closes <= WHOLE_DAY:
        raise ValueError(f"{text!r} ends before it begins")
    return [OpeningSpan(day, opens, closes) for day in WEEK[first : last + 1]]
