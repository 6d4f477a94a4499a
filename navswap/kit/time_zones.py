"""Which names are time zones: judged once, by what every part of NavSwap can use."""

import re
from functools import cache
from zoneinfo import available_timezones

from navswap.kit.errors import InvalidInputError

NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""What Python lists beside zones of places: the zone of this machine, and none at all. MongoDB knows neither."""

TOO_NEW = frozenset({"America/Ciudad_Juarez", "America/Coyhaique"})
"""Zones that are younger than the time zones in MongoDB 6, which counts the hours and days of statistics."""

_OFFSET = re.compile(r"(utc|gmt|z)?\s*[+-]\s*\d{1,2}(:?\d{2})?|z")


def is_time_zone(name: str) -> bool:
    """Return whether there is a time zone with this IANA name."""
    return name in _time_zones()


def require_time_zone(name: str, field: str = "time_zone") -> None:
    """Raise InvalidInputError for `field` unless there is a time zone with this name, and say which one may be meant."""
    if not is_time_zone(name):
        raise InvalidInputError(field, f"{name[:60]!r} is no time zone; {_meant(name)}.")


def _meant(name: str) -> str:
    """Return what to give in place of a name that is no time zone."""
    plain = name.strip().lower()
    alike = next((zone for zone in sorted(_time_zones()) if zone.lower() == plain), None)
    if alike is not None:
        return f"write it {alike}"
    if _OFFSET.fullmatch(plain):
        return "an offset says nothing of summer time: give the IANA name of a place, such as Asia/Kolkata"
    return "give an IANA name such as Asia/Kolkata"


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of all time zones; finding them walks a folder of 600 files, and each station names one."""
    return frozenset(available_timezones() - NO_PLACES - TOO_NEW)
