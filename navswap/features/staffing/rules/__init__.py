"""Pure decisions of staffing: who is on shift, whose queue breaks its promise, and who goes where."""

from navswap.features.staffing.rules.diversion import (
    PROMISED_WAIT_MINUTES,
    WORK_MINUTES,
    Diversion,
    Person,
    Post,
    Skill,
    arrive_by,
    breaks_promise,
    divert,
    travel_minutes,
    waiting_minutes,
)
from navswap.features.staffing.rules.shifts import Shift, shift_end

__all__ = [
    "PROMISED_WAIT_MINUTES",
    "WORK_MINUTES",
    "Diversion",
    "Person",
    "Post",
    "Shift",
    "Skill",
    "arrive_by",
    "breaks_promise",
    "divert",
    "shift_end",
    "travel_minutes",
    "waiting_minutes",
]
