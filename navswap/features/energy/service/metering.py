"""Meters: what stations report of their feeders, and what was drawn and what it cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.features.energy.domain import lifecycle
from navswap.features.energy.domain.metering import (
    MAX_READINGS,
    Reading,
    check_period,
    new_quarters,
    new_readings,
    overlap,
    reading_fault,
)
from navswap.features.energy.domain.tariffs import Prices, prices_of
from navswap.features.energy.domain.values import Consumption, EnergyStation, HistoryUnit
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.energy.service.writer import EnergyStationWriter
from navswap.features.energy.storage import EnergyStations, MeterReadings
from navswap.features.stations.service import ContactService, StationReader
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class MeterReport:
    """The station as it is after a report, how many of its readings count, and why the others do not by their index."""

    station: EnergyStation
    accepted: int
    refused: Mapping[int, InvalidInputError]


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

    async def report(self, station_id: str, readings: Sequence[Reading]) -> MeterReport:
        """Store the readings that are possible and overlap no other, each hour at its price.

        One that is there already is left as it is. Raises StationNotFoundError, InvalidInputError for too many.
        """
        if len(readings) > MAX_READINGS:
            raise InvalidInputError("readings", f"Report 1 to {MAX_READINGS} readings at once.")
        now = self._clock.now()
        faults = {index: reading_fault(reading, now) for index, reading in enumerate(readings)}
        possible = {index: readings[index] for index, fault in faults.items() if fault is None}
        impossible = {index: fault for index, fault in faults.items() if fault is not None}
        prices = await self._prices(station_id)
        await self._contacts.seen(station_id, now)

        async def work(session: Session) -> tuple[EnergyStation, tuple[int, ...]]:
            station = await EnergyStations.get(station_id, now, session)
            if not possible:
                return station, ()
            spans = list(possible.values())
            known = await MeterReadings.list_overlapping(station_id, spans, session)
            new = new_readings(station_id, possible, known, prices)
            if not new.parts:
                return station, new.overlapping
            await MeterReadings.insert_all(new.parts, session)
            taken = [reading for index, reading in possible.items() if index not in new.overlapping]
            known = await MeterReadings.list_between(station_id, new_quarters(station, taken), session)
            measured = lifecycle.measure(station, taken, known)
            # Reports of one station at a time: two that overlap both write here, so one of them runs again.
            await EnergyStations.count_report(station_id, session)
            return await self._writer.apply(measured, session), new.overlapping

        station, overlapping = await self._mongo.in_transaction(work)
        refused = impossible | {index: overlap(readings[index]) for index in overlapping}
        return MeterReport(station, len(readings) - len(refused), dict(sorted(refused.items())))

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
