"""How much of a day a trail shows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.features.positions.domain.trails import slot_milliseconds, trail_slot
from navswap.kit.errors import InvalidInputError
from tests.factories.gps import START


@given(st.integers(1, 86_400_000), st.integers(1, 2_000))
def test_a_trail_has_at_most_the_slots_that_were_asked_for(milliseconds: int, most: int) -> None:
    slot = slot_milliseconds(timedelta(milliseconds=milliseconds), most)
    assert -(-milliseconds // slot) <= most


@pytest.mark.parametrize(
    ("minutes", "max_points", "field"),
    [
        (0, 500, "until"),
        (-5, 500, "until"),
        (24 * 60 + 1, 500, "until"),
        (10, 0, "maxPoints"),
        (10, 2_001, "maxPoints"),
    ],
)
def test_a_trail_out_of_bounds_is_refused(minutes: int, max_points: int, field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        trail_slot(START, START + timedelta(minutes=minutes), max_points)
    assert refused.value.field == field
