"""Meters: take what stations report of their feeders, and tell what was drawn and what it cost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.events.outbox import publish
from navswap.features.energy.documents import Consumed, EnergyStation, HistoryUnit, MeterReading
from navswap.features.energy.errors import BadMeterReadingError, BadPeriodError, MeterReadingConflictError
from navswap.features.energy.events import EnergyStationChanged
from navswap.features.energy.rules import FLAT, Prices, split_by_hour
from navswap.features.energy.service.tariffs import TariffService
from navswap.features.stations.service import StationService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock

MAX_READINGS = 100
LONGEST = timedelta(hours=1)
MAX_AHEAD = timedelta(seconds=30)
"""How far the clock of a meter may be ahead of ours."""
MAX_KW = 1000.0
LONGEST_HISTORY = {HistoryUnit.HOUR: timedelta(days=31), HistoryUnit.DAY: timedelta(days=366)}


@dataclass(frozen=True, slots=True)
class Reading:
    """Energy that a station drew from `start` to `end`, at most an hour."""

    start: datetime
    end: datetime
    kwh: float

    @property
    def report(self) -> str:
        """Name the reading by what it says, so that the same one again is known."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}/{self.kwh!r}"


class MeterService:
    """Keeps the readings, which never overlap and never change."""

    def __init__(self, mongo: Mongo, clock: Clock, stations: StationService, tariffs: TariffService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._stations = stations
        self._tariffs = tariffs

    async def report(self, station_id: str, readings: list[Reading]) -> EnergyStation:
        """Store readings, all or none, each hour at its price; one that is there already is left as it is.

        Raises StationNotFoundError, BadMeterReadingError, MeterReadingConflictError.
        """
        if not 1 <= len(readings) <= MAX_READINGS:
            raise BadMeterReadingError(f"Report 1 to {MAX_READINGS} readings at once.")
        for reading in readings:
            self._check(reading)
        prices = await self._prices(station_id)

        async def work(session: Session) -> EnergyStation:
            energy = await EnergyStation.touch(station_id, self._clock.now(), session)
            for reading in readings:
                await _store(station_id, reading, prices, session)
                if energy.load_until is None or reading.end > energy.load_until:
                    energy.load_until = reading.end
                    energy.load_kw = reading.kwh / ((reading.end - reading.start) / LONGEST)
            await energy.write(session)
            await publish(session, self._clock.now(), EnergyStationChanged.of(energy))
            return energy

        return await self._mongo.in_transaction(work)

    async def history(
        self, station_id: str, start: datetime, end: datetime, unit: HistoryUnit
    ) -> list[Consumed]:
        """Return what was drawn by hour or day of the tariff's time zone, earliest first.

        Raises StationNotFoundError, BadPeriodError.
        """
        longest = LONGEST_HISTORY[unit]
        if not start < end <= start + longest:
            raise BadPeriodError(f"Ask for a period of at most {longest.days} days by {unit}.")
        prices = await self._prices(station_id)
        return await MeterReading.history(station_id, start, end, unit, prices.zone.key)

    def _check(self, reading: Reading) -> None:
        if not reading.start < reading.end <= reading.start + LONGEST:
            raise BadMeterReadingError("A reading covers more than nothing and at most an hour.")
        if reading.end > self._clock.now() + MAX_AHEAD:
            raise BadMeterReadingError("A reading cannot end in the future; set the clock of the meter.")
        if not 0 <= reading.kwh <= MAX_KW * ((reading.end - reading.start) / LONGEST):
            raise BadMeterReadingError(f"A feeder gives 0 to {MAX_KW:.0f} kW; {reading.kwh} kWh do not fit.")

    async def _prices(self, station_id: str) -> Prices:
        """Return the prices of a station; raises StationNotFoundError."""
        station = await self._stations.get(station_id)
        tariff = await self._tariffs.find(station.information.tariff_id)
        return FLAT if tariff is None else tariff.prices


async def _store(station_id: str, reading: Reading, prices: Prices, session: Session) -> None:
    known = await MeterReading.reports_between(station_id, reading.start, reading.end, LONGEST, session)
    if known == {reading.report}:
        return
    if known:
        raise MeterReadingConflictError(
            f"Another reading overlaps {reading.start.isoformat()} to {reading.end.isoformat()}."
        )
    parts = split_by_hour(reading.start, reading.end, reading.kwh, prices)
    documents = [MeterReading.of(station_id, reading.report, part) for part in parts]
    await MeterReading.insert_many(documents, session=session)
