"""What logistics does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.logistics.service.trips import TripPlanner
from navswap.features.logistics.storage.plans import StationDemand
from navswap.features.partners.events import (
    StorageAccepted,
    StorageExpired,
    StorageFulfilled,
    StorageReleased,
    StorageRequestChanged,
)
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.mongo import Session


def reactions(trips: TripPlanner) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def count_demand(envelope: Envelope, session: Session) -> None:
        """Count the packs that a rider took at a station."""
        swap = read_fact(SwapCompleted, envelope.payload).swap
        key = (swap.station_id, swap.pack_model_id)
        await StationDemand.add(key, swap.completed_at, len(swap.packs_out), session)

    async def follow_request(envelope: Envelope, session: Session) -> None:
        """Open the trips that a storage request needs now, or cancel those of one that is over."""
        await trips.follow(read_fact(StorageRequestChanged, envelope.payload).request.id, session)

    following = (StorageAccepted, StorageReleased, StorageExpired, StorageFulfilled)
    return {SwapCompleted.type: [count_demand], **{kind.type: [follow_request] for kind in following}}
