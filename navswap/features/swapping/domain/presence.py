"""Whether a rider is at a station."""

from datetime import datetime, timedelta
from typing import Protocol

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.kit.geo import Point, distance_metres


class Position(Protocol):
    """Where a rider was, and when."""

    @property
    def point(self) -> Point:
        """Return where."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """Return when."""
        ...


def is_present(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> bool:
    """Return whether the newest position of a rider is recent and within the fence of a station; None is no position."""
    if latest is None or latest.recorded_at < now - parameters.position_age:
        return False
    return distance_metres(latest.point, station) <= parameters.fence_metres


def expected_from(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> datetime | None:
    """Return when a rider who sets off now is expected at a station, on free roads; None without a recent position."""
    if latest is None or latest.recorded_at < now - parameters.position_age:
        return None
    ride = parameters.roads.ride_minutes(distance_metres(latest.point, station))
    return now + timedelta(minutes=ride)
