"""Tickets in MongoDB."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.faults.domain.catalogue import Severity
from navswap.features.faults.domain.values import Ticket, TicketState
from navswap.infra.mongo import Stored
from navswap.infra.repository import Repository, within
from navswap.kit.time_spans import ALWAYS, TimeSpan

UNRESOLVED: Mapping[str, Any] = {"state": {"$in": [TicketState.OPEN, TicketState.ASSIGNED]}}


class TicketDocument(Stored):
    """Where tickets are; the fields are those of `Ticket`."""

    class Settings:
        name = "tickets"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("fault_id", ASCENDING)], name="one_ticket_a_fault", unique=True),
            IndexModel([("escalate_at", ASCENDING)], name="escalate"),
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="state"),
            IndexModel([("severity", ASCENDING), ("_id", DESCENDING)], name="severity"),
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="overdue"),
            IndexModel([("station_id", ASCENDING), ("state", ASCENDING)], name="unresolved"),
            IndexModel([("assignee_id", ASCENDING), ("_id", DESCENDING)], name="assignee"),
            IndexModel([("opened_at", ASCENDING)], name="opened"),
        ]


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; everything given must hold."""

    station_id: str | None = None
    assignee_id: str | None = None
    state: TicketState | None = None
    severity: Severity | None = None
    is_escalated: bool | None = None
    opened: TimeSpan = ALWAYS

    def to_condition(self) -> dict[str, Any]:
        """Return what the stored tickets must have."""
        known = {
            "station_id": self.station_id,
            "assignee_id": self.assignee_id,
            "state": self.state,
            "severity": self.severity,
        }
        condition: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
        if self.is_escalated is not None:
            condition["escalation_level"] = {"$gt": 0} if self.is_escalated else 0
        return condition | within("opened_at", self.opened)


@dataclass(frozen=True, slots=True)
class UnresolvedTickets:
    """The tickets that are not resolved, by severity; `overdue` of them are past their SLA time."""

    by_severity: Mapping[Severity, int]
    overdue: int


class Tickets(Repository[Ticket]):
    """The tickets of all faults; the unique index allows one a fault."""

    document = TicketDocument
    value = Ticket

    @classmethod
    async def count_unresolved(cls, now: datetime) -> UnresolvedTickets:
        """Return how many tickets are unresolved."""
        counts = await cls._count(UNRESOLVED, "$severity", now)
        return UnresolvedTickets(
            {Severity(severity): tickets for severity, (tickets, _) in counts.items()},
            sum(overdue for _, overdue in counts.values()),
        )

    @classmethod
    async def count_at(cls, station_ids: list[str], now: datetime) -> dict[str, tuple[int, int]]:
        """Return how many tickets are unresolved, and of them past their SLA time, at each station that has some."""
        return await cls._count({"station_id": {"$in": station_ids}, **UNRESOLVED}, "$station_id", now)

    @classmethod
    async def list_unresolved(cls, station_ids: Sequence[str] | None) -> list[Ticket]:
        """Return the unresolved tickets of some stations, None for all, oldest first."""
        where = {} if station_ids is None else {"station_id": {"$in": list(station_ids)}}
        return await cls.list_where({**where, **UNRESOLVED})

    @classmethod
    async def list_overdue(cls, now: datetime, limit: int) -> list[Ticket]:
        """Return unresolved tickets past their SLA time, the most overdue first."""
        return await cls.list_where({**UNRESOLVED, "due_at": {"$lt": now}}, sort=[("due_at", 1)], limit=limit)

    @classmethod
    async def list_to_escalate(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of unresolved tickets whose time is up, the most overdue first."""
        due = cls.collection().find({"escalate_at": {"$lte": now}}, {"_id": 1})
        return [ticket["_id"] async for ticket in due.sort("escalate_at", 1).limit(limit)]

    @classmethod
    async def list_page(cls, wanted: TicketFilter, *, before: str | None, limit: int) -> list[Ticket]:
        """Return tickets, newest first, older than the one with the id `before`."""
        return await cls.list_newest(wanted.to_condition(), before=before, limit=limit)

    @classmethod
    async def _count(cls, condition: Mapping[str, Any], by: str, now: datetime) -> dict[str, tuple[int, int]]:
        """Return how many tickets match, and of them past their SLA time, by a field."""
        overdue = {"$sum": {"$cond": [{"$lt": ["$due_at", now]}, 1, 0]}}
        groups = await cls.collection().aggregate(
            [
                {"$match": condition},
                {"$group": {"_id": by, "tickets": {"$sum": 1}, "overdue": overdue}},
            ]
        )
        return {group["_id"]: (group["tickets"], group["overdue"]) async for group in groups}
