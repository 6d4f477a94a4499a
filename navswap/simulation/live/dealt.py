"""Riders whose needs are given from outside, such as those of the offline twin: who asks where and when, with which charge."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from navswap.simulation.live.documents import STOCK
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import TripPlan
from navswap.simulation.live.stations import Station

Stock = Mapping[str, Mapping[int, float]]
"""The charge in % of the pack in each filled slot, by the name of the station and by slot."""


@dataclass(slots=True)
class DealtNeeds:
    """Gives each need of a list to a rider who is free, at its minute from the start of the run on; minutes are those of the agents.

    `stock` is what the stations had when it began.
    """

    plans: Sequence[tuple[float, TripPlan]]
    pace: Pace
    stock: dict[str, Mapping[int, float]] = field(default_factory=dict)
    _due: asyncio.Queue[TripPlan] = field(default_factory=asyncio.Queue)

    async def look(self, stations: Sequence[Station]) -> None:
        """Read what the stations have."""
        for station in stations:
            seen = await station.account.ask(STOCK, id=station.id)
            self.stock[station.name] = {
                slot["evseId"]: slot["pack"]["socPercent"]
                for slot in seen["slots"]
                if slot["pack"] is not None
            }

    async def run(self) -> None:
        """Deal the needs out, each at its minute."""
        passed = 0.0
        for minute, plan in self.plans:
            await self.pace.wait(minute - passed)
            passed = minute
            self._due.put_nowait(plan)

    async def next(self, rider: int, trip: int, soc_percent: float) -> TripPlan:
        """Wait in a line with the other free riders."""
        del rider, trip, soc_percent
        return await self._due.get()
