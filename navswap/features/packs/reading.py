"""Reading packs as last committed, outside transactions; a cache can stand in the place of the database."""

from collections.abc import Sequence
from typing import Protocol

from navswap.features.packs.domain.values import ChargingPack, Condition, Pack, PlaceKind
from navswap.features.packs.storage import Packs


class PackReader(Protocol):
    """What the network knows of its packs."""

    async def find(self, serial_number: str) -> Pack | None:
        """Return a pack, or None."""
        ...

    async def list_by_ids(self, serial_numbers: Sequence[str]) -> dict[str, Pack]:
        """Return packs by serial number; unknown ones are left out."""
        ...

    async def list_at_station(self, station_id: str) -> tuple[Pack, ...]:
        """Return the packs in the slots of a station, by slot."""
        ...

    async def list_at_stations(self, station_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs in the slots of each station, by serial number."""
        ...

    async def list_with_riders(self, rider_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each rider rides with, by serial number."""
        ...

    async def list_with_transporters(self, transporter_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each transporter has on board, by serial number."""
        ...

    async def list_charging(
        self, station_ids: Sequence[str], model_ids: Sequence[str], below_soc_percent: float
    ) -> dict[str, list[ChargingPack]]:
        """Return the fit packs of some models in working slots with less charge, by station."""
        ...

    async def count_conditions(self, station_ids: Sequence[str]) -> dict[str, dict[Condition, int]]:
        """Return how many packs in the slots of each station are in each condition."""
        ...

    async def count_whereabouts(self) -> dict[tuple[PlaceKind, Condition], int]:
        """Return how many packs are in each kind of place in each condition."""
        ...

    async def count_at_depot(self, depot_id: str, *, model_id: str | None = None) -> int:
        """Return how many fit packs a depot has, of one model or in all."""
        ...

    async def count_at_depots(self) -> dict[tuple[str, str], int]:
        """Return how many fit packs each depot has of each model, by both ids; those without any are left out."""
        ...

    async def list_with(self, kind: PlaceKind, holder_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each holder of a kind has, by serial number."""
        ...


class StoredPackReader:
    """Reads packs from MongoDB."""

    async def find(self, serial_number: str) -> Pack | None:
        """Return a pack, or None."""
        return await Packs.find(serial_number)

    async def list_by_ids(self, serial_numbers: Sequence[str]) -> dict[str, Pack]:
        """Return packs by serial number; unknown ones are left out."""
        return await Packs.find_by_ids(serial_numbers)

    async def list_at_station(self, station_id: str) -> tuple[Pack, ...]:
        """Return the packs in the slots of a station, by slot."""
        return await Packs.list_at_station(station_id)

    async def list_at_stations(self, station_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs in the slots of each station, by serial number."""
        return await Packs.list_with(PlaceKind.SLOT, station_ids)

    async def list_with_riders(self, rider_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each rider rides with, by serial number."""
        return await Packs.list_with(PlaceKind.RIDER, rider_ids)

    async def list_with_transporters(self, transporter_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each transporter has on board, by serial number."""
        return await Packs.list_with(PlaceKind.TRANSPORTER, transporter_ids)

    async def list_charging(
        self, station_ids: Sequence[str], model_ids: Sequence[str], below_soc_percent: float
    ) -> dict[str, list[ChargingPack]]:
        """Return the fit packs of some models in working slots with less charge, by station."""
        return await Packs.list_charging(station_ids, model_ids, below_soc_percent)

    async def count_conditions(self, station_ids: Sequence[str]) -> dict[str, dict[Condition, int]]:
        """Return how many packs in the slots of each station are in each condition."""
        return await Packs.count_conditions(station_ids)

    async def count_whereabouts(self) -> dict[tuple[PlaceKind, Condition], int]:
        """Return how many packs are in each kind of place in each condition."""
        return await Packs.count_whereabouts()

    async def count_at_depot(self, depot_id: str, *, model_id: str | None = None) -> int:
        """Return how many fit packs a depot has, of one model or in all."""
        return await Packs.count_at_depot(depot_id, model_id)

    async def count_at_depots(self) -> dict[tuple[str, str], int]:
        """Return how many fit packs each depot has of each model, by both ids; those without any are left out."""
        return await Packs.count_at_depots()

    async def list_with(self, kind: PlaceKind, holder_ids: Sequence[str]) -> dict[str, tuple[Pack, ...]]:
        """Return the packs that each holder of a kind has, by serial number."""
        return await Packs.list_with(kind, holder_ids)
