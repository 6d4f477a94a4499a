"""The steps of a swap, as the services do them."""

from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.kit.ids import new_id
from navswap.runtime import Runtime


def principal(user_id: str, role: Role, now: datetime) -> Principal:
    return Principal(user_id, role, new_id(), now + timedelta(minutes=10))


async def stand_at(runtime: Runtime, rider_id: str, point: Point) -> None:
    """Report one position of a rider, now."""
    now = runtime.clock.now()
    report = await PositionsServices.of(runtime).positions.report(
        principal(rider_id, Role.CONSUMER, now),
        [GpsPoint(subject_id=rider_id, point=point, recorded_at=now, accuracy_metres=8.0)],
    )
    assert report.accepted == 1


async def confirm(
    runtime: Runtime, rider_id: str, station: Station, idempotency_key: str | None = None
) -> QueueEntry:
    return await SwappingServices.of(runtime).confirmations.confirm(
        rider_id, station.id, idempotency_key or new_id()
    )


async def verify(
    runtime: Runtime, entry: QueueEntry, station: Station, *, idempotency_key: str | None = None
) -> QueueEntry:
    """Bring the rider to the station and scan the code."""
    await stand_at(runtime, entry.rider_id, station.information.point)
    scans = SwappingServices.of(runtime).scans
    return await scans.verify(scans.qr_token(entry), station.id, "staff-1", idempotency_key)
