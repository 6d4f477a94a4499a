"""Watches of fences, begun and ended by the slices that wait for a crossing."""

from collections.abc import Sequence
from datetime import datetime

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.watches import Watch
from navswap.features.geofences.storage import FenceWatches
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.geo import Point


class GeofenceService:
    """Begins and ends watches of fences."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def watch(
        self,
        session: Session,
        *,
        watch_id: str,
        subject_id: str,
        place_id: str,
        centre: Point,
        radius_metres: float,
        until: datetime,
    ) -> None:
        """Have crossings of a fence published from now `until` a time, in the caller's transaction.

        A subject who is inside already arrives with the next points. A watch of the same id starts again.
        """
        fence = Fence(centre, radius_metres)
        watch = Watch(watch_id, subject_id, place_id, fence, since=self._clock.now(), until=until)
        await FenceWatches.put(watch, session)

    async def list_watched_places(self, place_ids: Sequence[str]) -> set[str]:
        """Return those of some places whose fences are watched now."""
        return await FenceWatches.list_places(place_ids, self._clock.now())

    async def move_place(self, place_id: str, centre: Point, session: Session) -> None:
        """Have the fences of a place watched around another point, in the caller's transaction.

        Each watch that has not ended starts again there, with the radius that it has.
        """
        now = self._clock.now()
        for watch in await FenceWatches.list_of_place(place_id, now, session):
            if watch.fence.centre != centre:
                fence = Fence(centre, watch.fence.radius_metres)
                moved = Watch(watch.id, watch.subject_id, place_id, fence, since=now, until=watch.until)
                await FenceWatches.put(moved, session)

    async def unwatch(self, session: Session, watch_id: str) -> None:
        """End a watch in the caller's transaction; one that has ended stays so."""
        await FenceWatches.remove(watch_id, session)
