"""Whether a rider is at a station."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.errors import RiderNotAtStationError
from navswap.kit.geo import Point, distance_metres
from navswap.kit.presence import Absence, find_absence, is_recent
from navswap.kit.presence import Fix as Position

__all__ = [
    "Position",
    "Presence",
    "expected_from",
    "is_present",
    "metres_from",
    "presence_of",
    "require_presence",
]


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a rider is seen at a station, by the newest position, and what is missing of it.

    `rejection` says why the newest point of the rider's last report did not count; None where it did.
    """

    latest: Position | None
    metres: float | None
    absence: Absence | None
    rejection: str | None


def presence_of(
    latest: Position | None,
    rejection: str | None,
    station: Point,
    now: datetime,
    parameters: SwappingParameters,
) -> Presence:
    """Return whether a rider is seen at a station."""
    metres = None if latest is None else distance_metres(latest.point, station)
    return Presence(latest, metres, find_absence(latest, station, now, parameters.proof), rejection)


def is_present(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> bool:
    """Return whether the newest position of a rider is recent and within the fence of a station; None is no position."""
    return find_absence(latest, station, now, parameters.proof) is None


def require_presence(
    latest: Position | None, station: Point, now: datetime, parameters: SwappingParameters
) -> None:
    """Raise RiderNotAtStationError unless the newest position of a rider proves presence at a station."""
    if (absence := find_absence(latest, station, now, parameters.proof)) is not None:
        raise RiderNotAtStationError(absence)


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
