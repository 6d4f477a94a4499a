"""What energy does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.features.energy.service import ChargingService
from navswap.features.stations.events import StationChanged
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session


def reactions(charging: ChargingService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def plan_soon(envelope: Envelope, session: Session) -> None:
        """Plan anew once packs came, left, became charged or broke."""
        changed = StationChanged.model_validate(envelope.payload)
        await charging.hasten(changed.station_id, changed.stock, session)

    async def count_swap(envelope: Envelope, session: Session) -> None:
        """Count a swap for the baseline of the forecast."""
        swap = SwapCompleted.model_validate(envelope.payload)
        await charging.count_swap(swap.station_id, swap.completed_at, session)

    return {StationChanged.type: [plan_soon], SwapCompleted.type: [count_swap]}
