"""Scans of partners and depots: what a shop takes in or gives away is delivered or picked up by the transporter's trip."""

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.values import Stop, StopKind
from navswap.features.logistics.errors import TooManyPacksError
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.vehicles import VehicleReader
from navswap.features.packs.errors import WrongPackModelError
from navswap.features.partners.errors import MorePacksThanAgreedError, PackOfAnotherTripError
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock


class ShopHandovers:
    """Keeps trips in step with the scans of shops, in the transaction of the scan (`partners.service.TripTracker`)."""

    def __init__(self, clock: Clock, writer: JobWriter, vehicles: VehicleReader) -> None:
        self._clock = clock
        self._writer = writer
        self._vehicles = vehicles

    async def bring(
        self, request_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Deliver the packs that are on board for the transporter's trip of a storage request, and pay it at its end.

        Packs that no trip brings are none of its business. Raises PackOfAnotherTripError for one that is on board for
        another job.
        """
        job = (await self._vehicles.read(transporter_id, session)).job
        brought = [] if job is None else [serial for serial in serial_numbers if serial in job.on_board]
        if job is None or not brought:
            return
        if job.storage is None or job.storage.request_id != request_id:
            raise _on_its_way(brought[0])
        await self._writer.apply(
            job_lifecycle.deliver(job, transporter_id, brought, self._clock.now()), session
        )

    async def require_free(
        self, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Raise PackOfAnotherTripError for a pack that is on board for the transporter's job under way."""
        job = (await self._vehicles.read(transporter_id, session)).job
        on_board = () if job is None else job.on_board
        for serial in serial_numbers:
            if serial in on_board:
                raise _on_its_way(serial)

    async def fetch(
        self, shop_id: str, transporter_id: str, serial_numbers: tuple[str, ...], session: Session
    ) -> None:
        """Pick up the packs for the transporter's trip from a shop, if there is one.

        Raises MorePacksThanAgreedError for more packs than the trip is for, WrongPackModelError.
        """
        vehicle = await self._vehicles.read(transporter_id, session)
        job = vehicle.job
        if job is None or job.origin != Stop(StopKind.SHOP, shop_id):
            return
        for serial in serial_numbers:
            if (model_id := vehicle.on_board[serial]) != job.pack_model_id:
                raise WrongPackModelError(
                    f"Pack {serial} is a {model_id}; the trip is for {job.pack_model_id}."
                )
        try:
            step = job_lifecycle.pick_up(job, transporter_id, serial_numbers, self._clock.now())
        except TooManyPacksError as error:
            raise MorePacksThanAgreedError(f"The trip is for {job.packs} packs; scan fewer.") from error
        await self._writer.apply(step, session)


def _on_its_way(serial_number: str) -> PackOfAnotherTripError:
    return PackOfAnotherTripError(
        f"Pack {serial_number} is on its way elsewhere; the transporter delivers it there, or ends that trip."
    )
