"""The control room: it watches the network as a dashboard does, and measures how fresh what it sees is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from navswap.simulation.live.client import Account
from navswap.simulation.live.documents import ADMIN_LIVE_CHANGED
from navswap.simulation.live.meter import Meter
from navswap.simulation.live.watching import watch


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class ControlRoom:
    """One who watches the whole network; `now` is the clock that the age of what it sees is measured by."""

    account: Account
    meter: Meter
    now: Callable[[], datetime] = _now

    async def live(self) -> None:
        """Watch until cancelled."""
        async for moment in watch(self.account, ADMIN_LIVE_CHANGED):
            self.meter.watched(self._age_seconds(moment))

    def _age_seconds(self, moment: dict[str, Any]) -> float:
        """Return how old the figures of a moment were when they came; 0 where the server's clock is ahead."""
        as_of = datetime.fromisoformat(moment["live"]["asOf"])
        return max(0.0, (self.now() - as_of).total_seconds())
