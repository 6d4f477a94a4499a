"""Tickets in MongoDB."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.features.faults.catalogue import Action, Component, FaultCode, Severity
from navswap.infra.mongo import Session, Stored


class TicketState(StrEnum):
    """The life of a ticket."""

    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    RESOLVED = "RESOLVED"


UNRESOLVED = [TicketState.OPEN, TicketState.ASSIGNED]


class Comment(BaseModel):
    """What somebody wrote on a ticket; `key` makes a retry the same comment."""

    key: str
    author_id: str
    text: str
    written_at: datetime


class Deed(StrEnum):
    """What happened to a ticket."""

    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"


class Happening(BaseModel):
    """One line of the history of a ticket; `by` None is the system."""

    deed: Deed
    at: datetime
    by: str | None = None
    detail: str = ""


class Ticket(Stored):
    """What people have to do about a fault; one a fault, reopened rather than made anew."""

    fault_id: str
    station_id: str
    component: Component
    evse_id: int | None
    serial_number: str | None
    code: FaultCode
    severity: Severity
    recommended: Action = Field(description="What the analysis would do")
    state: TicketState = TicketState.OPEN
    assignee_id: str | None = None
    opened_at: datetime
    due_at: datetime = Field(description="End of the SLA time")
    escalation: int = Field(0, ge=0, description="Times escalated since it was opened or reopened")
    escalate_at: datetime | None = Field(description="When it is escalated next; None once it no more is")
    comments: list[Comment] = Field(default_factory=list)
    history: list[Happening] = Field(default_factory=list)
    resolved_at: datetime | None = None
    resolved_by_action: Action | None = None
    reopened: int = Field(0, ge=0, description="Times that it was reopened")
    revision: int = 1

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
        ]

    def was_reopened(self, by: str, reason: str) -> bool:
        """Tell whether this is what reopened it last."""
        last = next((one for one in reversed(self.history) if one.deed is Deed.REOPENED), None)
        return last is not None and (last.by, last.detail) == (by, reason)

    @classmethod
    async def read(cls, ticket_id: str, session: Session | None = None) -> Self | None:
        """Return a ticket as the transaction sees it."""
        found = await cls.collection().find_one({"_id": ticket_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_by_ids(cls, ids: Iterable[str]) -> dict[str, Self]:
        """Return tickets by id; unknown ids are left out."""
        return {ticket.id: ticket async for ticket in cls.find({"_id": {"$in": list(ids)}})}

    @classmethod
    async def count_unresolved(cls, now: datetime) -> tuple[dict[Severity, int], int]:
        """Return how many tickets are unresolved by severity, and how many of them are past their SLA time."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"state": {"$in": UNRESOLVED}}},
                {
                    "$group": {
                        "_id": "$severity",
                        "tickets": {"$sum": 1},
                        "overdue": {"$sum": {"$cond": [{"$lt": ["$due_at", now]}, 1, 0]}},
                    }
                },
            ]
        )
        by_severity, overdue = {}, 0
        async for group in groups:
            by_severity[Severity(group["_id"])] = group["tickets"]
            overdue += group["overdue"]
        return by_severity, overdue

    @classmethod
    async def count_at(cls, station_ids: list[str], now: datetime) -> dict[str, tuple[int, int]]:
        """Return how many tickets are unresolved, and of them past their SLA time, at each station that has some."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"station_id": {"$in": station_ids}, "state": {"$in": UNRESOLVED}}},
                {
                    "$group": {
                        "_id": "$station_id",
                        "tickets": {"$sum": 1},
                        "overdue": {"$sum": {"$cond": [{"$lt": ["$due_at", now]}, 1, 0]}},
                    }
                },
            ]
        )
        return {group["_id"]: (group["tickets"], group["overdue"]) async for group in groups}

    @classmethod
    async def list_overdue(cls, now: datetime, limit: int) -> list[Self]:
        """Return unresolved tickets past their SLA time, the most overdue first."""
        wanted = {"state": {"$in": UNRESOLVED}, "due_at": {"$lt": now}}
        return await cls.find(wanted).sort("due_at").limit(limit).to_list()

    @classmethod
    async def list_to_escalate(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of unresolved tickets whose time is up, the most overdue first."""
        due = cls.collection().find({"escalate_at": {"$lte": now}}, {"_id": 1})
        return [one["_id"] async for one in due.sort("escalate_at", 1).limit(limit)]

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return tickets, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    async def changed(self, session: Session, **values: Any) -> Self:
        """Write values over the ticket as it was read in this transaction; returns the new one."""
        new: Self = self.model_copy(update={**values, "revision": self.revision + 1})
        await self.collection().replace_one(
            {"_id": self.id}, {"_id": self.id, **new.model_dump(exclude={"id"})}, session=session
        )
        return new
