"""Reading values of payloads: a number that is missing is NaN, a time is milliseconds since 1970."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from navswap.ml.history import Payload

NAN: Final = float("nan")


def number(payload: Payload, key: str) -> float:
    """Return a number, NaN where it is null or missing."""
    value = payload.get(key)
    return NAN if value is None else float(value)


def text(payload: Payload, key: str) -> str | None:
    """Return a text, None where it is null or missing."""
    value = payload.get(key)
    return None if value is None else str(value)


def time_ms(payload: Payload, key: str) -> int | None:
    """Return a time, None where it is null or missing."""
    value: Any = payload.get(key)
    if value is None:
        return None
    return _milliseconds(value) if isinstance(value, str) else round(value.timestamp() * 1000)


def minutes_between(earlier_ms: int | None, later_ms: int | None) -> float:
    """Return the minutes from one time to another, NaN where one is unknown."""
    return NAN if earlier_ms is None or later_ms is None else (later_ms - earlier_ms) / 60_000


@lru_cache(maxsize=4_096)
def _milliseconds(value: str) -> int:
    return round(datetime.fromisoformat(value).timestamp() * 1000)
