"""Visits worked out from all points at once, in another way than the fences do it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from navswap.kit.geo import Point, distance_metres
from navswap.kit.gps import GpsPoint


class Visit(NamedTuple):
    first: datetime
    last: datetime


def visits_of(points: Iterable[GpsPoint], centre: Point, *, enter: float, leave: float) -> list[Visit]:
    """Cut the points, by time, where all lie beyond `leave` for a minute; what is left is a visit if its inside
    points span twenty seconds."""
    by_time = sorted({point.recorded_at: distance_metres(centre, point.point) for point in points}.items())
    visits, inside = [], list[datetime]()
    for is_outside, run in groupby(by_time, key=lambda one: one[1] > leave):
        moments = list(run)
        if not is_outside:
            inside += [moment for moment, distance in moments if distance <= enter]
        elif moments[-1][0] - moments[0][0] >= timedelta(seconds=60):
            visits += _visit(inside)
            inside = []
    return visits + _visit(inside)


def _visit(inside: Sequence[datetime]) -> list[Visit]:
    if inside and inside[-1] - inside[0] >= timedelta(seconds=20):
        return [Visit(inside[0], inside[-1])]
    return []
