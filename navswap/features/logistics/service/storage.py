"""Packs for storage: fetched from their station by a transporter, for a shop that has accepted them."""

from collections.abc import Sequence

from navswap.features.logistics.service.station_stock import StationStock
from navswap.features.logistics.service.vehicles import VehicleReader
from navswap.features.partners.service import StorageRequest, StorageRequestService
from navswap.features.positions.service import PresenceReader
from navswap.infra.mongo import Mongo, Session


class StorageCollectionService:
    """Takes packs on board for storage requests; the shop takes them over by scanning them."""

    def __init__(
        self,
        mongo: Mongo,
        requests: StorageRequestService,
        vehicles: VehicleReader,
        stock: StationStock,
        presence: PresenceReader,
    ) -> None:
        self._mongo = mongo
        self._requests = requests
        self._vehicles = vehicles
        self._stock = stock
        self._presence = presence

    async def collect(
        self, request_id: str, transporter_id: str, serial_numbers: Sequence[str]
    ) -> StorageRequest:
        """Take scanned packs of an accepted request out of the slots of its station.

        Packs collected before change nothing. Raises InvalidInputError, StorageRequestNotFoundError,
        StorageRequestClosedError, MorePacksThanAcceptedError, VehicleTooSmallError, NotAtPlaceError, PackNotFoundError,
        PackElsewhereError, PackPromisedError, PackNotReadyError, WrongPackModelError; none of the packs is taken then.
        """
        transporter = await self._presence.read(transporter_id)

        async def work(session: Session) -> StorageRequest:
            request, new = await self._requests.collect(request_id, serial_numbers, session)
            if new:
                vehicle = await self._vehicles.read(transporter_id, session)
                vehicle.require_room(len(new))
                await self._stock.take_out(
                    request.station_id, transporter, new, session, request.pack_model_id
                )
            return request

        return await self._mongo.in_transaction(work)
