"""Bounds on a log: what an outage would say hundreds of times a second is said some times, then counted."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

BURST = 20
"""Records of one kind that are written in one window."""
WINDOW_SECONDS = 30.0
MOST_KINDS = 1_000


@dataclass(slots=True)
class _Kind:
    since: float
    written: int = 0
    suppressed: int = 0


class LogBounds:
    """Decides whether a record is written; one per process, shared by all its loggers."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kinds: dict[str, _Kind] = {}

    def admit(self, kind: str) -> int | None:
        """Return how many of a kind were left out since the last one that was written; None to leave this one out."""
        now = self._monotonic()
        known = self._kinds.get(kind)
        if known is None:
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            known = self._kinds[kind] = _Kind(now)
        left_out = 0
        if now - known.since >= WINDOW_SECONDS:
            left_out = known.suppressed
            known.since, known.written, known.suppressed = now, 0, 0
        if known.written >= BURST:
            known.suppressed += 1
            return None
        known.written += 1
        return left_out


class BoundWarnings:
    """A structlog processor that bounds warnings; errors are bugs, each with an id that an operator may be asked about."""

    def __init__(self, bounds: LogBounds) -> None:
        self._bounds = bounds

    def __call__(
        self, _logger: structlog.typing.WrappedLogger, level: str, fields: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """Drop a warning beyond the bound; the next one that is written says how many were left out."""
        if level != "warning":
            return fields
        left_out = self._bounds.admit(str(fields.get("event")))
        if left_out is None:
            raise structlog.DropEvent
        return {**fields, "left_out": left_out} if left_out else fields


class BoundRecords(logging.Filter):
    """A filter for the loggers of libraries, which report one outage at any level again and again."""

    def __init__(self, bounds: LogBounds) -> None:
        super().__init__()
        self._bounds = bounds

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave out a record beyond the bound of its logger and format."""
        left_out = self._bounds.admit(f"{record.name}: {record.msg}")
        if left_out:
            record.msg = f"{record.msg} ({left_out} more were left out)"
        return left_out is not None
