"""What logistics does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.features.logistics.storage.plans import StationDemand
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK


def reactions() -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def count_demand(envelope: Envelope, session: Session) -> None:
        """Count the packs that a rider took at a station."""
        swap = SwapCompleted.model_validate(envelope.payload)
        await StationDemand.add((swap.station_id, STANDARD_PACK.id), swap.completed_at, 1, session)

    return {SwapCompleted.type: [count_demand]}
