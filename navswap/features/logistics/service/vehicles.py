"""What vehicles carry now."""

from navswap.features.logistics.domain.vehicles import VehicleLoad
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.offers import Transporters
from navswap.features.packs.service import PackService
from navswap.infra.mongo import Session


class VehicleReader:
    """Reads what a decision on a vehicle's room needs."""

    def __init__(self, packs: PackService) -> None:
        self._packs = packs

    async def read(self, transporter_id: str, session: Session) -> VehicleLoad:
        """Return what the vehicle of a transporter carries; one that was never online has no room."""
        transporter = await Transporters.find(transporter_id, session)
        loaded = await self._packs.list_with_transporters([transporter_id], session)
        return VehicleLoad(
            capacity_packs=0 if transporter is None else transporter.capacity_packs,
            on_board={pack.id: pack.model_id for pack in loaded[transporter_id]},
            job=await TransportJobs.find_under_way(transporter_id, session),
        )
