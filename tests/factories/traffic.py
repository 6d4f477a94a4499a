"""Traffic that tests need: drives through one cell, and a map made of them."""

from collections.abc import Iterable
from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.traffic.service import TrafficServices
from navswap.features.traffic.service.probes import ProbeCounter
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import PLACE, a_drive
from tests.support.geo import destination


def as_logged(points: Iterable[GpsPoint], role: Role = Role.CONSUMER) -> list[tuple[GpsPoint, Role]]:
    """Return points as the worker hands them on once they are logged."""
    return [(point, role) for point in points]


async def vehicles_drive(
    runtime: Runtime, kmh: float, *, vehicles: int = 10, place: Point = PLACE, seconds: int = 60
) -> None:
    """Let some vehicles drive round a place until now, and bring the map up to date.

    They tell their speed and stay within 300 m, so that all their probes fall around the place.
    """
    start = runtime.clock.now() - timedelta(seconds=seconds)
    keeper = ProbeCounter()
    for _ in range(vehicles):
        rider, points = new_id(), []
        for place_in_time, point in enumerate(a_drive(kmh, seconds=seconds, start=start, with_speed=True)):
            here = destination(place, 90.0 * place_in_time, 60.0)
            points.append(GpsPoint(rider, here, point.recorded_at, None, point.speed_metres_per_second))
        await keeper.count(as_logged(points))
    await TrafficServices.of(runtime).map_updater.refresh()
