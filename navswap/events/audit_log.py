"""The audit log of what people with power over the network did: who, what, when, before and after.

An entry is written in the transaction of the change itself, so that there is no change without its entry and no entry
without its change. Entries are never changed or deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.infra.mongo import Session, Stored
from navswap.infra.telemetry import correlation_id
from navswap.kit.ids import Ids


@dataclass(frozen=True, slots=True)
class AuditLogFilter:
    """Which entries to list; everything given must hold."""

    actor_id: str | None = None
    action: str | None = None
    subject_id: str | None = None


class AuditLogEntry(Stored):
    """One change of one thing by one person."""

    actor_id: str
    actor_role: Role
    action: str = Field(description="The mutation, as the API names it")
    subject_kind: str = Field(description="What kind of thing was changed, as the API names it")
    subject_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    recorded_at: datetime
    correlation_id: str

    class Settings:
        name = "audit_log"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("actor_id", ASCENDING), ("_id", DESCENDING)], name="actor"),
            IndexModel([("subject_id", ASCENDING), ("_id", DESCENDING)], name="subject"),
            IndexModel([("action", ASCENDING), ("_id", DESCENDING)], name="action"),
        ]

    @classmethod
    async def list_page(cls, wanted: AuditLogFilter, before: str | None, limit: int) -> list[Self]:
        """Return entries, newest first, older than the one with id `before`."""
        condition: dict[str, Any] = {
            name: value for name, value in asdict(wanted).items() if value is not None
        }
        if before is not None:
            condition["_id"] = {"$lt": before}
        return await cls.find(condition).sort("-_id").limit(limit).to_list()

    @classmethod
    async def list_by_ids(cls, ids: Sequence[str]) -> list[Self]:
        """Return entries by id, in no order; unknown ids are left out."""
        return await cls.find({"_id": {"$in": list(ids)}}).to_list()


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """What changed: `subject` is its kind and its id; `before` and `after` hold plain JSON values."""

    subject: tuple[str, str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class AuditLog:
    """Writes the log, each entry in the transaction of the change that it is about."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def record(
        self,
        session: Session,
        recorded_at: datetime,
        by: Principal,
        action: str,
        subject: tuple[str, str],
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
    ) -> None:
        """Record a change; `subject` is the kind and the id of what changed.

        `before` and `after` hold what changed and nothing else, as plain JSON values.
        """
        await self.record_all(session, recorded_at, by, action, [AuditedChange(subject, before, after)])

    async def record_all(
        self,
        session: Session,
        recorded_at: datetime,
        by: Principal,
        action: str,
        changes: Sequence[AuditedChange],
    ) -> None:
        """Record several changes of one action; otherwise like `record`."""
        if not session.in_transaction:
            raise RuntimeError("a change is recorded in the transaction that makes it")
        entries = [
            AuditLogEntry(
                id=self._ids.new(),
                actor_id=by.user_id,
                actor_role=by.role,
                action=action,
                subject_kind=change.subject[0],
                subject_id=change.subject[1],
                before=dict(change.before),
                after=dict(change.after),
                recorded_at=recorded_at,
                correlation_id=correlation_id(),
            )
            for change in changes
        ]
        await AuditLogEntry.insert_many(entries, session=session)
