"""What procurement does when others publish."""

from collections.abc import Mapping

from navswap.events.consumer import Reaction
from navswap.events.envelope import Envelope
from navswap.events.payloads import read_fact
from navswap.features.packs.events import PackMoved
from navswap.features.packs.service import PlaceKind
from navswap.features.procurement.service.depots import DepotService
from navswap.infra.mongo import Session


def reactions(depots: DepotService) -> Mapping[str, list[Reaction]]:
    """Return the reactions of the slice, by event type."""

    async def count_demand(envelope: Envelope, session: Session) -> None:
        """Count a pack that has left a depot as its demand."""
        moved = read_fact(PackMoved, envelope.payload)
        if moved.origin.kind is PlaceKind.DEPOT:
            await depots.count_issued(moved.origin.holder_id, moved.model_id, envelope.occurred_at, session)

    return {PackMoved.type: [count_demand]}
