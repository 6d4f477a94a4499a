"""Reading the audit log of what people did."""

from dataclasses import dataclass

from navswap.events.audit_log import AuditLogEntry


@dataclass(frozen=True, slots=True)
class AuditLogFilter:
    """Which entries to list; everything given must hold."""

    actor_id: str | None = None
    action: str | None = None
    subject_id: str | None = None


class AuditLogReader:
    """Shows the audit log, which cannot be changed."""

    async def list_page(self, wanted: AuditLogFilter, before: str | None, limit: int) -> list[AuditLogEntry]:
        """Return entries, newest first, older than the one with id `before`."""
        named = {
            "actor_id": wanted.actor_id,
            "action": wanted.action,
            "subject_id": wanted.subject_id,
        }
        condition = {name: value for name, value in named.items() if value is not None}
        return await AuditLogEntry.list_page(condition, before, limit)

    async def list_by_ids(self, ids: list[str]) -> dict[str, AuditLogEntry]:
        """Return entries by id; unknown ids are left out."""
        return {entry.id: entry async for entry in AuditLogEntry.find({"_id": {"$in": ids}})}
