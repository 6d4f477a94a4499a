"""Reading stations as last committed, outside transactions; a cache can stand in the place of the database."""

from collections.abc import Sequence
from typing import Protocol

from navswap.events.stream import Loaded
from navswap.features.stations.domain.values import Station, StationNow
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.events import station_stream
from navswap.features.stations.storage import FoundStation, StationFilter, Stations


class StationReader(Protocol):
    """What the network knows of its stations."""

    async def get(self, station_id: str) -> Station:
        """Return a station; raises StationNotFoundError."""
        ...

    async def list_by_ids(self, station_ids: Sequence[str]) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out."""
        ...

    async def list_page(
        self, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a position in the order: by distance where a point is given, else by id.

        `after` is (distance in metres, or 0; id) of the last one seen.
        """
        ...

    async def list_now(self) -> list[StationNow]:
        """Return as much of every station as an overview needs."""
        ...

    async def count(self, wanted: StationFilter) -> int:
        """Return how many stations match."""
        ...

    async def load_live(self, station_ids: Sequence[str]) -> Loaded[list[Station]]:
        """Return stations with the sequences of their streams; raises StationNotFoundError for an unknown one."""
        ...


class StoredStationReader:
    """Reads stations from MongoDB."""

    async def get(self, station_id: str) -> Station:
        """Return a station; raises StationNotFoundError."""
        station = await Stations.find(station_id)
        if station is None:
            raise StationNotFoundError("There is no such station.")
        return station

    async def list_by_ids(self, station_ids: Sequence[str]) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out."""
        return await Stations.find_by_ids(station_ids)

    async def list_page(
        self, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a position in the order."""
        return await Stations.list_page(wanted, after=after, limit=limit)

    async def list_now(self) -> list[StationNow]:
        """Return as much of every station as an overview needs."""
        return await Stations.list_now()

    async def count(self, wanted: StationFilter) -> int:
        """Return how many stations match."""
        return await Stations.count(wanted)

    async def load_live(self, station_ids: Sequence[str]) -> Loaded[list[Station]]:
        """Return stations with the sequences of their streams; raises StationNotFoundError for an unknown one."""
        found = await Stations.find_by_ids(station_ids)
        for station_id in station_ids:
            if station_id not in found:
                raise StationNotFoundError(f"There is no station {station_id}.")
        stations = [found[station_id] for station_id in station_ids]
        return Loaded(stations, {station_stream(station.id): station.revision for station in stations})
