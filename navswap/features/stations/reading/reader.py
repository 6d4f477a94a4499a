"""Reading stations as last committed, outside transactions: what is asked of them, and the database as the reader."""

from collections.abc import Sequence
from datetime import datetime
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

    async def list_by_ids(self, station_ids: Sequence[str], *, at_least: int = 0) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out.

        `at_least` is a revision that was seen elsewhere: none is older than that, unless there is none so new.
        """
        ...

    def at_hand(self, station_id: str) -> Station | None:
        """Return a station that is in memory and as current there as any read; None where `list_by_ids` has to be asked."""
        ...

    def as_of(self, station: Station | None = None) -> datetime | None:
        """Return a moment: what was committed before it is in what is read now, and in a station that was just read.

        None where the database is read, which then has all that was committed before it is asked; and where that is not
        known of a station.
        """
        ...

    def version(self) -> object | None:
        """Return an object that stays the same for as long as memory answers every read as before, `as_of` included.

        None where a read may ask the database, or may have to wait.
        """
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

    async def list_ids(self) -> list[str]:
        """Return the ids of all stations, as the database has them."""
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

    def at_hand(self, station_id: str) -> Station | None:
        """Return nothing: the database is always asked."""
        del station_id
        return None

    async def list_by_ids(self, station_ids: Sequence[str], *, at_least: int = 0) -> dict[str, Station]:
        """Return stations by id; unknown ids are left out."""
        del at_least  # the database has them all
        return await Stations.find_by_ids(station_ids)

    def as_of(self, station: Station | None = None) -> datetime | None:
        """Return None: the database is read."""
        del station
        return None

    def version(self) -> object | None:
        """Return None: the database is read."""
        return None

    async def list_page(
        self, wanted: StationFilter, *, after: tuple[float, str] | None, limit: int
    ) -> list[FoundStation]:
        """Return stations past a position in the order."""
        return await Stations.list_page(wanted, after=after, limit=limit)

    async def list_now(self) -> list[StationNow]:
        """Return as much of every station as an overview needs."""
        return await Stations.list_now()

    async def list_ids(self) -> list[str]:
        """Return the ids of all stations."""
        return await Stations.list_ids()

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
