"""Packs change hands by being scanned: out of a slot, onto the vehicle, into a slot."""

from collections.abc import Sequence

from navswap.features.logistics.domain import job_lifecycle
from navswap.features.logistics.domain.slots import ScannedPack
from navswap.features.logistics.domain.values import TransportJob
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.loading import Loading
from navswap.features.logistics.service.scans import check_scan
from navswap.features.logistics.service.station_stock import StationStock
from navswap.features.logistics.service.vehicles import VehicleReader
from navswap.features.positions.service import PresenceReader
from navswap.features.stations.service import Station
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class CustodyService:
    """Moves packs with their jobs; the stock of each station changes in the same transaction."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: JobWriter,
        vehicles: VehicleReader,
        stock: StationStock,
        loading: Loading,
        presence: PresenceReader,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._vehicles = vehicles
        self._stock = stock
        self._loading = loading
        self._presence = presence

    async def pick_up(self, job_id: str, transporter_id: str, serial_numbers: Sequence[str]) -> TransportJob:
        """Take scanned packs from a station or depot; those that are on board already change nothing.

        Raises InvalidInputError, TransportJobNotFoundError, TransportJobEndedError, TooManyPacksError,
        HandoverNeededError at a shop, NotAtPlaceError, PackNotFoundError, PackElsewhereError, PackPromisedError,
        PackNotReadyError, WrongPackModelError, and for a storage request StorageRequestClosedError and
        MorePacksThanAcceptedError; none of the packs is taken then.
        """
        check_scan("serial_numbers", serial_numbers)
        transporter = await self._presence.read(transporter_id)

        async def work(session: Session) -> TransportJob:
            job = await self._writer.get(job_id, session)
            step = job_lifecycle.pick_up(job, transporter_id, serial_numbers, self._clock.now())
            if step.is_change:
                job_lifecycle.require_no_shop(job.origin)
                new = step.after.picked_up[len(job.picked_up) :]
                await self._loading.take(job, transporter, new, session)
            return await self._writer.apply(step, session)

        return await self._mongo.in_transaction(work)

    async def deliver(self, job_id: str, transporter_id: str, packs: Sequence[ScannedPack]) -> TransportJob:
        """Put scanned packs into slots of the target; the job ends, and is paid, once nothing of it is on board.

        Raises InvalidInputError, TransportJobNotFoundError, TransportJobEndedError, PackNotOnBoardError,
        HandoverNeededError at a shop, NotAtPlaceError, PackElsewhereError, SlotTakenError, WrongPackModelError, StationFullError; none of the packs is delivered then.
        """
        serial_numbers = [pack.serial_number for pack in packs]
        check_scan("packs", serial_numbers)
        transporter = await self._presence.read(transporter_id)

        async def work(session: Session) -> TransportJob:
            job = await self._writer.get(job_id, session)
            step = job_lifecycle.deliver(job, transporter_id, serial_numbers, self._clock.now())
            if step.is_change:
                job_lifecycle.require_no_shop(job.target)
                models = dict.fromkeys(serial_numbers, job.pack_model_id)
                await self._stock.put_in(
                    job.target_id, transporter, packs, models, session, already=job.delivered
                )
            return await self._writer.apply(step, session)

        return await self._mongo.in_transaction(work)

    async def return_packs(
        self, station_id: str, transporter_id: str, packs: Sequence[ScannedPack]
    ) -> Station:
        """Put packs that stayed with a transporter after a job into slots of any station; nothing is paid.

        Those that the transporter put in there before, and that have not moved since, change nothing. Raises
        InvalidInputError, StationNotFoundError, TransportJobUnderWayError, NotAtPlaceError, PackNotFoundError, PackElsewhereError,
        SlotTakenError, WrongPackModelError, StationFullError; none of the packs is returned then.
        """
        serial_numbers = [pack.serial_number for pack in packs]
        check_scan("packs", serial_numbers)
        transporter = await self._presence.read(transporter_id)

        async def work(session: Session) -> Station:
            vehicle = await self._vehicles.read(transporter_id, session)
            vehicle.require_spare(serial_numbers)
            return await self._stock.put_in(station_id, transporter, packs, vehicle.on_board, session)

        return await self._mongo.in_transaction(work)

    async def collect(self, station_id: str, transporter_id: str, serial_numbers: Sequence[str]) -> None:
        """Take recalled and retired packs out of their slots, to be handed in at a depot; nothing is paid.

        Those that are on board already change nothing. Raises InvalidInputError, StationNotFoundError, NotAtPlaceError,
        VehicleTooSmallError, PackNotFoundError, PackElsewhereError, PackNotReadyError; none of the packs is taken then.
        """
        check_scan("serial_numbers", serial_numbers)
        transporter = await self._presence.read(transporter_id)

        async def work(session: Session) -> None:
            vehicle = await self._vehicles.read(transporter_id, session)
            moved = await self._stock.take_out_of_use(station_id, transporter, serial_numbers, session)
            vehicle.require_room(len(moved))

        await self._mongo.in_transaction(work)
