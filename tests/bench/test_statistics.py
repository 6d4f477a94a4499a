import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.bench.statistics import Latency, Spread, quantile, ratios

positive = st.floats(min_value=0.001, max_value=1e6)
some = st.lists(positive, min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.99, 7.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0, 5.0], 0.25, 2.0),
        ([10.0, 20.0], 0.99, 19.9),
        (list(range(101)), 0.99, 99.0),
    ],
)
def test_a_quantile_lies_linearly_between_its_neighbours(
    values: Sequence[float], share: float, expected: float
) -> None:
    assert quantile(values, share) == pytest.approx(expected)


@given(some)
def test_half_of_the_values_is_the_median(values: list[float]) -> None:
    assert quantile(values, 0.5) == pytest.approx(statistics.median(values))


@given(some, st.floats(0, 1), st.floats(0, 1))
def test_a_quantile_grows_with_its_share_and_stays_within_the_values(
    values: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert min(values) <= quantile(values, low)
    assert quantile(values, low) <= quantile(values, high) * (1 + 1e-12)
    assert quantile(values, high) <= max(values) * (1 + 1e-12)


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], -0.1), ([1.0], 1.1)])
def test_a_quantile_of_nothing_or_beyond_the_ends_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="quantile"):
        quantile(values, share)


def test_ratios_are_those_of_the_pairs_and_not_of_the_medians() -> None:
    assert ratios([1.0, 20.0, 3.0], [2.0, 10.0, 6.0]) == Spread(median=0.5, least=0.5, greatest=2.0)


def test_rounds_without_a_partner_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratios([1.0, 2.0], [1.0])


@given(some)
def test_equal_sides_have_the_ratio_one(values: list[float]) -> None:
    assert ratios(values, values) == Spread(1.0, 1.0, 1.0)


def test_noise_is_the_range_as_a_share_of_the_median() -> None:
    assert Spread.of([8.0, 10.0, 14.0]).noise == pytest.approx(0.6)
    assert Spread.of([5.0]).noise == 0


def test_latencies_are_told_in_milliseconds() -> None:
    latency = Latency.of([0.001, 0.002, 0.003])
    assert latency.p50_milliseconds == pytest.approx(2.0)
    assert latency.p99_milliseconds == pytest.approx(2.98)
    assert latency.operations == 3
