"""What logistics does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.features.logistics.documents import StationDemand
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session


def reactions() -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def remember_demand(envelope: Envelope, session: Session) -> None:
        """Count the swap at its station."""
        swap = SwapCompleted.model_validate(envelope.payload)
        await StationDemand.add(swap.station_id, swap.completed_at, session)

    return {SwapCompleted.type: [remember_demand]}
