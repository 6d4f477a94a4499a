"""Whether a rider is at a station."""

from datetime import datetime, timedelta

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.kit.geo import Point, distance_metres
from navswap.kit.presence import Fix as Position
from navswap.kit.presence import absence, is_recent

__all__ = ["Position", "expected_from", "is_present"]


def is_present(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> bool:
    """Return whether the newest position of a rider is recent and within the fence of a station; None is no position."""
    return absence(latest, station, now, parameters.proof) is None


def expected_from(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> datetime | None:
    """Return when a rider who sets off now is expected at a station, on free roads; None without a recent position."""
    metres = metres_from(latest, station, now, parameters)
    return None if metres is None else now + timedelta(minutes=parameters.roads.ride_minutes(metres))


def metres_from(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> float | None:
    """Return how far a rider is from a station, straight; None without a recent position."""
    if latest is None or not is_recent(latest, now, parameters.proof):
        return None
    return distance_metres(latest.point, station)
