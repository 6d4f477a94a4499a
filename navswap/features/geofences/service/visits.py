"""Moves the watched fences along with the points, and publishes the crossings that are certain.

A watch is stored as a checkpoint, written with each crossing and else only now and then; the points since then
are in the GPS log. This process remembers how far ahead of its checkpoint each watch is. What it does not
remember, or somebody else has written meanwhile, it works out again from the checkpoint and the log: any worker
can go on where another stopped.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from navswap.events.outbox import publish
from navswap.features.geofences.domain.visits import Crossing, FenceState, Told, advance
from navswap.features.geofences.domain.watches import Watch
from navswap.features.geofences.events import FenceCrossed, FenceEntered, FenceLeft
from navswap.features.geofences.service.ports import PointLog
from navswap.features.geofences.storage import FenceWatch
from navswap.infra import telemetry
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock, epoch_milliseconds
from navswap.kit.gps import GpsPoint

log = structlog.get_logger(__name__)

EVENTS: Mapping[Crossing, type[FenceCrossed]] = {Crossing.ENTERED: FenceEntered, Crossing.LEFT: FenceLeft}
CHECKPOINT_AGE_MILLISECONDS = timedelta(minutes=5) // timedelta(milliseconds=1)
"""How far a checkpoint may lag behind: bounds what is read from the log after a restart."""
WATCHES_REMEMBERED = 50_000
"""Watches whose present state is remembered; those that were quiet longest are forgotten first."""


@dataclass(frozen=True, slots=True)
class _Step:
    watch: Watch
    state: FenceState
    told: Sequence[Told]

    def is_due(self) -> bool:
        """Tell whether the checkpoint has grown old."""
        ahead = self.state.settled_until - epoch_milliseconds(self.watch.unsettled_since)
        return ahead > CHECKPOINT_AGE_MILLISECONDS


class VisitTracker:
    """Advances watches by points that are in the log; the same points again change nothing and tell nothing."""

    def __init__(self, mongo: Mongo, clock: Clock, log: PointLog) -> None:
        self._mongo = mongo
        self._clock = clock
        self._point_log = log
        self._ahead: OrderedDict[str, tuple[int, FenceState]] = OrderedDict()

    async def advance(
        self, points: Mapping[str, Sequence[GpsPoint]], correlation_ids: Mapping[str, str]
    ) -> None:
        """Advance the watches of subjects by new points of theirs; publish the crossings with the checkpoint.

        Each crossing carries the correlation id that is given for its subject.
        """
        oldest = min(point.recorded_at for of_subject in points.values() for point in of_subject)
        watches = await FenceWatch.list_of_subjects(list(points), ending_after=oldest)
        while changed_meanwhile := await self._advance_once(watches, points, correlation_ids):
            log.info("fence_watches_changed_meanwhile", watches=len(changed_meanwhile))
            watches = await FenceWatch.list_by_ids(changed_meanwhile)

    async def _advance_once(
        self,
        watches: Sequence[Watch],
        points: Mapping[str, Sequence[GpsPoint]],
        correlation_ids: Mapping[str, str],
    ) -> list[str]:
        """Advance watches as they were read; returns the ids of those that another writer changed meanwhile."""
        missed: list[str] = []
        due: list[_Step] = []
        for step in await self._steps(watches, points):
            if step.told:
                if not await self._cross(step, correlation_ids[step.watch.subject_id]):
                    missed.append(step.watch.id)
                    continue
                self._remember(step, step.watch.revision + 1)
            elif step.is_due():
                due.append(step)
            else:
                self._remember(step, step.watch.revision)
        if due and not await FenceWatch.move_many([(step.watch, step.state) for step in due]):
            missed += [step.watch.id for step in due]
        else:
            for step in due:
                self._remember(step, step.watch.revision + 1)
        return missed

    async def _steps(self, watches: Sequence[Watch], points: Mapping[str, Sequence[GpsPoint]]) -> list[_Step]:
        """Work out how the points move the watches."""
        starts: dict[str, datetime] = {}
        for watch in watches:
            if self._present(watch) is None:
                start = starts.get(watch.subject_id, watch.unsettled_since)
                starts[watch.subject_id] = min(start, watch.unsettled_since)
        logged = await self._point_log.list_since(starts)
        return [
            _step(
                watch,
                self._present(watch) or watch.checkpoint,
                [*logged.get(watch.subject_id, ()), *points[watch.subject_id]],
            )
            for watch in watches
        ]

    def _present(self, watch: Watch) -> FenceState | None:
        """Return the remembered state of a watch that nobody else has written since."""
        revision, state = self._ahead.get(watch.id, (None, None))
        return state if revision == watch.revision else None

    def _remember(self, step: _Step, revision: int) -> None:
        self._ahead[step.watch.id] = (revision, step.state)
        self._ahead.move_to_end(step.watch.id)
        if len(self._ahead) > WATCHES_REMEMBERED:
            self._ahead.popitem(last=False)

    async def _cross(self, step: _Step, correlation_id: str) -> bool:
        """Store the checkpoint and publish the crossings in one transaction; False if the watch was changed."""
        watch = step.watch

        async def work(session: Session) -> bool:
            if not await FenceWatch.move(watch, step.state, session):
                return False
            events = [
                EVENTS[crossing](
                    watch_id=watch.id,
                    subject_id=watch.subject_id,
                    place_id=watch.place_id,
                    recorded_at=recorded_at,
                )
                for crossing, recorded_at in step.told
            ]
            await publish(session, self._clock.now(), *events)
            return True

        with telemetry.correlated(correlation_id):
            return await self._mongo.in_transaction(work)


def _step(watch: Watch, state: FenceState, points: Sequence[GpsPoint]) -> _Step:
    covered = [point for point in points if watch.since <= point.recorded_at <= watch.until]
    return _Step(watch, *advance(watch.fence, state, covered))
