"""What traffic does with logged positions: count probes."""

from navswap.features.positions.events import LoggedPositions
from navswap.features.traffic.service import ProbeCounter


class ProbeHandler:
    """Hands positions that are new to the log to the counter of probes."""

    def __init__(self, probes: ProbeCounter) -> None:
        self._probes = probes

    async def handle(self, logged: LoggedPositions) -> None:
        """Count positions and probes; only what the log did not know, so that none counts twice."""
        await self._probes.count(logged.fresh)

    async def flush(self) -> None:
        """Store what was counted in a backlog."""
        await self._probes.store()
