"""A fence that is watched for one subject."""

from dataclasses import dataclass
from datetime import UTC, datetime

from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.visits import FenceState


@dataclass(frozen=True, slots=True)
class Watch:
    """A watched fence as it was read; `checkpoint` is its state at the last write, without waiting points."""

    id: str
    subject_id: str
    place_id: str
    fence: Fence
    since: datetime
    until: datetime
    checkpoint: FenceState
    revision: int

    @property
    def unsettled_since(self) -> datetime:
        """Return from when on points can still move the watch away from its checkpoint."""
        return max(self.since, datetime.fromtimestamp(self.checkpoint.settled_until / 1000, UTC))
