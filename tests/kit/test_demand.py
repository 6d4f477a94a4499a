"""What is believed of stations that were not observed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.kit.demand import PRIORS, SiteKind, SwapPrior

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
KINDS = st.sampled_from(sorted(PRIORS))


def by_hour(prior: SwapPrior, slots: int, time_zone: str = "UTC") -> list[float]:
    return [prior.expected_swaps(slots, MIDNIGHT + hour * HOUR, HOUR, time_zone) for hour in range(24)]


@pytest.mark.parametrize(
    ("kind", "slots", "a_day", "busiest"),
    [
        (SiteKind.URBAN, 30, 117.0, 117 * 0.063),
        (SiteKind.URBAN, 10, 39.0, 39 * 0.063),
        (SiteKind.HIGHWAY, 30, 36.0, 36 * 0.070),
        (SiteKind.URBAN, 0, 0.0, 0.0),
    ],
)
def test_a_day_and_its_busiest_hour_are_those_that_are_given(
    kind: SiteKind, slots: int, a_day: float, busiest: float
) -> None:
    hours = by_hour(PRIORS[kind], slots)
    assert sum(hours) == pytest.approx(a_day)
    assert max(hours) == hours[18] == pytest.approx(busiest)
    assert min(hours) == hours[6] >= 0


def test_the_hour_is_that_of_the_place() -> None:
    hours = by_hour(PRIORS[SiteKind.URBAN], 30, "Asia/Taipei")
    assert hours.index(max(hours)) == 10, "18:00 in Taipei"


@given(kind=KINDS, start=st.integers(0, 1_439), minutes=st.integers(1, 2_880), cut=st.floats(0, 1))
def test_the_parts_of_a_span_are_the_span(kind: SiteKind, start: int, minutes: int, cut: float) -> None:
    begin, span = MIDNIGHT + timedelta(minutes=start), timedelta(minutes=minutes)
    first = timedelta(seconds=int(span.total_seconds() * cut))
    expected = PRIORS[kind].expected_swaps
    parts = expected(12, begin, first, "UTC") + expected(12, begin + first, span - first, "UTC")
    assert parts == pytest.approx(expected(12, begin, span, "UTC"))
    assert parts > 0


@pytest.mark.parametrize("share", [0.04, 0.09])
def test_a_busiest_hour_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="busiest hour"):
        SwapPrior(100.0, share)
