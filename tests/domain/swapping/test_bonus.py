import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.swapping.domain.bonus import bonus_earned, quote_bonus
from navswap.features.swapping.domain.parameters import BonusParameters
from navswap.features.swapping.domain.values import BonusQuote

PLAIN = BonusParameters()
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
    assert quote_bonus(free, charging, empty, PLAIN).credits == bonus


@given(COUNT, COUNT, COUNT)
def test_a_bonus_is_round_and_within_bounds(free: int, charging: int, empty: int) -> None:
    quote = quote_bonus(free, charging, empty, PLAIN)
    assert 0 <= quote.credits <= PLAIN.most_credits
    assert quote.credits % PLAIN.step_credits == 0
    assert quote.credits == 0 or free >= PLAIN.least_free_packs
    assert (quote.free_packs, quote.charging_packs, quote.empty_slots) == (free, charging, empty)


@given(st.integers(PLAIN.least_free_packs + 1, 500), COUNT, COUNT)
def test_the_empty_pack_that_a_rider_brings_never_raises_the_bonus(
    free: int, charging: int, empty: int
) -> None:
    assert (
        quote_bonus(free - 1, charging + 1, empty, PLAIN).credits
        <= quote_bonus(free, charging, empty, PLAIN).credits
    )


@pytest.mark.parametrize(
    ("soc_percents", "earned"),
    [
        ([], 0),
        ([0.0], 700),
        ([PLAIN.empty_soc_percent], 700),
        ([PLAIN.empty_soc_percent + 0.1], 0),
        ([100.0], 0),
        ([10.0, 90.0], 700),
        ([10.0, 20.0], 1400),
    ],
)
def test_each_empty_pack_earns_what_was_quoted_and_a_full_one_nothing(
    soc_percents: list[float], earned: int
) -> None:
    quoted = BonusQuote(credits=700, free_packs=8, charging_packs=2, empty_slots=1)
    assert bonus_earned(quoted, soc_percents, PLAIN) == earned
    assert bonus_earned(None, soc_percents, PLAIN) == 0
