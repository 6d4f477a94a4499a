"""Where faults are raised, commands answered, and what is due is looked at. Each is one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.errors import DuplicateKeyError

from navswap.events.outbox import publish
from navswap.features.faults.catalogue import KINDS, Action, Component, FaultCode
from navswap.features.faults.documents import Fault, FaultState, StationLink
from navswap.features.faults.errors import (
    BadFaultReportError,
    CommandNotFoundError,
    CommandSettledError,
    FaultNotFoundError,
)
from navswap.features.faults.events import FaultRaised
from navswap.features.faults.rules import (
    FLAPPING_SPAN,
    Evidence,
    FaultSource,
    Outcome,
    are_we_deaf,
    check_at,
    outcome_of,
    pause_of,
    subject_of,
)
from navswap.features.faults.service.dependencies import Dependencies
from navswap.features.packs.service import PlaceKind
from navswap.infra.batches import work_through
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id

log = structlog.get_logger(__name__)

DUE_BATCH = 100
RAISE_ATTEMPTS = 5
"""Times that a fault is counted or raised anew, while others raise and resolve the same one."""
MAX_DESCRIPTION = 1000

SchemaPolicy = Callable[[Session], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault as it was noticed."""

    station_id: str
    code: FaultCode
    source: FaultSource
    seen_at: datetime
    evse_id: int | None = None
    serial_number: str | None = None
    reported_by: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """The fault that a finding raised, or was one more occurrence of."""

    fault: Fault
    is_new: bool


