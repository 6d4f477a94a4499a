"""The stations whose energy is known: registered once, and read."""

from collections.abc import Sequence

from navswap.events.stream import Loaded
from navswap.features.energy.domain.values import ChargingPlan, EnergyStation
from navswap.features.energy.events import energy_stream
from navswap.features.energy.storage import ChargingPlans, EnergyStations
from navswap.features.stations.service import StationReader
from navswap.kit.clock import Clock


class EnergyStationService:
    """Registers stations to be planned, and returns their energy as last committed."""

    def __init__(self, clock: Clock, stations: StationReader) -> None:
        self._clock = clock
        self._stations = stations

    async def register_all(self) -> int:
        """Register the stations that are new, each with its plan due now; returns how many were."""
        return await EnergyStations.register(await self._stations.list_ids(), self._clock.now())

    async def list_by_ids(self, station_ids: Sequence[str]) -> dict[str, EnergyStation]:
        """Return the energy of stations; those without any yet are left out."""
        return await EnergyStations.find_by_ids(station_ids)

    async def list_shed(self, limit: int) -> list[EnergyStation]:
        """Return the stations that are ordered to draw less now, those that may draw least first."""
        return await EnergyStations.list_shed(self._clock.now(), limit)

    async def list_plans_by_ids(self, ids: Sequence[str]) -> dict[str, ChargingPlan]:
        """Return plans by id; unknown ids are left out."""
        return await ChargingPlans.find_by_ids(ids)

    async def load_live(self, station_id: str) -> Loaded[EnergyStation]:
        """Return the energy of a station and its position in the stream; raises StationNotFoundError."""
        await self._stations.get(station_id)
        found = await EnergyStations.find(station_id)
        station = found or EnergyStation(station_id, due_at=self._clock.now())
        return Loaded(station, {energy_stream(station_id): station.revision})
