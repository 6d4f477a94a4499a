"""Who makes the visits of a run: riders come back, with the packs that they were given."""

from collections import deque

from navswap.simulation.engine.visits import Visit


class RiderPool:
    """The riders of each home, pack model and number of packs, the one who has been idle longest first."""

    def __init__(self) -> None:
        self._idle: dict[tuple[int, str, int], deque[str]] = {}
        self._known = 0

    def take(self, visit: Visit) -> str:
        """Return who makes a visit: the rider of its home who has been idle longest, or one who was not seen before.

        So their number does not grow with the days.
        """
        idle = self._idle.setdefault((visit.home, visit.model.id, visit.packs), deque())
        if idle:
            return idle.popleft()
        self._known += 1
        return f"rider-{self._known:06d}"

    def give_back(self, visit: Visit) -> None:
        """Let the rider of a visit that is over rest."""
        self._idle[visit.home, visit.model.id, visit.packs].append(visit.rider_id)
