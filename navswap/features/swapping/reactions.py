"""What swapping does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.faults.events import CommandIssued, FaultChanged, FaultRaised, FaultReopened
from navswap.features.geofences.events import FenceEntered
from navswap.features.packs.events import PackHoldBroken
from navswap.features.stations.events import StationClosed
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.service import HoldService, MoveCause, MoveReason, MoveService
from navswap.infra.mongo import Session


def reactions(holds: HoldService, moves: MoveService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def mark_arrival(envelope: Envelope, session: Session) -> None:
        """Mark the arrival of the rider for whose hold the fence was watched."""
        entered = read_fact(FenceEntered, envelope.payload)
        if (entry_id := entered.watched_for(HOLD_WATCH)) is not None:
            await holds.arrive(entry_id, entered.place_id, session)

    async def leave_fault(envelope: Envelope, session: Session) -> None:
        """Move or compensate the holds on what a fault took out of use."""
        fault = read_fact(FaultChanged, envelope.payload).fault
        await moves.reassign_broken_holds(fault.station_id, MoveReason.fault(fault.id), session)

    async def leave_locked(envelope: Envelope, session: Session) -> None:
        """Move or compensate the holds on what a command against a fault locked."""
        issued = read_fact(CommandIssued, envelope.payload)
        await moves.reassign_broken_holds(issued.station_id, MoveReason.fault(issued.fault_id), session)

    async def replace_pack(envelope: Envelope, session: Session) -> None:
        """Move or compensate the hold of a pack that was taken out of use in its slot."""
        pack = read_fact(PackHoldBroken, envelope.payload)
        await moves.reassign_broken_holds(pack.station_id, MoveReason(MoveCause.PACK_WITHDRAWN), session)

    async def send_elsewhere(envelope: Envelope, session: Session) -> None:
        """Move or compensate the holds at a station that was closed; swaps under way are finished there."""
        closed = read_fact(StationClosed, envelope.payload)
        await moves.reassign_broken_holds(closed.station_id, MoveReason(MoveCause.STATION_CLOSED), session)

    return {
        FenceEntered.type: [mark_arrival],
        FaultRaised.type: [leave_fault],
        FaultReopened.type: [leave_fault],
        CommandIssued.type: [leave_locked],
        PackHoldBroken.type: [replace_pack],
        StationClosed.type: [send_elsewhere],
    }
