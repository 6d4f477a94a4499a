"""Advances the watched fences along with the points, and publishes the crossings that are certain.

A watch is stored as a checkpoint, written with each crossing and else only now and then; the points since then
are in the GPS log. This process remembers how far ahead of its checkpoint each watch is. What it does not
remember, or another process has written meanwhile, it works out again from the checkpoint and the log: any worker
can go on where another stopped.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from navswap.events.outbox import Outbox
from navswap.features.geofences.domain.visits import VisitState
from navswap.features.geofences.domain.watches import Progress, Watch, follow, save
from navswap.features.geofences.storage import FenceWatches
from navswap.features.positions.reading import PointLog
from navswap.infra import telemetry
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.gps import GpsPoint

log = structlog.get_logger(__name__)

WATCHES_REMEMBERED = 50_000
"""Watches whose present state is remembered; those that were quiet longest are forgotten first."""


class VisitTracker:
    """Advances watches by points that are in the log; the same points again change and publish nothing."""

    def __init__(self, mongo: Mongo, clock: Clock, outbox: Outbox, point_log: PointLog) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._point_log = point_log
        self._ahead: OrderedDict[str, tuple[int, VisitState]] = OrderedDict()

    async def advance(
        self, points: Mapping[str, Sequence[GpsPoint]], correlation_ids: Mapping[str, str]
    ) -> None:
        """Advance the watches of subjects by new points of theirs; publish the crossings with the checkpoint.

        Each crossing carries the correlation id that is given for its subject.
        """
        oldest = min(point.recorded_at for of_subject in points.values() for point in of_subject)
        watches = await FenceWatches.list_of_subjects(list(points), ending_after=oldest)
        while stale := await self._advance_once(watches, points, correlation_ids):
            log.info("fence_watches_changed_meanwhile", watches=len(stale))
            watches = list((await FenceWatches.find_by_ids(stale)).values())

    async def _advance_once(
        self,
        watches: Sequence[Watch],
        points: Mapping[str, Sequence[GpsPoint]],
        correlation_ids: Mapping[str, str],
    ) -> list[str]:
        """Advance watches as they were read; returns the ids of those that another writer changed meanwhile."""
        stale: list[str] = []
        due: list[Progress] = []
        for progress in await self._follow(watches, points):
            if progress.crossings:
                if await self._publish(progress, correlation_ids[progress.watch.subject_id]):
                    self._remember(progress, progress.watch.revision + 1)
                else:
                    stale.append(progress.watch.id)
            elif progress.is_due:
                due.append(progress)
            else:
                self._remember(progress, progress.watch.revision)
        if due and not await FenceWatches.save_all([save(progress) for progress in due]):
            # One of them was stale and nothing says which: all are read again, and those written come out unchanged.
            return stale + [progress.watch.id for progress in due]
        for progress in due:
            self._remember(progress, progress.watch.revision + 1)
        return stale

    async def _follow(
        self, watches: Sequence[Watch], points: Mapping[str, Sequence[GpsPoint]]
    ) -> list[Progress]:
        """Work out how the points move the watches, from the log where the present state is not remembered."""
        present = {watch.id: self._present(watch) for watch in watches}
        starts: dict[str, datetime] = {}
        for watch in watches:
            if present[watch.id] is None:
                start = starts.get(watch.subject_id, watch.unsettled_since)
                starts[watch.subject_id] = min(start, watch.unsettled_since)
        logged = await self._point_log.list_since(starts)
        return [
            follow(
                watch,
                present[watch.id] or VisitState(watch.checkpoint),
                [*logged.get(watch.subject_id, ()), *points[watch.subject_id]],
            )
            for watch in watches
        ]

    def _present(self, watch: Watch) -> VisitState | None:
        """Return the remembered state of a watch that no other process has written since."""
        revision, state = self._ahead.get(watch.id, (None, None))
        return state if revision == watch.revision else None

    def _remember(self, progress: Progress, revision: int) -> None:
        self._ahead[progress.watch.id] = (revision, progress.state)
        self._ahead.move_to_end(progress.watch.id)
        if len(self._ahead) > WATCHES_REMEMBERED:
            self._ahead.popitem(last=False)

    async def _publish(self, progress: Progress, correlation_id: str) -> bool:
        """Store the checkpoint and publish the crossings in one transaction; False if the watch was changed."""
        checkpoint = save(progress)

        async def work(session: Session) -> bool:
            if not await FenceWatches.save(checkpoint, session):
                return False
            await self._outbox.publish(session, self._clock.now(), *checkpoint.facts)
            return True

        with telemetry.correlated(correlation_id):
            return await self._mongo.in_transaction(work)
