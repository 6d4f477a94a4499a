"""What swapping does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.geofences.events import FenceEntered
from navswap.features.swapping.events import HOLD_WATCH
from navswap.features.swapping.service import HoldService
from navswap.infra.mongo import Session


def reactions(holds: HoldService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def mark_arrival(envelope: Envelope, session: Session) -> None:
        """Mark the arrival of the rider for whose hold the fence was watched."""
        entered = read_fact(FenceEntered, envelope.payload)
        if (entry_id := entered.watched_for(HOLD_WATCH)) is not None:
            await holds.arrive(entry_id, entered.place_id, session, at=entered.happened_at)

    return {FenceEntered.type: [mark_arrival]}
