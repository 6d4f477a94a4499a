import pytest

from navswap.kit.errors import InvalidInputError
from navswap.kit.time_zones import is_time_zone, require_time_zone


@pytest.mark.parametrize("name", ["Asia/Calcutta", "Europe/Kyiv", "US/Eastern", "UTC"])
def test_names_of_places_old_ones_too_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    ["localtime", "America/Coyhaique", "posix/UTC", "Factory", "UTC+5:30", "", "asia/kolkata", "../etc"],
)
def test_what_not_every_part_can_use_is_none(name: str) -> None:
    assert not is_time_zone(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("asia/calcutta", "write it Asia/Calcutta"),
        (" UTC", "write it UTC"),
        ("ASIA/KOLKATA", "write it Asia/Kolkata"),
        ("+05:30", "summer time"),
        ("UTC+5", "summer time"),
        ("GMT -3", "summer time"),
        ("Z", "summer time"),
        ("PST", "such as Asia/Kolkata"),
        ("India Standard Time", "such as Asia/Kolkata"),
    ],
)
def test_the_refusal_of_a_name_says_which_one_may_be_meant(name: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        require_time_zone(name, "span.time_zone")
    assert refused.value.field == "span.timeZone"
    assert said in refused.value.message


def test_the_refusal_of_a_long_name_is_short() -> None:
    with pytest.raises(InvalidInputError) as refused:
        require_time_zone("x" * 1000)
    assert len(refused.value.message) < 200
