"""Transporters: who is ready for offers, and with what vehicle."""

from navswap.features.logistics.domain import transporter_lifecycle
from navswap.features.logistics.domain.values import OfferState, Transporter
from navswap.features.logistics.service.offers import OfferWriter
from navswap.features.logistics.storage.offers import JobOffers, Transporters
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError

MAX_CAPACITY = 200


class TransporterService:
    """Keeps who is online."""

    def __init__(self, mongo: Mongo, clock: Clock, offers: OfferWriter) -> None:
        self._mongo = mongo
        self._clock = clock
        self._offers = offers

    async def set_online(
        self, transporter_id: str, *, is_online: bool, capacity_packs: int | None = None
    ) -> Transporter:
        """Take offers, or no more; who goes offline loses offers, not a job under way. Twice is the same as once.

        Raises InvalidInputError unless a capacity is 1 to 200 packs, VehicleUnknownError.
        """
        if capacity_packs is not None and not 1 <= capacity_packs <= MAX_CAPACITY:
            raise InvalidInputError("capacity_packs", f"A vehicle carries 1 to {MAX_CAPACITY} packs.")

        async def work(session: Session) -> Transporter:
            known = await Transporters.find(transporter_id, session)
            step = transporter_lifecycle.set_online(
                transporter_id, known, self._clock.now(), is_online=is_online, capacity_packs=capacity_packs
            )
            changed = await Transporters.apply(step, session)
            if not is_online:
                live = await JobOffers.list_live_of_transporter(transporter_id, session)
                await self._offers.end([(offer, OfferState.WITHDRAWN) for offer in live], session)
            return changed

        return await self._mongo.in_transaction(work)

    async def find_by_ids(self, ids: list[str]) -> dict[str, Transporter]:
        """Return transporters by id; those who were never online are left out."""
        return await Transporters.find_by_ids(ids)
