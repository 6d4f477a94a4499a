"""Packs that transporters take out of slots and put into them, with the stock of the station, in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence

from navswap.features.logistics.domain.slots import ScannedPack, WantedSlot, assign_slots
from navswap.features.logistics.errors import StationFullError
from navswap.features.packs.errors import SlotTakenError, WrongPackModelError
from navswap.features.packs.service import (
    Pack,
    PackIntoSlot,
    PackService,
    Slot,
    at_station,
    count_packs,
)
from navswap.features.positions.service import Whereabouts
from navswap.features.stations.service import Station, StationService
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import Clock
from navswap.kit.slots import require_slot


class StationStock:
    """Moves packs between slots and the vehicles of transporters who are there; the packs of a station are read once and counted after the move."""

    def __init__(
        self, clock: Clock, stations: StationService, packs: PackService, promised_soc_percent: float
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._packs = packs
        self._promised_soc_percent = promised_soc_percent

    async def take_out(
        self,
        station_id: str,
        transporter: Whereabouts,
        serial_numbers: Sequence[str],
        session: Session,
        model_id: str | None = None,
    ) -> None:
        """Give free charged packs from their slots to a transporter, of one model where it is given.

        Raises StationNotFoundError, NotAtPlaceError, PackNotFoundError, PackElsewhereError, PackPromisedError,
        PackNotReadyError, WrongPackModelError.
        """
        station, there = await self._read(station_id, session)
        self._require_at(station, transporter)
        loaded = await self._packs.load(
            list(serial_numbers), station_id, transporter.user_id, self._promised_soc_percent, session
        )
        for pack in loaded:
            if model_id not in {None, pack.model_id}:
                raise WrongPackModelError(f"Pack {pack.id} is a {pack.model_id}; take packs of {model_id}.")
        await self._record(station, there, loaded, session)

    async def take_out_of_use(
        self, station_id: str, transporter: Whereabouts, serial_numbers: Sequence[str], session: Session
    ) -> tuple[Pack, ...]:
        """Give recalled and retired packs from their slots to a transporter; returns those not on board before.

        Raises StationNotFoundError, PackNotFoundError, PackElsewhereError, PackNotReadyError, NotAtPlaceError.
        """
        station, there = await self._read(station_id, session)
        moved = await self._packs.collect(list(serial_numbers), station_id, transporter.user_id, session)
        if moved:
            self._require_at(station, transporter)
        await self._record(station, there, moved, session)
        return moved

    async def put_in(
        self,
        station_id: str,
        transporter: Whereabouts,
        packs: Sequence[ScannedPack],
        models: Mapping[str, str],
        session: Session,
        *,
        already: Collection[str] = (),
    ) -> Station:
        """Put packs of a transporter into slots; `models` has the model by serial number. Returns the new station.

        Those that are `already` delivered, or that the transporter put in there before, into the slot that is named,
        change nothing. Raises
        InvalidInputError for a slot that the station does not have, StationNotFoundError, NotAtPlaceError,
        PackNotFoundError, PackElsewhereError, SlotTakenError, WrongPackModelError, StationFullError.
        """
        station, there = await self._read(station_id, session)
        for number, pack in enumerate(packs):
            require_slot(f"packs[{number}].evse_id", pack.evse_id, station.information.slot_count)
        brought = {pack.id: pack.place.evse_id for pack in there if pack.brought_by == transporter.user_id}
        new = [
            pack
            for pack in packs
            if pack.serial_number not in already
            and (pack.serial_number not in brought or pack.evse_id not in {None, brought[pack.serial_number]})
        ]
        if not new:
            return station
        self._require_at(station, transporter)
        moved = await self._packs.unload(
            _into_slots(station, there, new, models), transporter.user_id, session
        )
        return await self._record(station, there, moved, session)

    def _require_at(self, station: Station, transporter: Whereabouts) -> None:
        transporter.require_at(station.information.point, station.information.name, self._clock.now())

    async def _read(self, station_id: str, session: Session) -> tuple[Station, tuple[Pack, ...]]:
        station = await self._stations.get(station_id, session)
        return station, await self._packs.list_at_station(station_id, session)

    async def _record(
        self, station: Station, there: Sequence[Pack], changed: Sequence[Pack], session: Session
    ) -> Station:
        counts = count_packs(at_station(station.id, there, changed), self._promised_soc_percent)
        return await self._stations.record_stock(station, counts, session)


def _into_slots(
    station: Station, there: Sequence[Pack], packs: Sequence[ScannedPack], models: Mapping[str, str]
) -> list[PackIntoSlot]:
    """Return which slot each pack is put into; raises SlotTakenError, StationFullError."""
    wanted = [WantedSlot(pack.evse_id, models.get(pack.serial_number, STANDARD_PACK.id)) for pack in packs]
    into = []
    for pack, evse_id in zip(packs, assign_slots(wanted, free_slots(station, there)), strict=True):
        if evse_id is None and pack.evse_id is None:
            raise StationFullError("The station has no empty slot for all of these packs; deliver fewer.")
        if evse_id is None:
            raise SlotTakenError(f"Slot {pack.evse_id} is not an empty slot of this station.")
        model_id = station.information.model_of_slot(evse_id)
        into.append(PackIntoSlot(pack.serial_number, Slot(station.id, evse_id, model_id)))
    return into


def free_slots(station: Station, there: Sequence[Pack]) -> dict[int, str]:
    """Return the empty slots that are available, with the model that each takes."""
    taken, closed = {pack.place.evse_id for pack in there}, station.closed_slots
    return {
        evse_id: station.information.model_of_slot(evse_id)
        for evse_id in range(1, station.information.slot_count + 1)
        if evse_id not in taken and evse_id not in closed
    }
