"""Faults, what was tried against them and why, in MongoDB."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.features.faults.catalogue import Action, Component, FaultCode, Pause, Severity
from navswap.features.faults.rules import FaultSource, Outcome, Record
from navswap.infra.mongo import Session, Stored
from navswap.kit.forecasts import Source


class FaultState(StrEnum):
    """Who deals with a fault: a command that is under way, the analysis, people, or nobody any more."""

    ACTING = "ACTING"
    ANALYSING = "ANALYSING"
    TICKETED = "TICKETED"
    RESOLVED = "RESOLVED"


class Attempt(BaseModel):
    """An action against a fault; with levels 1 and 2 a command to the station, with level 3 the work of people."""

    command_id: str
    action: Action
    level: int = Field(ge=1, le=3)
    issued_at: datetime
    deadline: datetime
    outcome: Outcome = Outcome.PENDING
    accepted: bool | None = Field(None, description="The station's answer; None while there is none")
    detail: str = ""
    settled_at: datetime | None = None


class AdvisedAction(BaseModel):
    """An action as the analysis ranked it, with the counts that its probability rests on."""

    action: Action
    probability: float = Field(gt=0, lt=1)
    expected_minutes: float = Field(gt=0)
    tries: int = Field(ge=0)
    successes: int = Field(ge=0)


class Analysis(BaseModel):
    """A decision of level 2 and what it rested on."""

    as_of: datetime
    source: Source
    ranked: list[AdvisedAction]
    chosen: Action


class Fault(Stored):
    """Something is wrong with a part of a station; while `open`, the unique index allows one of a kind and place."""

    station_id: str
    component: Component
    subject: str = Field(description="slot:<n>, pack:<serial number> or station")
    evse_id: int | None = None
    serial_number: str | None = None
    code: FaultCode
    severity: Severity
    source: FaultSource
    reported_by: str | None = None
    description: str = ""
    pause: Pause
    earlier_faults: int = Field(0, ge=0, description="Of the same kind and place, in the day before")
    state: FaultState
    level: int = Field(1, ge=1, le=3)
    open: bool = True
    occurrences: int = Field(1, ge=1, description="Times that it was noticed")
    raised_at: datetime
    last_seen_at: datetime
    due_at: datetime | None = Field(
        None, description="When to look at it again, unless something happens before"
    )
    attempts: list[Attempt] = Field(default_factory=list)
    analyses: list[Analysis] = Field(default_factory=list)
    ticket_id: str | None = None
    resolved_at: datetime | None = None
    over_at: datetime | None = Field(
        None, description="Moment of the reading that showed its end; findings from before are no news"
    )
    revision: int = 1

    class Settings:
        name = "faults"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [(name, ASCENDING) for name in ("station_id", "component", "subject", "code")],
                name="one_open_fault",
                unique=True,
                partialFilterExpression={"open": True},
            ),
            IndexModel([("due_at", ASCENDING)], name="due", partialFilterExpression={"open": True}),
            IndexModel([("attempts.command_id", ASCENDING)], name="command"),
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("code", ASCENDING), ("resolved_at", DESCENDING)], name="history"),
            IndexModel([("code", ASCENDING), ("_id", DESCENDING)], name="code"),
            IndexModel([("open", ASCENDING), ("_id", DESCENDING)], name="open"),
            IndexModel([("serial_number", ASCENDING)], name="pack", partialFilterExpression={"open": True}),
        ]

    @property
    def key(self) -> dict[str, Any]:
        """Return the kind and place that tell faults apart."""
        return {
            "station_id": self.station_id,
            "component": self.component,
            "subject": self.subject,
            "code": self.code,
        }

    @property
    def pending(self) -> Attempt | None:
        """Return the command that is under way."""
        return next((one for one in self.attempts if one.outcome is Outcome.PENDING), None)

    @classmethod
    async def read(cls, fault_id: str, session: Session | None = None) -> Self | None:
        """Return a fault as the transaction sees it."""
        found = await cls.collection().find_one({"_id": fault_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def find_by_command(cls, command_id: str, session: Session) -> Self | None:
        """Return the fault that a command was given against."""
        found = await cls.collection().find_one({"attempts.command_id": command_id}, session=session)
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def notice_again(cls, key: dict[str, Any], seen_at: datetime) -> Self | None:
        """Count one more occurrence of an open fault in one update; None when there is none."""
        found = await cls.collection().find_one_and_update(
            {**key, "open": True},
            {"$inc": {"occurrences": 1, "revision": 1}, "$max": {"last_seen_at": seen_at}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.model_validate(found)

    @classmethod
    async def list_open(cls, station_id: str, session: Session | None = None) -> list[Self]:
        """Return the open faults of a station, oldest first."""
        found = cls.collection().find({"station_id": station_id, "open": True}, session=session)
        return [cls.model_validate(one) async for one in found.sort("_id", 1)]

    @classmethod
    async def count_open(cls, station_ids: list[str]) -> dict[str, int]:
        """Return how many faults are open at each station; stations without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"station_id": {"$in": station_ids}, "open": True}},
                {"$group": {"_id": "$station_id", "faults": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["faults"] async for group in groups}

    @classmethod
    async def list_ends_since(cls, key: dict[str, Any], since: datetime, session: Session) -> list[datetime]:
        """Return when the earlier faults of a kind and place were over."""
        found = cls.collection().find(
            {**key, "open": False, "resolved_at": {"$gte": since}}, {"over_at": 1}, session=session
        )
        return [one["over_at"] async for one in found]

    @classmethod
    async def has_other_open(cls, serial_number: str, fault_id: str, session: Session) -> bool:
        """Tell whether another open fault keeps a pack out of use."""
        wanted = {"serial_number": serial_number, "open": True, "pause": Pause.PACK, "_id": {"$ne": fault_id}}
        return await cls.collection().find_one(wanted, {"_id": 1}, session=session) is not None

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of open faults that are due, the most urgent first."""
        due = cls.collection().find({"open": True, "due_at": {"$lte": now}}, {"_id": 1})
        return [one["_id"] async for one in due.sort("due_at", 1).limit(limit)]

    @classmethod
    async def list_page(cls, wanted: dict[str, Any], before: str | None, limit: int) -> list[Self]:
        """Return faults, newest first, older than the one with id `before`."""
        condition = wanted if before is None else {**wanted, "_id": {"$lt": before}}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    @classmethod
    async def records(cls, code: FaultCode, since: datetime) -> dict[Action, Record]:
        """Return how each action has done against the resolved faults of a code since a moment."""
        counted = [Outcome.SUCCEEDED, Outcome.REJECTED, Outcome.TIMED_OUT, Outcome.RELAPSED]
        succeeded = {"$eq": ["$attempts.outcome", Outcome.SUCCEEDED]}
        minutes = {"$divide": [{"$subtract": ["$attempts.settled_at", "$attempts.issued_at"]}, 60_000]}
        groups = await cls.collection().aggregate(
            [
                {"$match": {"code": code, "resolved_at": {"$gte": since}}},
                {"$unwind": "$attempts"},
                {"$match": {"attempts.outcome": {"$in": counted}}},
                {
                    "$group": {
                        "_id": "$attempts.action",
                        "tries": {"$sum": 1},
                        "successes": {"$sum": {"$cond": [succeeded, 1, 0]}},
                        "minutes": {"$sum": {"$cond": [succeeded, minutes, 0]}},
                    }
                },
            ]
        )
        return {
            Action(one["_id"]): Record(one["tries"], one["successes"], float(one["minutes"]))
            async for one in groups
        }

    async def add(self, session: Session) -> None:
        """Insert the fault; raises DuplicateKeyError when there is an open one of its kind and place."""
        await self.insert(session=session)

    async def changed(self, session: Session, **values: Any) -> Self:
        """Write values over the fault as it was read in this transaction; returns the new one.

        The write conflicts with every other transaction that changed the fault since.
        """
        new: Self = self.model_copy(update={**values, "revision": self.revision + 1})
        await self.collection().replace_one(
            {"_id": self.id}, {"_id": self.id, **new.model_dump(exclude={"id"})}, session=session
        )
        return new
