"""Transporters: who is ready for offers, and with what vehicle."""

from typing import Any

from navswap.features.logistics.documents import JobOffer, OfferState, Transporter
from navswap.features.logistics.errors import BadCapacityError
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.infra.mongo import Session

MAX_CAPACITY = 200


class TransporterService:
    """Keeps who is online."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._keeper = dependencies.keeper

    async def set_online(
        self, transporter_id: str, *, online: bool, capacity_packs: int | None = None
    ) -> Transporter:
        """Take offers, or no more; who goes offline loses offers, not a job under way. Twice is the same as once.

        Raises BadCapacityError.
        """
        if capacity_packs is not None and not 1 <= capacity_packs <= MAX_CAPACITY:
            raise BadCapacityError(f"A vehicle carries 1 to {MAX_CAPACITY} packs, not {capacity_packs}.")

        async def work(session: Session) -> Transporter:
            present = await Transporter.read(transporter_id, session)
            capacity = capacity_packs or (present.capacity_packs if present else 0)
            if online and not capacity:
                raise BadCapacityError("Say how many packs your vehicle carries.")
            values: dict[str, Any] = {"online": online, "capacity_packs": capacity}
            if present is None or online > present.online:
                values["free_since"] = self._clock.now()
            changed = await Transporter.put(transporter_id, values, session)
            if online:
                return changed
            live = await JobOffer.list_where({"transporter_id": transporter_id, "live": True}, session)
            await self._keeper.end_offers(live, OfferState.WITHDRAWN, session)
            return changed

        return await self._mongo.in_transaction(work)

    async def list_by_ids(self, ids: list[str]) -> dict[str, Transporter]:
        """Return transporters by id; those who were never online are left out."""
        return {one.id: one async for one in Transporter.find({"_id": {"$in": ids}})}
