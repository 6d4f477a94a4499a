"""What a fault takes out of use, and gives back, within the transaction that changes the fault."""

from navswap.features.faults.catalogue import Action, Pause
from navswap.features.faults.documents import Fault
from navswap.features.packs.service import PackService
from navswap.features.stations.service import Block, SlotState, StationService
from navswap.infra.mongo import Session


class AvailabilityKeeper:
    """Pauses slots, packs and stations, and counts the station anew each time."""

    def __init__(self, stations: StationService, packs: PackService, promised_soc_percent: float) -> None:
        self._stations = stations
        self._packs = packs
        self._promised_soc_percent = promised_soc_percent

    async def pause(self, fault: Fault, session: Session) -> None:
        """Take what the fault touches out of use; raises StationNotFoundError, PackNotFoundError."""
        if fault.pause is Pause.PACK and fault.serial_number is not None:
            await self._packs.set_faulty(fault.serial_number, session, faulty=True)
        elif fault.pause is Pause.STATION:
            await self._block(fault, None, SlotState.FAULTED, session)
        elif fault.pause is Pause.SLOT_FAULTED:
            await self._block(fault, fault.evse_id, SlotState.FAULTED, session)
        elif fault.pause is Pause.SLOT_LOCKED:
            await self._block(fault, fault.evse_id, SlotState.LOCKED, session)
        await self._count(fault, session)

    async def contain(self, fault: Fault, action: Action, session: Session) -> None:
        """Take out of use what a containing action names, beyond what the fault has paused already."""
        if action is Action.LOCK_SLOT and fault.evse_id is not None and fault.pause is not Pause.SLOT_FAULTED:
            await self._block(fault, fault.evse_id, SlotState.LOCKED, session)
            await self._count(fault, session)
        elif action is Action.REROUTE_RIDERS and fault.pause is not Pause.STATION:
            await self._block(fault, None, SlotState.FAULTED, session)
            await self._count(fault, session)

    async def restore(self, fault: Fault, session: Session) -> None:
        """Give back what no other open fault keeps out of use."""
        if (
            fault.pause is Pause.PACK
            and fault.serial_number is not None
            and not await Fault.has_other_open(fault.serial_number, fault.id, session)
        ):
            await self._packs.set_faulty(fault.serial_number, session, faulty=False)
        await self._stations.unblock(fault.station_id, fault.id, session)
        await self._count(fault, session)

    async def riders_waiting(self, station_id: str, session: Session) -> int:
        """Return how many riders hold a pack at a station."""
        return (await self._stations.get(station_id, session)).status.queue_length

    async def _block(self, fault: Fault, evse_id: int | None, state: SlotState, session: Session) -> None:
        block = Block(fault_id=fault.id, evse_id=evse_id, state=state)
        await self._stations.block(fault.station_id, block, session)

    async def _count(self, fault: Fault, session: Session) -> None:
        station = await self._stations.get(fault.station_id, session)
        await self._packs.shut_in_slots(station.id, station.closed_slots, session)
        packs = await self._packs.count(station.id, self._promised_soc_percent, session)
        await self._stations.record_packs(station.id, packs, session)
