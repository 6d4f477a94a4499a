"""GPS points that tests need; pure."""

from datetime import UTC, datetime, timedelta

from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from tests.support.geo import destination

PLACE = Point(136.9, 35.17)
"""Far from the stations of other tests, so that their maps stay empty of ours."""
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""The time at which the clock of a test stands at first."""


def a_fix(
    seconds: float = 0.0,
    *,
    metres: float = 0.0,
    subject_id: str = "rider",
    accuracy_metres: float | None = None,
    start: datetime = START,
) -> GpsPoint:
    """Return a point so many metres east of the place, recorded so many seconds after the start."""
    return GpsPoint(
        subject_id=subject_id,
        point=destination(PLACE, 90.0, metres),
        recorded_at=start + timedelta(seconds=seconds),
        accuracy_metres=accuracy_metres,
    )


def a_walk(*steps: tuple[float, float], subject_id: str = "rider", start: datetime = START) -> list[GpsPoint]:
    """Return points given as (seconds after the start, metres from the place)."""
    return [a_fix(seconds, metres=metres, subject_id=subject_id, start=start) for seconds, metres in steps]


def a_drive(
    kmh: float,
    *,
    seconds: int = 60,
    every: int = 10,
    subject_id: str = "rider",
    place: Point = PLACE,
    start: datetime = START,
    with_speed: bool = False,
) -> list[GpsPoint]:
    """Return the points of a steady drive to the east from a place, with the receiver's speed if it reports one."""
    return [
        GpsPoint(
            subject_id,
            destination(place, 90.0, kmh / 3.6 * second),
            start + timedelta(seconds=second),
            speed_metres_per_second=kmh / 3.6 if with_speed else None,
        )
        for second in range(0, seconds + 1, every)
    ]
