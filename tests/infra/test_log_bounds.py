"""An outage does not fill the disk with its log."""

import logging

import pytest
import structlog

from navswap.infra.log_bounds import BURST, WINDOW_SECONDS, BoundRecords, BoundWarnings, LogBounds


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def written(process: BoundWarnings, level: str, event: str) -> structlog.typing.EventDict | None:
    try:
        return process(None, level, {"event": event})
    except structlog.DropEvent:
        return None


def test_a_warning_that_repeats_is_written_some_times_then_counted() -> None:
    watch = Stopwatch()
    process = BoundWarnings(LogBounds(watch))
    first = [written(process, "warning", "consumer_waits") for _ in range(BURST + 80)]
    assert sum(entry is not None for entry in first) == BURST
    assert written(process, "warning", "another") == {"event": "another"}
    watch.seconds += WINDOW_SECONDS
    assert written(process, "warning", "consumer_waits") == {"event": "consumer_waits", "left_out": 80}
    assert written(process, "warning", "consumer_waits") == {"event": "consumer_waits"}


@pytest.mark.parametrize("level", ["error", "critical", "info", "debug"])
def test_bugs_and_ordinary_lines_are_all_written(level: str) -> None:
    process = BoundWarnings(LogBounds(Stopwatch()))
    assert all(written(process, level, "bug") for _ in range(BURST * 3))


def test_a_library_that_repeats_itself_is_bounded_whatever_it_names() -> None:
    watch = Stopwatch()
    bound = BoundRecords(LogBounds(watch))

    def record(node: int) -> logging.LogRecord:
        return logging.LogRecord(
            "aiokafka", logging.ERROR, "", 1, "Unable to connect to node %s", (node,), None
        )

    assert [bound.filter(record(node)) for node in range(BURST + 5)] == [True] * BURST + [False] * 5
    watch.seconds += WINDOW_SECONDS
    later = record(1)
    assert bound.filter(later)
    assert later.getMessage() == "Unable to connect to node 1 (5 more were left out)"
