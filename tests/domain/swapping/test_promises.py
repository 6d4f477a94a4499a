import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.domain.parameters import BufferParameters
from navswap.features.swapping.domain.promises import (
    DemandForecast,
    ReadyPacks,
    buffer_matters,
    packs_to_promise,
    require_promise,
    walk_in_buffer,
)
from navswap.features.swapping.errors import NoChargedPackError
from navswap.kit.forecasts import Source
from navswap.kit.poisson import poisson_quantile

PLAIN = BufferParameters()
counts = st.integers(0, 60)
demands = st.floats(0, 50)


def expected(swaps: float) -> DemandForecast:
    return DemandForecast(swaps, Source.BASELINE)


def buffer_of(swaps: float, charged: int, soon: int, held: int = 0) -> int:
    return walk_in_buffer(expected(swaps), ReadyPacks(charged, held, soon), PLAIN)


@pytest.mark.parametrize(
    ("mean", "probability", "expected"),
    [(0, 0.9, 0), (0.1, 0.9, 0), (1, 0.5, 1), (1, 0.9, 2), (4, 0.9, 7), (10, 0.9, 14), (100, 0.9, 113)],
)
def test_the_poisson_quantile_agrees_with_published_tables(
    mean: float, probability: float, expected: int
) -> None:
    assert poisson_quantile(mean, probability) == expected


@pytest.mark.parametrize(("mean", "probability"), [(-1, 0.5), (1, 0), (1, 1)])
def test_an_impossible_quantile_is_an_error(mean: float, probability: float) -> None:
    with pytest.raises(ValueError, match="mean"):
        poisson_quantile(mean, probability)


@pytest.mark.parametrize(
    ("swaps", "charged", "ready_soon", "buffer"),
    [
        (0, 10, 0, 0),  # no walk-in is expected: every pack may be promised
        (0.6, 10, 0, 0),  # likelier than not, none comes
        (1, 10, 0, 1),  # likelier than not, one comes and takes it
        (4, 10, 0, 4),
        (4, 10, 3, 1),  # three packs charge up in time
        (8, 10, 0, 5),  # never more than half
        (4, 1, 0, 0),  # the last pack may always be promised
        (4, 0, 0, 0),
    ],
)
def test_the_buffer_follows_the_forecast(swaps: float, charged: int, ready_soon: int, buffer: int) -> None:
    assert buffer_of(swaps, charged, ready_soon) == buffer


@given(demands, demands, counts, counts)
def test_more_expected_walk_ins_never_shrink_the_buffer(
    first: float, second: float, charged: int, soon: int
) -> None:
    less, more = sorted((first, second))
    assert buffer_of(less, charged, soon) <= buffer_of(more, charged, soon)


@given(demands, counts, counts, counts)
def test_what_may_be_promised_is_never_more_than_what_is_free(
    swaps: float, charged: int, held: int, soon: int
) -> None:
    packs = ReadyPacks(charged, held, soon)
    assert 0 <= packs_to_promise(packs, buffer_of(swaps, charged, soon, held)) <= max(0, charged - held)


@given(demands, counts, counts, counts, st.integers(1, 4))
def test_where_the_buffer_does_not_matter_no_forecast_changes_the_answer(
    swaps: float, charged: int, held: int, soon: int, wanted: int
) -> None:
    packs = ReadyPacks(charged, held, soon)
    if not buffer_matters(packs, wanted, PLAIN):
        buffered = packs_to_promise(packs, buffer_of(swaps, charged, soon, held)) >= wanted
        assert buffered is (packs_to_promise(packs, 0) >= wanted)


@pytest.mark.parametrize(
    ("charged", "held", "buffer", "wanted", "ready"),
    [(0, 0, 0, 1, 0), (3, 3, 0, 1, 0), (3, 1, 2, 1, 0), (3, 2, 0, 2, 1), (4, 1, 1, 3, 2)],
)
def test_too_few_ready_packs_are_refused_all_or_none_and_the_refusal_says_how_many_there_are(
    charged: int, held: int, buffer: int, wanted: int, ready: int
) -> None:
    packs = ReadyPacks(charged, held)
    with pytest.raises(NoChargedPackError) as refusal:
        require_promise(packs, wanted, buffer)
    assert (refusal.value.ready, refusal.value.wanted) == (ready, wanted)
    if ready:
        require_promise(packs, ready, buffer)
        assert f"{ready} of the {wanted}" in refusal.value.message
