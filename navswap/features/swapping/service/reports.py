"""What stations report of the packs in their slots."""

from collections.abc import Sequence

from navswap.features.packs.service import PackReading, PackService, count_packs
from navswap.features.stations.service import ContactService, Station, StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


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

    async def report_packs(self, station_id: str, readings: Sequence[PackReading]) -> Station:
        """Write what a station measured of its packs, all or none, and count its stock; returns the station.

        Raises StationNotFoundError, PackElsewhereError.
        """

        async def work(session: Session) -> Station:
            station = await self._stations.get(station_id, session)
            packs = await self._packs.report(station_id, readings, session)
            return await self._stations.record_stock(
                station, count_packs(packs, self._promised_soc_percent), session
            )

        counted = await self._mongo.in_transaction(work)
        if readings:  # without any the stock is only counted again
            await self._contacts.seen(station_id, self._clock.now())
        return counted
