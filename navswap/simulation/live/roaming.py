"""Riders who ride about between two swaps, so that something moves in the city at every moment of the day."""

import asyncio
from itertools import count

from navswap.simulation.draws import Draws
from navswap.simulation.live.pace import Pace
from navswap.simulation.live.plan import roaming_place
from navswap.simulation.live.roads import LEAPING_SPEED, Vehicle
from navswap.simulation.live.town import Town

ROAMERS = 12
"""Vehicles that report where they are without being on the way to a station: three positions a second, whatever the time of day.

Each keeps its part of the period from way to way and from rider to rider (`schedule.py`), so that no second is without one.
"""
KMH = 22.0


class Roaming:
    """Lets a few of the riders who need nothing ride about; the others wait for their turn with their phones in the pocket."""

    def __init__(self, town: Town, draws: Draws, pace: Pace, most: int = ROAMERS) -> None:
        self._town = town
        self._draws = draws
        self._pace = pace
        self._most = most
        self._turns: asyncio.Queue[int] = asyncio.Queue()
        for turn in range(most):
            self._turns.put_nowait(turn)

    async def ride(self, rider: int, trip: int, vehicle: Vehicle) -> None:
        """Ride from place to place until cancelled, one ride a turn; not at a speed at which phones report no way at all."""
        if self._pace.speed >= LEAPING_SPEED:
            return
        for leg in count():
            turn = await self._turns.get()
            try:
                place = self._town.place(roaming_place(self._draws, rider, trip, leg))
                await vehicle.ride(place, KMH, phase=(turn + 0.5) / self._most)
            finally:
                self._turns.put_nowait(turn)
