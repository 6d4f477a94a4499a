"""What the tests of geofences do: watch a fence, and read what was published of it."""

from datetime import timedelta

from navswap.events.outbox import OutboxEvent
from navswap.features.geofences.service import GeofenceService, GeofencesServices
from navswap.infra.mongo import Session
from navswap.kit.geo import Point
from navswap.runtime import Runtime
from tests.factories.gps import PLACE

MINUTE = timedelta(minutes=1)


def geofences_of(runtime: Runtime) -> GeofenceService:
    return GeofencesServices.of(runtime).geofences


async def watch(
    runtime: Runtime, watch_id: str, subject_id: str, *, centre: Point = PLACE, minutes: float = 60.0
) -> None:
    """Have a fence of 500 m watched from now on."""

    async def work(session: Session) -> None:
        await geofences_of(runtime).watch(
            session,
            watch_id=watch_id,
            subject_id=subject_id,
            place_id="station",
            centre=centre,
            radius_metres=500.0,
            until=runtime.clock.now() + minutes * MINUTE,
        )

    await runtime.mongo.in_transaction(work)


async def published(watch_id: str) -> list[str]:
    """Return the types of the events of a watch, in order."""
    events = await OutboxEvent.find({"envelope.payload.watch_id": watch_id}).sort("position").to_list()
    return [event.envelope["type"] for event in events]
