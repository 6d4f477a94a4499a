"""The life of a watch: a fence that is watched for one subject, from points to crossings."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.visits import (
    Checkpoint,
    Crossing,
    ProvenCrossing,
    VisitState,
    advance,
)
from navswap.features.geofences.events import FenceCrossed, FenceEntered, FenceLeft
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.gps import GpsPoint
from navswap.kit.lifecycle import Transition

CHECKPOINT_AGE_MILLISECONDS = timedelta(minutes=5) // timedelta(milliseconds=1)
"""How far a checkpoint may lag behind: bounds what is read from the log after a restart."""
_FACTS: dict[Crossing, type[FenceCrossed]] = {Crossing.ENTERED: FenceEntered, Crossing.LEFT: FenceLeft}


@dataclass(frozen=True, slots=True)
class Watch:
    """A fence that is watched for one subject from `since` to `until`, both included; its id is its owner's choice."""

    id: str
    subject_id: str
    place_id: str
    fence: Fence
    since: datetime
    until: datetime
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    revision: int = 1

    @property
    def unsettled_since(self) -> datetime:
        """Return from when on points can still move the watch away from its checkpoint."""
        return max(self.since, datetime.fromtimestamp(self.checkpoint.settled_until / 1000, UTC))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a watch has come by new points: its present state, and the crossings that became certain."""

    watch: Watch
    state: VisitState
    crossings: tuple[ProvenCrossing, ...]

    @property
    def is_due(self) -> bool:
        """Return whether the stored checkpoint has grown old."""
        ahead = self.state.checkpoint.settled_until - epoch_milliseconds(self.watch.unsettled_since)
        return ahead > CHECKPOINT_AGE_MILLISECONDS


def follow(watch: Watch, state: VisitState, points: Sequence[GpsPoint]) -> Progress:
    """Follow a watch over points in any order; those from before or after its time do not count."""
    covered = [point for point in points if watch.since <= point.recorded_at <= watch.until]
    return Progress(watch, *advance(watch.fence, state, covered))


def save(progress: Progress) -> Transition[Watch]:
    """Return the watch with the checkpoint of its present state, and the crossings to publish with it."""
    watch = progress.watch
    after = replace(watch, checkpoint=progress.state.checkpoint, revision=watch.revision + 1)
    facts = tuple(
        _FACTS[crossing](
            watch_id=watch.id,
            subject_id=watch.subject_id,
            place_id=watch.place_id,
            recorded_at=recorded_at,
            crossed_at=crossed_at,
        )
        for crossing, recorded_at, crossed_at in progress.crossings
    )
    return Transition(watch, after, facts)
