"""The pace of the agents: how fast their minutes pass on the clock of the wall. The server's time is never touched."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How many minutes of an agent's life pass in a minute of real time; above 0."""

    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.speed <= 0:
            raise ValueError(f"speed must be above 0, not {self.speed}")

    def real_seconds(self, minutes: float) -> float:
        """Return the seconds of real time that so many minutes of an agent take."""
        return minutes * 60.0 / self.speed

    async def wait(self, minutes: float) -> None:
        """Let minutes of an agent's life pass."""
        await asyncio.sleep(self.real_seconds(minutes))
