"""A network that changes while it is read: stations that are closed and opened again at a steady pace."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, product

from navswap.auth.roles import Role
from navswap.bench.load import keep_pace
from navswap.bench.network import signed_in
from navswap.events.relay import Relay
from navswap.features.stations.service import StationsServices, StationState
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.ids import new_id
from navswap.runtime import Runtime

CHANGES_PER_SECOND = 20.0
"""As many as swaps a second at the peak of the network that NavSwap is built for."""


class ChangingStations:
    """Changes one station after the other, as another process than the one that is measured; counts what was committed."""

    def __init__(self, runtime: Runtime, station_ids: Sequence[str]) -> None:
        self._stations = StationsServices.of(runtime).stations
        self._by = signed_in(runtime, new_id(), Role.ADMIN)
        self._turns = cycle(product((StationState.CLOSED, StationState.OPEN), station_ids))
        self._revisions: dict[str, int] = {}
        self.committed = 0
        self.seconds = 0.0

    async def change(self, per_second: float, seconds: float) -> None:
        """Change stations for so long."""
        self.seconds += seconds
        await keep_pace(self._turns, self._change, per_second=per_second, seconds=seconds)

    @property
    def per_second(self) -> float:
        """Return how many changes were committed a second."""
        return self.committed / self.seconds if self.seconds else 0.0

    async def _change(self, turn: tuple[StationState, str]) -> None:
        state, station_id = turn
        station = await self._stations.set_state(station_id, state, self._by)
        self.committed += self._revisions.get(station_id) != station.revision
        self._revisions[station_id] = station.revision


@asynccontextmanager
async def published(runtime: Runtime) -> AsyncIterator[None]:
    """Publish what this process commits, as a worker does, so that web processes learn it from Kafka."""
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    async with BackgroundJobs(relay.run()):
        yield