class FaultDesk:
    """Takes findings and answers, and moves on what is due."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._patience = timedelta(minutes=dependencies.settings.heartbeat_minutes)
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._packs = dependencies.packs
        self._availability = dependencies.availability
        self._keeper = dependencies.keeper
        self._advisor = dependencies.advisor
        self._was_deaf = False

    async def report(self, finding: Finding) -> Noticed:
        """Raise what a person noticed; raises StationNotFoundError, BadFaultReportError."""
        station = await self._stations.get(finding.station_id)
        component = KINDS[finding.code].component
        slots = station.information.slot_count
        if len(finding.description) > MAX_DESCRIPTION:
            raise BadFaultReportError(f"Describe the fault in at most {MAX_DESCRIPTION} characters.")
        if finding.evse_id is not None and not 1 <= finding.evse_id <= slots:
            raise BadFaultReportError(
                f"This station has no slot {finding.evse_id}; its slots are 1 to {slots}."
            )
        if component in {Component.SLOT, Component.CHARGER} and finding.evse_id is None:
            raise BadFaultReportError("Name the slot that has this fault.")
        if component is Component.PACK:
            finding = await self._placed(finding)
        noticed = await self.notice(finding)
        if noticed is None:
            raise BadFaultReportError("This fault was resolved a moment ago; look again and report it anew.")
        return noticed

    async def notice(self, finding: Finding, guard: SchemaPolicy | None = None) -> Noticed | None:
        """Raise a fault, pause what it touches and take the first step; an open one is counted once more.

        None where the finding is older than the end of such a fault, or the `guard` no longer holds in the
        transaction.
        """
        key = _key(finding)
        for _ in range(RAISE_ATTEMPTS):
            if (again := await Fault.notice_again(key, finding.seen_at)) is not None:
                return Noticed(again, is_new=False)
            try:
                raised = await self._mongo.in_transaction(
                    lambda session: self._raise(finding, key, guard, session)
                )
            except DuplicateKeyError:
                continue  # another process raised it first
            return None if raised is None else Noticed(raised, is_new=True)
        return None

    async def answer(self, command_id: str, *, accepted: bool, detail: str) -> Fault:
        """Take a station's answer to a command; the same answer again changes nothing.

        Raises CommandNotFoundError, CommandSettledError.
        """

        async def work(session: Session) -> Fault:
            fault = await Fault.find_by_command(command_id, session)
            if fault is None:
                raise CommandNotFoundError("There is no such command.")
            [attempt] = [one for one in fault.attempts if one.command_id == command_id]
            if attempt.accepted is accepted:
                return fault
            if attempt.outcome is not Outcome.PENDING or attempt.accepted is not None:
                raise CommandSettledError(f"This command was settled already ({attempt.outcome}).")
            seen = Evidence(accepted=accepted)
            outcome = outcome_of(attempt.action, attempt.deadline, seen, self._clock.now())
            if outcome is not Outcome.PENDING:
                return await self._keeper.settle(fault, outcome, session, accepted=accepted, detail=detail)
            answered = attempt.model_copy(update={"accepted": accepted, "detail": detail})
            attempts = [answered if one.command_id == command_id else one for one in fault.attempts]
            return await fault.changed(session, attempts=attempts)

        return await self._mongo.in_transaction(work)

    async def advance_due(self) -> int:
        """Look at the faults whose command or analysis is due; returns how many moved on.

        Safe to run in several processes.
        """
        due = await Fault.list_due(self._clock.now(), DUE_BATCH)
        return await work_through(due, self._advance)

    async def miss_heartbeats(self) -> int:
        """Raise a fault for each station that was heard once, but not of late; returns how many.

        None while most of the network is silent at once: then it is us who do not hear.
        """
        now = self._clock.now()
        since = now - self._patience
        silent_ids = await StationLink.list_silent(since, DUE_BATCH)
        if silent_ids and await self._is_deaf(since, now):
            return 0

        async def miss(station_id: str) -> bool:
            async def still_silent(session: Session) -> bool:
                return await StationLink.miss(station_id, since, session)

            finding = Finding(station_id, FaultCode.STATION_OFFLINE, FaultSource.HEARTBEAT, now)
            noticed = await self.notice(finding, still_silent)
            if noticed is not None and noticed.is_new:
                return True
            await StationLink.miss(station_id, since)  # somebody reported it already: that is one fault
            return False

        return await work_through(silent_ids, miss)

    async def get(self, fault_id: str) -> Fault:
        """Return a fault; raises FaultNotFoundError."""
        fault = await Fault.read(fault_id)
        if fault is None:
            raise FaultNotFoundError("There is no such fault.")
        return fault

    async def list_by_ids(self, ids: list[str]) -> dict[str, Fault]:
        """Return faults by id; unknown ids are left out."""
        return {fault.id: fault async for fault in Fault.find({"_id": {"$in": ids}})}

    async def count_open(self, station_ids: list[str]) -> dict[str, int]:
        """Return how many faults are open at each station; stations without any are left out."""
        return await Fault.count_open(station_ids)

    async def last_heard(self, station_ids: list[str]) -> dict[str, datetime]:
        """Return when each station was last heard; those that never were are left out."""
        return await StationLink.last_heard(station_ids)

    async def list_page(self, wanted: dict[str, Any], before: str | None, limit: int) -> list[Fault]:
        """Return faults, newest first, older than the one with id `before`."""
        return await Fault.list_page(wanted, before, limit)

    async def _is_deaf(self, since: datetime, now: datetime) -> bool:
        in_contact, silent = await StationLink.count_contacts(since, now)
        deaf = are_we_deaf(silent, in_contact)
        if deaf and not self._was_deaf:
            log.error("most_stations_are_silent", silent=silent, in_contact=in_contact)
        self._was_deaf = deaf
        return deaf

    async def _placed(self, finding: Finding) -> Finding:
        """Return the finding with the slot of its pack; raises BadFaultReportError."""
        if finding.serial_number is None:
            raise BadFaultReportError("Give the serial number of the pack that has this fault.")
        pack = await self._packs.find(finding.serial_number)
        if pack is None or (pack.place.kind, pack.place.holder_id) != (PlaceKind.SLOT, finding.station_id):
            raise BadFaultReportError(f"Pack {finding.serial_number} is in no slot of this station.")
        return Finding(
            station_id=finding.station_id,
            code=finding.code,
            source=finding.source,
            seen_at=finding.seen_at,
            evse_id=pack.place.evse_id,
            serial_number=pack.id,
            reported_by=finding.reported_by,
            description=finding.description,
        )

    async def _raise(
        self, finding: Finding, key: dict[str, Any], guard: SchemaPolicy | None, session: Session
    ) -> Fault | None:
        now = self._clock.now()
        ends = await Fault.list_ends_since(key, now - FLAPPING_SPAN, session)
        if any(end >= finding.seen_at for end in ends) or (guard is not None and not await guard(session)):
            return None
        kind = KINDS[finding.code]
        fault = Fault(
            id=new_id(),
            station_id=finding.station_id,
            component=kind.component,
            subject=key["subject"],
            evse_id=finding.evse_id,
            serial_number=finding.serial_number,
            code=finding.code,
            severity=kind.severity,
            source=finding.source,
            reported_by=finding.reported_by,
            description=finding.description,
            pause=pause_of(finding.code, finding.source),
            earlier_faults=len(ends),
            state=FaultState.ANALYSING,
            raised_at=now,
            last_seen_at=finding.seen_at,
            due_at=now,
        )
        await fault.add(session)
        await self._availability.pause(fault, session)
        await publish(session, now, FaultRaised.of(fault))
        return await self._keeper.go_on(fault, session)

    async def _advance(self, fault_id: str) -> bool:
        known = await Fault.read(fault_id)
        if known is None:
            return False
        analysing = known.state is FaultState.ANALYSING
        advice = await self._advisor.rank(known.code, self._clock.now()) if analysing else None

        async def work(session: Session) -> bool:
            now = self._clock.now()
            fault = await Fault.read(fault_id, session)
            if fault is None or fault.due_at is None or fault.due_at > now:
                return False
            if (pending := fault.pending) is None:
                if advice is None:
                    return False
                await self._keeper.decide(fault, advice, session)
                return True
            waiting = None
            if pending.action is Action.REROUTE_RIDERS:
                waiting = await self._availability.riders_waiting(fault.station_id, session)
            seen = Evidence(accepted=pending.accepted, riders_waiting=waiting)
            outcome = outcome_of(pending.action, pending.deadline, seen, now)
            if outcome is Outcome.PENDING:
                await fault.changed(session, due_at=check_at(pending.action, pending.deadline, now))
                return False
            await self._keeper.settle(fault, outcome, session)
            return True

        return await self._mongo.in_transaction(work)


def _key(finding: Finding) -> dict[str, Any]:
    """Return the kind and place that the unique index of open faults knows."""
    component = KINDS[finding.code].component
    return {
        "station_id": finding.station_id,
        "component": component,
        "subject": subject_of(component, finding.evse_id, finding.serial_number),
        "code": finding.code,
    }
