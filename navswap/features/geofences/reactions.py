"""What geofences do with logged positions: advance the visits."""

from navswap.features.geofences.service import VisitTracker
from navswap.features.positions.events import LoggedPositions


class VisitHandler:
    """Hands logged positions to the tracker of visits."""

    def __init__(self, visits: VisitTracker) -> None:
        self._visits = visits

    async def handle(self, logged: LoggedPositions) -> None:
        """Advance the watches of all subjects at hand."""
        await self._visits.advance(
            {subject_id: subject.points for subject_id, subject in logged.received.items()},
            {subject_id: subject.origin for subject_id, subject in logged.received.items()},
        )

    async def flush(self) -> None:
        """Leave everything as it is: nothing waits."""
