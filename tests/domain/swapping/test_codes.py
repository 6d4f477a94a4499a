from datetime import timedelta

import pytest

from navswap.features.swapping.domain.codes import code_of, require_station, require_window
from navswap.features.swapping.errors import QrOutsideWindowError, WrongStationError
from tests.domain.swapping.examples import NOON, PLAIN, an_entry

SECOND = timedelta(seconds=1)


def test_the_same_hold_always_has_the_same_code() -> None:
    assert code_of(an_entry()) == code_of(an_entry())


@pytest.mark.parametrize(
    ("offset", "good"),
    [
        (-PLAIN.code_early - SECOND, False),
        (-PLAIN.code_early, True),
        (timedelta(0), True),
        (PLAIN.hold - SECOND, True),
        (PLAIN.hold, False),
    ],
)
def test_a_code_is_good_only_within_its_window(offset: timedelta, good: bool) -> None:
    code = code_of(an_entry())
    if good:
        require_window(code, NOON + offset, PLAIN)
        return
    with pytest.raises(QrOutsideWindowError):
        require_window(code, NOON + offset, PLAIN)


def test_a_code_is_good_at_its_own_station() -> None:
    code = code_of(an_entry())
    require_station(code, "station-1")
    with pytest.raises(WrongStationError):
        require_station(code, "station-2")
