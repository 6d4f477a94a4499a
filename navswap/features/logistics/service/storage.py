"""Packs for storage: fetched from their station by a transporter, for a shop that has accepted them."""

from collections.abc import Sequence

from navswap.features.logistics.documents import Transporter, TransportJob
from navswap.features.logistics.errors import VehicleTooSmallError
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.features.partners.service import StorageRequest, StorageRequestService
from navswap.infra.mongo import Session


class StorageCollectionService:
    """Takes packs on board for storage requests; the shop takes them over by scanning them."""

    def __init__(self, dependencies: Dependencies, requests: StorageRequestService) -> None:
        self._mongo = dependencies.mongo
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._requests = requests
        self._promised_soc_percent = float(dependencies.settings.promised_soc_percent)

    async def collect(
        self, request_id: str, transporter_id: str, serial_numbers: Sequence[str]
    ) -> StorageRequest:
        """Take scanned packs of an accepted request out of the slots of its station.

        Packs collected before are no mistake. Raises StorageRequestNotFoundError, StorageRequestClosedError,
        BadStorageRequestError, VehicleTooSmallError, PackNotFoundError, PackElsewhereError, PackPromisedError,
        PackNotReadyError; none of the packs is taken then.
        """

        async def work(session: Session) -> StorageRequest:
            request, new = await self._requests.collect(request_id, list(serial_numbers), session)
            if not new:
                return request
            await self._require_room(transporter_id, len(new), session)
            await self._packs.load(
                new, request.station_id, transporter_id, self._promised_soc_percent, session
            )
            packs = await self._packs.count(request.station_id, self._promised_soc_percent, session)
            await self._stations.record_packs(request.station_id, packs, session)
            return request

        return await self._mongo.in_transaction(work)

    async def _require_room(self, transporter_id: str, packs: int, session: Session) -> None:
        """Raise VehicleTooSmallError unless so many packs fit beside those on board and those of a job under way."""
        transporter = await Transporter.read(transporter_id, session)
        loaded = (await self._packs.list_with_transporters([transporter_id], session))[transporter_id]
        jobs = await TransportJob.list_where({"transporter_id": transporter_id, "active": True}, session)
        to_fetch = sum(job.packs - len(job.picked_up) for job in jobs)
        room = (0 if transporter is None else transporter.capacity_packs) - len(loaded) - to_fetch
        if room < packs:
            raise VehicleTooSmallError(
                f"Your vehicle has room for {max(0, room)} more packs; take fewer, or return what is in it."
            )
