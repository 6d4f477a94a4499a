"""Moves the fences that are watched along with the points, and publishes what is certain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from navswap.events.outbox import publish
from navswap.features.tracking.documents import FenceWatch
from navswap.features.tracking.events import FenceCrossed, FenceEntered, FenceLeft
from navswap.features.tracking.fences import Crossing, FenceState, Told, advance
from navswap.features.tracking.rules import GpsPoint
from navswap.infra import telemetry
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

log = structlog.get_logger(__name__)

EVENTS: Mapping[Crossing, type[FenceCrossed]] = {Crossing.ENTERED: FenceEntered, Crossing.LEFT: FenceLeft}


@dataclass(frozen=True, slots=True)
class Seen:
    """The points of one subject at hand, and the correlation id of the report that brought the last of them."""

    points: Sequence[GpsPoint]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class _Step:
    watch: FenceWatch
    state: FenceState
    told: Sequence[Told]
    correlation_id: str


class FenceKeeper:
    """Advances the watches of subjects; the same points again change nothing and tell nothing."""

    def __init__(self, mongo: Mongo, clock: Clock) -> None:
        self._mongo = mongo
        self._clock = clock

    async def advance(self, seen: Mapping[str, Seen]) -> None:
        """Advance all watches of the subjects and publish their crossings, each with the state that it led to."""
        while not await self._advance_once(seen):
            log.info("fence_watch_changed_meanwhile")

    async def _advance_once(self, seen: Mapping[str, Seen]) -> bool:
        """Advance the watches as they are stored now; tells whether none was changed meanwhile."""
        oldest = min(point.recorded_at for one in seen.values() for point in one.points)
        watches = await FenceWatch.list_of_subjects(list(seen), ending_after=oldest)
        steps = [step for watch in watches if (step := _step(watch, seen[watch.subject_id])) is not None]
        quiet = [(step.watch, step.state) for step in steps if not step.told]
        stored = [await FenceWatch.move_many(quiet)]
        stored += [await self._cross(step) for step in steps if step.told]
        return all(stored)

    async def _cross(self, step: _Step) -> bool:
        """Store the new state and publish the crossings in one transaction; False when the watch was changed."""
        watch = step.watch

        async def work(session: Session) -> bool:
            if not await watch.move(step.state, session):
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

        with telemetry.correlated(step.correlation_id):
            return await self._mongo.in_transaction(work)


def _step(watch: FenceWatch, seen: Seen) -> _Step | None:
    """Return how the points move a watch, or None when they do not."""
    before = watch.state.to_state()
    after, told = advance(watch.fence, before, (one for one in seen.points if watch.covers(one.recorded_at)))
    return None if after == before else _Step(watch, after, told, seen.correlation_id)
