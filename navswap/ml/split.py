"""Parts of a history in order of time: a model is tuned, calibrated and judged on later days than it learns from."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from navswap.kit.errors import NavSwapError
from navswap.ml.features import MILLISECOND
from navswap.ml.spec import DAY, Span

SHARES: Final = (0.56, 0.12, 0.14, 0.18)
"""Of the days: to learn, to choose settings, to calibrate, to judge."""
LEAST_DAYS: Final = 6.0


class TooShortHistoryError(NavSwapError):
    """The history holds too few days for the parts of a split."""

    code = "TOO_SHORT_HISTORY"


@dataclass(frozen=True, slots=True)
class Split:
    """Spans of the moments at which is asked; between two lies a gap as long as the longest horizon."""

    train: Span
    validation: Span
    calibration: Span
    test: Span


def split(history: Span, memory: timedelta, gap: timedelta) -> Split:
    """Split a history; its first days, up to a quarter of it, only feed features that look back.

    Raises TooShortHistoryError where less than six days are left beside the gaps.
    """
    length = history.end_ms - history.begin_ms
    warm_up = min(memory // MILLISECOND, length // 4)
    gap_ms = gap // MILLISECOND
    usable = length - warm_up - 4 * gap_ms
    if usable < LEAST_DAYS * (DAY // MILLISECOND):
        raise TooShortHistoryError(
            f"The history has {history.days:.1f} days; {LEAST_DAYS:.0f} are needed beside "
            f"{warm_up * MILLISECOND / DAY:.1f} to look back on and gaps of {gap}. Simulate or archive more."
        )
    spans, begin = [], history.begin_ms + warm_up
    for share in SHARES:
        end = begin + int(usable * share)
        spans.append(Span(begin, end))
        begin = end + gap_ms
    return Split(*spans)
