from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.network.domain.statistics import (
    MOST_ROWS,
    merged,
    quantile,
    require_span,
    start_of_day,
    time_zone,
)
from navswap.kit.errors import InvalidInputError

START = datetime(2026, 3, 1, tzinfo=UTC)

values = st.lists(st.integers(0, 240), min_size=1)


@given(values, st.floats(0.01, 1.0))
def test_the_quantile_of_a_histogram_is_that_of_its_values(counted: list[int], probability: float) -> None:
    found = quantile(Counter(counted), probability)
    assert found in counted
    assert found is not None
    assert sum(value <= found for value in counted) >= probability * len(counted)
    assert sum(value < found for value in counted) < probability * len(counted)


def test_nothing_counted_has_no_quantile() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({3: 0}, 0.5) is None


@given(st.lists(values))
def test_merged_histograms_count_everything(parts: list[list[int]]) -> None:
    assert merged(Counter(part) for part in parts) == Counter(value for part in parts for value in part)


HOURLY = (timedelta(hours=1), timedelta(days=31))
DAILY = (timedelta(days=1), timedelta(days=366))


@pytest.mark.parametrize(
    ("days", "length", "groups", "words"),
    [
        (0, DAILY, 1, "before `until`"),
        (366, DAILY, 1, None),
        (367, DAILY, 1, "at most 366 days"),
        (31, HOURLY, 1, None),
        (32, HOURLY, 1, "at most 31 days"),
        (31, HOURLY, 13, None),
        (31, HOURLY, 14, f"at most {MOST_ROWS}"),
    ],
)
def test_statistics_are_bounded(
    days: int, length: tuple[timedelta, timedelta], groups: int, words: str | None
) -> None:
    bucket, longest = length
    until = START + timedelta(days=days)
    if words is None:
        require_span(START, until, bucket=bucket, longest=longest, groups=groups)
        return
    with pytest.raises(InvalidInputError, match=words) as refused:
        require_span(START, until, bucket=bucket, longest=longest, groups=groups)
    assert refused.value.field == "span"


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", ""])
def test_a_time_zone_has_an_iana_name(name: str) -> None:
    with pytest.raises(InvalidInputError, match="no time zone") as refused:
        time_zone(name, "span.time_zone")
    assert refused.value.field == "span.timeZone"
    assert time_zone("Asia/Kolkata", "time_zone") == ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("zone", "began"),
    [
        ("UTC", datetime(2026, 3, 1, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 2, 28, 18, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 2, 28, 5, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_local_midnight(zone: str, began: datetime) -> None:
    assert start_of_day(START, ZoneInfo(zone)) == began
