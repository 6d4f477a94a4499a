"""What energy does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.energy.service import ChargingService
from navswap.features.faults.events import CommandIssued, FaultRaised, FaultReopened, FaultResolved
from navswap.features.stations.events import StationChanged
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session

DERATE = "DERATE_CHARGING"
"""The command against a fault that energy carries out."""
POWER_LOST = "STATION_POWER_LOST"
"""The fault of a station whose feeder gives nothing."""


def reactions(charging: ChargingService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def plan_soon(envelope: Envelope, session: Session) -> None:
        """Plan again once packs came, left, became charged or broke."""
        changed = read_fact(StationChanged, envelope.payload)
        await charging.replan(changed.station_id, changed.status.stock, session)

    async def count_swap(envelope: Envelope, session: Session) -> None:
        """Count a swap for the baseline of the forecast."""
        swap = read_fact(SwapCompleted, envelope.payload).swap
        await charging.count_swap(swap.station_id, swap.completed_at, session)

    async def derate(envelope: Envelope, session: Session) -> None:
        """Let a charger draw less where that is what is done about a fault."""
        issued = read_fact(CommandIssued, envelope.payload)
        if issued.command.action == DERATE:
            await charging.derate(issued.station_id, issued.fault_id, issued.evse_id, session)

    async def lose_power(envelope: Envelope, session: Session) -> None:
        """Know that the feeder gives nothing for as long as the fault is open."""
        fault = read_fact(FaultRaised, envelope.payload).fault
        if fault.code == POWER_LOST:
            await charging.lose_power(fault.station_id, fault.id, session)

    async def restore(envelope: Envelope, session: Session) -> None:
        """Let chargers draw as before once the fault is over."""
        fault = read_fact(FaultResolved, envelope.payload).fault
        await charging.restore(fault.station_id, fault.id, session)

    return {
        StationChanged.type: [plan_soon],
        SwapCompleted.type: [count_swap],
        CommandIssued.type: [derate],
        FaultRaised.type: [lose_power],
        FaultReopened.type: [lose_power],
        FaultResolved.type: [restore],
    }
