"""When riders need another pack: as their own packs drain, or as often as a load generator says."""

import asyncio
from itertools import count
from typing import Protocol

from navswap.simulation.draws import Draws
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import TripPlan, first_need_minutes, gap_minutes, plan_trip


class Needs(Protocol):
    """Lets riders wait for their next need."""

    async def next(self, rider: int, trip: int, soc_percent: float) -> TripPlan:
        """Return what the rider does then, when it looks for a station."""
        ...


class DrainingPacks:
    """Riders ride their packs empty; the first needs of a run are spread as if it had always gone on."""

    def __init__(self, draws: Draws, pace: Pace) -> None:
        self._draws = draws
        self._pace = pace

    async def next(self, rider: int, trip: int, soc_percent: float) -> TripPlan:
        """Wait until the charge is as low as the rider lets it become."""
        plan = plan_trip(self._draws, rider, trip)
        if trip == 0:
            await self._pace.wait(first_need_minutes(self._draws, rider))
        else:
            await self._pace.wait(plan.hours_until_need(soc_percent) * 60.0)
        return plan


class SteadyLoad:
    """So many needs in a minute of real time, of the riders that are free; more than the riders can make wait."""

    def __init__(self, draws: Draws, per_minute: float) -> None:
        self._draws = draws
        self._per_minute = per_minute
        self._due: asyncio.Queue[None] = asyncio.Queue()

    async def run(self) -> None:
        """Deal needs out until cancelled."""
        for turn in count():
            await asyncio.sleep(gap_minutes(self._draws, turn, self._per_minute) * 60.0)
            self._due.put_nowait(None)

    async def next(self, rider: int, trip: int, soc_percent: float) -> TripPlan:
        """Wait in a line with the other free riders."""
        del soc_percent
        await self._due.get()
        return plan_trip(self._draws, rider, trip)
