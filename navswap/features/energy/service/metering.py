"""Meters: what stations report of their feeders, and what was drawn and what it cost."""

from collections.abc import Sequence
from datetime import datetime

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.metering import (
    Reading,
    check_period,
    check_readings,
    new_quarters,
    new_readings,
)
from navswap.features.energy.domain.tariffs import Prices, prices_of
from navswap.features.energy.domain.values import Consumption, EnergyStation, HistoryUnit
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import EnergyStations, MeterReadings
from navswap.features.stations.service import ContactService, StationReader
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class MeterService:
    """Stores the readings, which never overlap and never change."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        writer: EnergyStationWriter,
        stations: StationReader,
        contacts: ContactService,
        tariffs: TariffService,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._writer = writer
        self._stations = stations
        self._contacts = contacts
        self._tariffs = tariffs

    async def report(self, station_id: str, readings: Sequence[Reading]) -> EnergyStation:
        """Store readings, all or none, each hour at its price; one that is there already is left as it is.

        Raises StationNotFoundError, InvalidInputError, MeterReadingConflictError.
        """
        check_readings(readings, self._clock.now())
        prices = await self._prices(station_id)
        await self._contacts.seen(station_id, self._clock.now())

        async def work(session: Session) -> EnergyStation:
            station = await EnergyStations.get(station_id, self._clock.now(), session)
            known = await MeterReadings.list_overlapping(station_id, readings, session)
            new = new_readings(station_id, readings, known, prices)
            if not new:
                return station
            await MeterReadings.insert_all(new, session)
            known = await MeterReadings.list_between(station_id, new_quarters(station, readings), session)
            measured = lifecycle.measure(station, readings, known)
            # Reports of one station at a time: two that overlap both write here, so one of them runs again.
            await EnergyStations.count_report(station_id, session)
            return await self._writer.apply(measured, session)

        return await self._mongo.in_transaction(work)

    async def history(
        self, station_id: str, starts_at: datetime, ends_at: datetime, unit: HistoryUnit
    ) -> list[Consumption]:
        """Return what was drawn by hour or day of the tariff's time zone, earliest first.

        Raises StationNotFoundError, InvalidInputError.
        """
        check_period(starts_at, ends_at, unit)
        prices = await self._prices(station_id)
        return await MeterReadings.history(station_id, starts_at, ends_at, unit, prices.zone.key)

    async def _prices(self, station_id: str) -> Prices:
        """Return the prices of a station; raises StationNotFoundError."""
        station = await self._stations.get(station_id)
        return prices_of(await self._tariffs.find(station.information.tariff_id))
