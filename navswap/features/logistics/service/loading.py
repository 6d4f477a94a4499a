"""Packs of a job taken on board where its transporter is: at a station or a depot, in the caller's transaction."""

from collections.abc import Sequence

from navswap.features.logistics.domain.values import StopKind, TransportJob
from navswap.features.logistics.service.station_stock import StationStock
from navswap.features.partners.service import StorageRequestService
from navswap.features.positions.service import Whereabouts
from navswap.features.procurement.service import DepotService
from navswap.infra.mongo import Session


class Loading:
    """Takes packs from where a job begins, and counts those for a shop with its storage request."""

    def __init__(self, stock: StationStock, depots: DepotService, requests: StorageRequestService) -> None:
        self._stock = stock
        self._depots = depots
        self._requests = requests

    async def take(
        self, job: TransportJob, transporter: Whereabouts, serial_numbers: Sequence[str], session: Session
    ) -> None:
        """Give packs of the job's model to its transporter: charged ones of a station, fit ones of a depot.

        Raises NotAtPlaceError, PackNotFoundError, PackElsewhereError, PackPromisedError, PackNotReadyError,
        WrongPackModelError, StorageRequestClosedError, MorePacksThanAcceptedError.
        """
        if job.storage is not None:
            await self._requests.collect(job.storage.request_id, serial_numbers, session)
        model_id = job.pack_model_id
        if job.origin_kind is StopKind.DEPOT:
            await self._depots.hand_out(job.origin_id, transporter, serial_numbers, model_id, session)
        else:
            await self._stock.take_out(job.origin_id, transporter, serial_numbers, session, model_id)
