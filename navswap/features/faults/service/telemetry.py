"""Telemetry: every report is a heartbeat; readings raise faults, prove repairs, and end what ends by itself."""

from dataclasses import dataclass
from datetime import datetime

from navswap.features.faults.catalogue import Action, Component, FaultCode
from navswap.features.faults.documents import Fault, FaultState, StationLink, Ticket
from navswap.features.faults.errors import BadTelemetryError
from navswap.features.faults.rules import (
    Evidence,
    FaultSource,
    Outcome,
    Reading,
    ReadingRejection,
    ends_by_itself,
    findings,
    outcome_of,
    reading_rejection,
    shows_health,
    subject_of,
)
from navswap.features.faults.service.dependencies import Dependencies
from navswap.features.faults.service.desk import FaultDesk, Finding
from navswap.features.packs.service import Pack
from navswap.infra.mongo import Session

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

    def __init__(self, dependencies: Dependencies, desk: FaultDesk) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._keeper = dependencies.keeper
        self._desk = desk

    async def report(self, station_id: str, readings: list[Reading]) -> TelemetryReport:
        """Take a report; an empty one is a bare heartbeat. Raises StationNotFoundError, BadTelemetryError."""
        if len(readings) > MAX_READINGS:
            raise BadTelemetryError(f"Report at most {MAX_READINGS} readings at once.")
        now = self._clock.now()
        station = await self._stations.get(station_id)
        packs = await self._packs_of(station_id, readings)
        slots = station.information.slot_count
        verdicts = [(one, reading_rejection(one, slots, packs, now)) for one in readings]
        accepted = sorted((one for one, why in verdicts if why is None), key=lambda one: one.measured_at)
        await StationLink.heard(station_id, now)
        heartbeat = Reading(Component.COMMUNICATION, now)
        raised = resolved = 0
        faults = await Fault.list_open(station_id)
        for reading in (*accepted, heartbeat):
            ended = [
                one.id for one in faults if _speaks_for(reading, one) and await self._hear(one.id, reading)
            ]
            begun = await self._begin(station_id, reading, packs)
            resolved, raised = resolved + len(ended), raised + begun
            if ended or begun:
                faults = await Fault.list_open(station_id)
        rejected = tuple((index, why) for index, (_, why) in enumerate(verdicts) if why is not None)
        return TelemetryReport(len(accepted), rejected, raised, resolved)

    async def _begin(self, station_id: str, reading: Reading, packs: dict[str, Pack]) -> int:
        """Raise what a reading shows; returns how many faults are new."""
        pack = packs.get(reading.serial_number or "")
        in_pack = reading.component is Component.PACK and pack is not None
        raised = 0
        for code in sorted(findings(reading)):
            finding = Finding(
                station_id=station_id,
                code=code,
                source=FaultSource.TELEMETRY,
                seen_at=reading.measured_at,
                evse_id=pack.place.evse_id if in_pack and pack is not None else reading.evse_id,
                serial_number=pack.id if in_pack and pack is not None else None,
                description=f"Device error {reading.error_code}." if reading.has_error else "",
            )
            noticed = await self._desk.notice(finding)
            raised += noticed is not None and noticed.is_new
        return raised

    async def _packs_of(self, station_id: str, readings: list[Reading]) -> dict[str, Pack]:
        """Return the packs in the slots of a station by serial number, where a reading is about packs."""
        if not any(reading.component is Component.PACK for reading in readings):
            return {}
        return {pack.id: pack for pack in await self._packs.list_at_station(station_id)}

    async def _hear(self, fault_id: str, reading: Reading) -> bool:
        """Judge the pending command by a reading from after it, or end what ends by itself; True when it ended."""

        async def work(session: Session) -> bool:
            fault = await Fault.read(fault_id, session)
            if fault is None or not fault.open or reading.measured_at <= fault.last_seen_at:
                return False
            healthy = shows_health(fault.code, reading)
            pending = fault.pending
            if pending is not None and reading.measured_at > pending.issued_at:
                seen = Evidence(pending.accepted, healthy=healthy, locked=reading.locked is True)
                outcome = outcome_of(pending.action, pending.deadline, seen, self._clock.now())
                if outcome is Outcome.SUCCEEDED:
                    fault = await self._keeper.settle(fault, outcome, session, seen_at=reading.measured_at)
            if not fault.open:
                return True
            waits = fault.state is FaultState.TICKETED
            if not healthy or not ends_by_itself(fault.code, fault.source, waits_for_people=waits):
                return False
            await self._end_by_itself(fault, reading.measured_at, session)
            return True

        return await self._mongo.in_transaction(work)

    async def _end_by_itself(self, fault: Fault, over_at: datetime, session: Session) -> None:
        await self._keeper.resolve(fault, session, over_at=over_at)
        ticket = None if fault.ticket_id is None else await Ticket.read(fault.ticket_id, session)
        if ticket is not None:
            await self._keeper.close_ticket(
                ticket, session, by=None, action=None, detail="Telemetry shows that the fault is over."
            )


def _speaks_for(reading: Reading, fault: Fault) -> bool:
    """Tell whether a reading is of the place of a fault, and can say something about it."""
    if fault.code is FaultCode.STATION_OFFLINE:
        return reading.component is Component.COMMUNICATION
    place = subject_of(reading.component, reading.evse_id, reading.serial_number)
    if reading.component is Component.COMMUNICATION or place != fault.subject:
        pending = fault.pending
        locks = pending is not None and pending.action is Action.LOCK_SLOT
        return locks and reading.locked is True and reading.evse_id == fault.evse_id
    return reading.locked is True or shows_health(fault.code, reading)
