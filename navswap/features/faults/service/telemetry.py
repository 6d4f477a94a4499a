"""Telemetry: every report is a heartbeat; readings raise faults, prove repairs, and end what ends by itself."""

from dataclasses import dataclass

from navswap.features.faults.domain.catalogue import Component
from navswap.features.faults.domain.parameters import FaultParameters
from navswap.features.faults.domain.readings import Reading, ReadingRejection, concerns, reading_rejection
from navswap.features.faults.domain.reports import findings_of
from navswap.features.faults.errors import FaultOverError
from navswap.features.faults.service.commands import CommandService
from navswap.features.faults.service.reports import FaultService
from navswap.features.faults.storage import Faults
from navswap.features.packs.service import PackReader
from navswap.features.stations.service import ContactService, StationReader
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError

MAX_READINGS = 500


@dataclass(frozen=True, slots=True)
class TelemetryReport:
    """What became of a report: readings used, those that were not by their index, faults begun and ended."""

    accepted: int
    rejected: tuple[tuple[int, ReadingRejection], ...]
    raised: int
    resolved: int


class TelemetryService:
    """Takes what stations measure."""

    def __init__(
        self,
        clock: Clock,
        stations: StationReader,
        contacts: ContactService,
        packs: PackReader,
        faults: FaultService,
        commands: CommandService,
        parameters: FaultParameters,
    ) -> None:
        self._clock = clock
        self._stations = stations
        self._contacts = contacts
        self._packs = packs
        self._faults = faults
        self._commands = commands
        self._parameters = parameters

    async def report(self, station_id: str, readings: list[Reading]) -> TelemetryReport:
        """Take a report; an empty one is a bare heartbeat. Raises StationNotFoundError, InvalidInputError."""
        if len(readings) > MAX_READINGS:
            raise InvalidInputError("readings", f"Report at most {MAX_READINGS} readings at once.")
        now = self._clock.now()
        station = await self._stations.get(station_id)
        pack_slots = await self._pack_slots(station_id, readings)
        verdicts = [
            (
                reading,
                reading_rejection(reading, station.information.slot_count, pack_slots, now, self._parameters),
            )
            for reading in readings
        ]
        accepted = [reading for reading, rejection in verdicts if rejection is None]
        await self._contacts.heartbeat(station_id, now)
        raised = resolved = 0
        faults = await Faults.list_open(station_id)
        heartbeat = Reading(Component.COMMUNICATION, now)
        for reading in (*sorted(accepted, key=lambda reading: reading.measured_at), heartbeat):
            concerned = [fault.id for fault in faults if concerns(reading, fault)]
            ended = sum([await self._commands.observe(fault_id, reading) for fault_id in concerned])
            begun = await self._raise(reading, station_id, pack_slots.get(reading.serial_number or ""))
            resolved, raised = resolved + ended, raised + begun
            if ended or begun:
                faults = await Faults.list_open(station_id)
        rejected = tuple(
            (index, rejection) for index, (_, rejection) in enumerate(verdicts) if rejection is not None
        )
        return TelemetryReport(len(accepted), rejected, raised, resolved)

    async def _raise(self, reading: Reading, station_id: str, pack_slot: int | None) -> int:
        """Raise what a reading shows; returns how many faults are new."""
        raised = 0
        for finding in findings_of(reading, station_id, pack_slot):
            try:
                raised += (await self._faults.record(finding)).is_new
            except FaultOverError:
                continue  # a late reading, from before the fault ended
        return raised

    async def _pack_slots(self, station_id: str, readings: list[Reading]) -> dict[str, int | None]:
        """Return the slots of the packs of a station by serial number, where a reading is about packs."""
        if not any(reading.component is Component.PACK for reading in readings):
            return {}
        return {pack.id: pack.place.evse_id for pack in await self._packs.list_at_station(station_id)}
