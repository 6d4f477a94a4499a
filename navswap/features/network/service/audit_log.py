"""Reading the audit log of what people did."""

from collections.abc import Sequence

from navswap.events.audit_log import AuditLogEntry, AuditLogFilter


class AuditLogReader:
    """Shows the audit log, which cannot be changed."""

    async def list_page(
        self, wanted: AuditLogFilter, before: str | None, limit: int
    ) -> Sequence[AuditLogEntry]:
        """Return entries, newest first, older than the one with id `before`."""
        return await AuditLogEntry.list_page(wanted, before, limit)

    async def list_by_ids(self, ids: Sequence[str]) -> dict[str, AuditLogEntry]:
        """Return entries by id; unknown ids are left out."""
        return {entry.id: entry for entry in await AuditLogEntry.list_by_ids(ids)}
