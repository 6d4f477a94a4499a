"""Which names are time zones: judged once, by what every part of NavSwap can use."""

from functools import cache
from zoneinfo import available_timezones

NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""What Python lists beside zones of places: the zone of this machine, and none at all. MongoDB knows neither."""

TOO_NEW = frozenset({"America/Ciudad_Juarez", "America/Coyhaique"})
"""Zones that are younger than the time zones in MongoDB 6, which counts the hours and days of statistics."""


def is_time_zone(name: str) -> bool:
    """Return whether there is a time zone with this IANA name."""
    return name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    """Return the names of all time zones; finding them walks a folder of 600 files, and each station names one."""
    return frozenset(available_timezones() - NO_PLACES - TOO_NEW)
