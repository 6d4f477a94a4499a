"""What else there is to know of a station now, read for many stations in a few queries."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from navswap.features.energy.service import EnergyStationService
from navswap.features.faults.service import FaultService, HeartbeatService, TicketService
from navswap.features.packs.service import Condition, PackReader
from navswap.features.staffing.service import StaffService
from navswap.features.swapping.service import Outlook, RecommendationService
from navswap.kit.clock import Clock
from navswap.kit.visits import VisitParameters


@dataclass(frozen=True, slots=True)
class Operations:
    """What operators know of a station; None where nothing is known: no plan, no meter, no heartbeat, no limit."""

    faulty_packs: int
    recalled_packs: int
    retired_packs: int
    open_faults: int
    open_tickets: int
    overdue_tickets: int
    staff_on_shift: int
    last_seen_at: datetime | None
    heartbeat_age_seconds: float | None
    charging_kw: float
    load_kw: float | None
    limit_kw: float | None
    shed_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatusDependencies:
    """The services of the slices that the status is read from."""

    packs: PackReader
    outlooks: RecommendationService
    faults: FaultService
    heartbeats: HeartbeatService
    tickets: TicketService
    staff: StaffService
    energy: EnergyStationService


class StatusService:
    """Completes the status of stations."""

    def __init__(self, clock: Clock, visits: VisitParameters, dependencies: StatusDependencies) -> None:
        self._clock = clock
        self.promised_wait_minutes = visits.promised_wait_minutes
        self._dependencies = dependencies

    async def look_ahead(self, station_ids: list[str]) -> list[Outlook | None]:
        """Return what to expect at stations, in their order; None where one is not open."""
        outlooks = await self._dependencies.outlooks.look_ahead(station_ids)
        return [outlooks.get(station_id) for station_id in station_ids]

    async def read(self, station_ids: Sequence[str]) -> list[Operations]:
        """Return what operators know of stations, in their order."""
        now, ids, read = self._clock.now(), list(station_ids), self._dependencies
        packs, faults, tickets, seen, staff, energy = await asyncio.gather(
            read.packs.count_conditions(ids),
            read.faults.count_open(ids),
            read.tickets.count_at(ids),
            read.heartbeats.last_seen(ids),
            read.staff.count_present(ids, now),
            read.energy.list_by_ids(ids),
        )

        def known(station_id: str) -> Operations:
            drawing, last_seen = energy.get(station_id), seen.get(station_id)
            open_tickets, overdue = tickets.get(station_id, (0, 0))
            conditions, shed = packs[station_id], None if drawing is None else drawing.shed
            return Operations(
                faulty_packs=conditions.get(Condition.FAULTY, 0),
                recalled_packs=conditions.get(Condition.RECALLED, 0),
                retired_packs=conditions.get(Condition.RETIRED, 0),
                open_faults=faults.get(station_id, 0),
                open_tickets=open_tickets,
                overdue_tickets=overdue,
                staff_on_shift=staff[station_id],
                last_seen_at=last_seen,
                heartbeat_age_seconds=None if last_seen is None else (now - last_seen).total_seconds(),
                charging_kw=0.0 if drawing is None else drawing.charging_kw,
                load_kw=None if drawing is None else drawing.load_kw,
                limit_kw=None if drawing is None else drawing.limit_kw,
                shed_ends_at=None if shed is None or shed.ends_at <= now else shed.ends_at,
            )

        return [known(station_id) for station_id in ids]
