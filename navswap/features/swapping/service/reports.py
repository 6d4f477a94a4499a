"""What stations report of the packs in their slots."""

from collections.abc import Sequence
from dataclasses import dataclass

from navswap.features.packs.service import PackReading, PackService, count_packs
from navswap.features.stations.service import ContactService, Station, StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class PackReport:
    """The station with its new stock, and the indexes of the readings of packs that it does not have."""

    station: Station
    elsewhere: tuple[int, ...]


class PackReportService:
    """Takes what stations measured of packs; their stock follows in the same transaction."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        stations: StationService,
        contacts: ContactService,
        packs: PackService,
        promised_soc_percent: float,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._contacts = contacts
        self._packs = packs
        self._promised_soc_percent = promised_soc_percent

    async def report_packs(self, station_id: str, readings: Sequence[PackReading]) -> PackReport:
        """Write what a station measured of its packs, and count its stock; readings of other packs change nothing.

        Raises StationNotFoundError.
        """

        async def work(session: Session) -> PackReport:
            station = await self._stations.get(station_id, session)
            packs = await self._packs.report(station_id, readings, session)
            here = {pack.id for pack in packs}
            counted = await self._stations.record_stock(
                station, count_packs(packs, self._promised_soc_percent), session
            )
            return PackReport(
                counted,
                tuple(index for index, reading in enumerate(readings) if reading.serial_number not in here),
            )

        counted = await self._mongo.in_transaction(work)
        if readings:  # without any the stock is only counted again
            await self._contacts.seen(station_id, self._clock.now())
        return counted
