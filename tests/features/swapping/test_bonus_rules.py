import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.documents import BonusQuote
from navswap.features.swapping.rules import (
    BONUS_STEP_CREDITS,
    EMPTY_SOC_PERCENT,
    LEAST_FREE_PACKS,
    MAX_BONUS_CREDITS,
    bonus_earned,
    quote_bonus,
)

COUNT = st.integers(0, 500)


@pytest.mark.parametrize(
    ("free", "charging", "empty", "bonus"),
    [
        (0, 0, 0, 0),
        (5, 5, 0, 0),
        (6, 4, 0, 400),
        (8, 2, 0, 1200),
        (8, 2, 10, 0),
        (10, 0, 2, 1300),
        (10, 0, 0, 2000),
        (3, 0, 0, 2000),
        (2, 0, 0, 0),
        (3, 9, 0, 0),
    ],
)
def test_a_bonus_follows_the_slots_that_full_packs_keep_idle(
    free: int, charging: int, empty: int, bonus: int
) -> None:
    assert quote_bonus(free, charging, empty).credits == bonus


@given(COUNT, COUNT, COUNT)
def test_a_bonus_is_round_and_within_bounds(free: int, charging: int, empty: int) -> None:
    quote = quote_bonus(free, charging, empty)
    assert 0 <= quote.credits <= MAX_BONUS_CREDITS
    assert quote.credits % BONUS_STEP_CREDITS == 0
    assert quote.credits == 0 or free >= LEAST_FREE_PACKS
    assert (quote.free_packs, quote.charging_packs, quote.empty_slots) == (free, charging, empty)


@given(st.integers(LEAST_FREE_PACKS + 1, 500), COUNT, COUNT)
def test_the_empty_pack_that_a_rider_brings_never_raises_the_bonus(
    free: int, charging: int, empty: int
) -> None:
    assert quote_bonus(free - 1, charging + 1, empty).credits <= quote_bonus(free, charging, empty).credits


@pytest.mark.parametrize(
    ("soc_percent", "earned"),
    [(None, 0), (0.0, 700), (EMPTY_SOC_PERCENT, 700), (EMPTY_SOC_PERCENT + 0.1, 0), (100.0, 0)],
)
def test_only_an_empty_pack_earns_what_was_quoted(soc_percent: float | None, earned: int) -> None:
    quoted = BonusQuote(credits=700, free_packs=8, charging_packs=2, empty_slots=1)
    assert bonus_earned(quoted, soc_percent) == earned
    assert bonus_earned(None, soc_percent) == 0
