"""Faults, what was tried against them and why, in MongoDB."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from navswap.features.faults.domain.analysis import FAILURES, ActionRecord
from navswap.features.faults.domain.catalogue import Action, FaultCode, Pause
from navswap.features.faults.domain.values import Fault, FaultKey, Outcome
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import PageOf, Repository, within
from navswap.kit.time_spans import ALWAYS, TimeSpan


class FaultDocument(Stored):
    """Where faults are; the fields are those of `Fault`. The unique index allows one open fault of a kind and place."""

    class Settings:
        name = "faults"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [(name, ASCENDING) for name in ("station_id", "component", "subject", "code")],
                name="one_open_fault",
                unique=True,
                partialFilterExpression={"is_open": True},
            ),
            IndexModel([("check_at", ASCENDING)], name="check", partialFilterExpression={"is_open": True}),
            IndexModel([("attempts.command_id", ASCENDING)], name="command"),
            IndexModel([("station_id", ASCENDING), ("_id", DESCENDING)], name="station"),
            IndexModel([("code", ASCENDING), ("resolved_at", DESCENDING)], name="history"),
            IndexModel([("code", ASCENDING), ("_id", DESCENDING)], name="code"),
            IndexModel([("is_open", ASCENDING), ("_id", DESCENDING)], name="open"),
            IndexModel([("raised_at", ASCENDING)], name="raised"),
            IndexModel(
                [("serial_number", ASCENDING)], name="pack", partialFilterExpression={"is_open": True}
            ),
        ]


@dataclass(frozen=True, slots=True)
class FaultFilter:
    """Which faults to list; everything given must hold."""

    station_id: str | None = None
    code: FaultCode | None = None
    is_open: bool | None = None
    raised: TimeSpan = ALWAYS

    def to_condition(self) -> dict[str, Any]:
        """Return what the stored faults must have."""
        known = {"station_id": self.station_id, "code": self.code, "is_open": self.is_open}
        given = {name: value for name, value in known.items() if value is not None}
        return given | within("raised_at", self.raised)


class Faults(Repository[Fault]):
    """The faults of all stations."""

    document = FaultDocument
    value = Fault

    @classmethod
    async def find_by_command(cls, command_id: str, session: Session) -> Fault | None:
        """Return the fault that a command was given against."""
        return await cls.find_where({"attempts.command_id": command_id}, session)

    @classmethod
    async def list_by_commands(cls, command_ids: list[str]) -> list[Fault]:
        """Return the faults that some commands were given against."""
        return await cls.list_where({"attempts.command_id": {"$in": command_ids}})

    @classmethod
    async def see_again(cls, key: FaultKey, seen_at: datetime) -> Fault | None:
        """Count one more report of an open fault, as `lifecycle.see_again` does; None where there is none.

        One atomic update: a fault is reported with each telemetry of its station, and reports must not conflict.
        """
        found = await cls.collection().find_one_and_update(
            {**asdict(key), "is_open": True},
            {"$inc": {"occurrences": 1, "revision": 1}, "$max": {"last_seen_at": seen_at}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else cls.from_stored(found)

    @classmethod
    async def list_open(cls, station_id: str) -> list[Fault]:
        """Return the open faults of a station, oldest first."""
        return await cls.list_where({"station_id": station_id, "is_open": True})

    @classmethod
    async def list_all_open(cls, station_ids: Sequence[str] | None) -> list[Fault]:
        """Return the open faults of some stations, None for all, oldest first."""
        where = {} if station_ids is None else {"station_id": {"$in": list(station_ids)}}
        return await cls.list_where({**where, "is_open": True})

    @classmethod
    async def count_open(cls, station_ids: list[str]) -> dict[str, int]:
        """Return how many faults are open at each station; stations without any are left out."""
        groups = await cls.collection().aggregate(
            [
                {"$match": {"station_id": {"$in": station_ids}, "is_open": True}},
                {"$group": {"_id": "$station_id", "faults": {"$sum": 1}}},
            ]
        )
        return {group["_id"]: group["faults"] async for group in groups}

    @classmethod
    async def list_ends_since(cls, key: FaultKey, since: datetime, session: Session) -> list[datetime]:
        """Return when the earlier faults of a kind and place were over."""
        found = cls.collection().find(
            {**asdict(key), "is_open": False, "resolved_at": {"$gte": since}}, {"over_at": 1}, session=session
        )
        return [fault["over_at"] async for fault in found]

    @classmethod
    async def has_other_open(cls, serial_number: str, fault_id: str, session: Session) -> bool:
        """Return whether another open fault keeps a pack out of use."""
        wanted = {
            "serial_number": serial_number,
            "is_open": True,
            "pause": Pause.PACK,
            "_id": {"$ne": fault_id},
        }
        return await cls.collection().find_one(wanted, {"_id": 1}, session=session) is not None

    @classmethod
    async def list_due(cls, now: datetime, limit: int) -> list[str]:
        """Return the ids of open faults that are to be looked at, the most urgent first."""
        due = cls.collection().find({"is_open": True, "check_at": {"$lte": now}}, {"_id": 1})
        return [fault["_id"] async for fault in due.sort("check_at", 1).limit(limit)]

    @classmethod
    async def list_newest_pages(
        cls, pages: Sequence[tuple[FaultFilter, str | None, int]]
    ) -> list[list[Fault]]:
        """Return pages of faults, newest first: of what is wanted, older than an id, so many."""
        return await cls.list_pages(
            [PageOf(wanted.to_condition(), last, limit) for wanted, last, limit in pages]
        )

    @classmethod
    async def action_records(cls, fault: Fault, since: datetime) -> dict[Action, ActionRecord]:
        """Return how each action has done against the other faults of a code that are open, or were resolved since a time."""
        counted = [Outcome.SUCCEEDED, *FAILURES]
        succeeded = {"$eq": ["$attempts.outcome", Outcome.SUCCEEDED]}
        minutes = {"$divide": [{"$subtract": ["$attempts.settled_at", "$attempts.issued_at"]}, 60_000]}
        groups = await cls.collection().aggregate(
            [
                {
                    "$match": {
                        "_id": {"$ne": fault.id},
                        "$or": [
                            {"code": fault.code, "resolved_at": {"$gte": since}},
                            {"code": fault.code, "is_open": True},
                        ],
                    }
                },
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
            Action(group["_id"]): ActionRecord(group["tries"], group["successes"], float(group["minutes"]))
            async for group in groups
        }
