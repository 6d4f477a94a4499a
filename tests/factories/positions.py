"""Positions that tests need."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.positions.events import PositionBatch
from navswap.kit.geo import Point, destination
from navswap.kit.gps import GpsPoint

PLACE = Point(136.9, 35.17)
"""Far from the stations of other tests, so that their maps stay empty of ours."""
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""The moment at which the clock of a test stands at first."""


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


def a_principal(user_id: str, role: Role = Role.CONSUMER) -> Principal:
    """Return somebody who is signed in for a year."""
    return Principal(user_id, role, f"session-of-{user_id}", START + timedelta(days=365))


def a_message(points: Sequence[GpsPoint], role: Role = Role.CONSUMER, received_at: datetime = START) -> bytes:
    """Return points of one subject as Kafka carries them."""
    return PositionBatch.of(points, role, received_at).to_bytes()
