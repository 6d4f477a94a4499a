"""Advances the watched fences along with the points, and publishes the crossings that are certain.

A watch is stored as a checkpoint, written with each crossing and else only now and then; the points since then
are in the GPS log. This process remembers how far ahead of its checkpoint each watch is. What it does not
remember, or another process has written meanwhile, it works out again from the checkpoint and the log: any worker
can go on where another stopped. So of the watches at hand only the versions are read, and those that are new here.
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
from navswap.kit.origin import Origin

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
        self._ahead: OrderedDict[str, tuple[Watch, VisitState]] = OrderedDict()

    async def advance(self, points: Mapping[str, Sequence[GpsPoint]], origins: Mapping[str, Origin]) -> None:
        """Advance the watches of subjects by new points of theirs; publish the crossings with the checkpoint.

        Each crossing carries the origin that is given for its subject.
        """
        oldest = min(point.recorded_at for of_subject in points.values() for point in of_subject)
        watches = await self._list_watches(list(points), ending_after=oldest)
        while stale := await self._advance_once(watches, points, origins):
            log.info("fence_watches_changed_meanwhile", watches=len(stale))
            watches = list((await FenceWatches.find_by_ids(stale)).values())

    async def _advance_once(
        self,
        watches: Sequence[Watch],
        points: Mapping[str, Sequence[GpsPoint]],
        origins: Mapping[str, Origin],
    ) -> list[str]:
        """Advance watches as they were read; returns the ids of those that another writer changed meanwhile."""
        stale: list[str] = []
        due: list[Progress] = []
        for progress in await self._follow(watches, points):
            if progress.crossings:
                written = await self._publish(progress, origins[progress.watch.subject_id])
                if written is not None:
                    self._remember(written, progress.state)
                else:
                    stale.append(progress.watch.id)
            elif progress.is_due:
                due.append(progress)
            else:
                self._remember(progress.watch, progress.state)
        saves = [save(progress) for progress in due]
        if due and not await FenceWatches.save_all(saves):
            # One of them was stale and nothing says which: all are read again, and those written come out unchanged.
            return stale + [progress.watch.id for progress in due]
        for progress, saved in zip(due, saves, strict=True):
            self._remember(saved.after, progress.state)
        return stale

    async def _list_watches(self, subject_ids: Sequence[str], ending_after: datetime) -> list[Watch]:
        """Return the watches of some subjects that had not ended at a time; those that are remembered are not read again."""
        versions = await FenceWatches.list_versions(subject_ids, ending_after)
        watches: list[Watch] = []
        for watch_id, version in versions.items():
            if watch_id in self._ahead:
                watch, _ = self._ahead[watch_id]
                if (watch.revision, watch.since) == version:
                    watches.append(watch)
        remembered = {watch.id for watch in watches}
        others = [watch_id for watch_id in versions if watch_id not in remembered]
        return [*watches, *(await FenceWatches.find_by_ids(others)).values()] if others else watches

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
        if watch.id not in self._ahead:
            return None
        known, state = self._ahead[watch.id]
        return state if (known.revision, known.since) == (watch.revision, watch.since) else None

    def _remember(self, watch: Watch, state: VisitState) -> None:
        self._ahead[watch.id] = (watch, state)
        self._ahead.move_to_end(watch.id)
        if len(self._ahead) > WATCHES_REMEMBERED:
            self._ahead.popitem(last=False)

    async def _publish(self, progress: Progress, origin: Origin) -> Watch | None:
        """Store the checkpoint and publish the crossings in one transaction; returns the watch, None if it was changed."""
        checkpoint = save(progress)

        async def work(session: Session) -> Watch | None:
            if not await FenceWatches.save(checkpoint, session):
                return None
            await self._outbox.publish(session, self._clock.now(), *checkpoint.facts)
            return checkpoint.after

        with telemetry.correlated(origin.correlation_id, origin.traceparent):
            return await self._mongo.in_transaction(work)
