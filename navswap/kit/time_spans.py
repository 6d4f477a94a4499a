"""Spans of time that may be open at either end."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From `since` until before `until`; None is open."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = TimeSpan()
