import pytest

from navswap.kit.time_zones import is_time_zone


@pytest.mark.parametrize("name", ["Asia/Calcutta", "Europe/Kyiv", "US/Eastern", "UTC"])
def test_names_of_places_old_ones_too_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize(
    "name",
    ["localtime", "America/Coyhaique", "posix/UTC", "Factory", "UTC+5:30", "", "asia/kolkata", "../etc"],
)
def test_what_not_every_part_can_use_is_none(name: str) -> None:
    assert not is_time_zone(name)
