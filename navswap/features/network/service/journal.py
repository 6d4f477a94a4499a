"""Reading the journal of what people did."""

from dataclasses import dataclass

from navswap.events.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which entries to list; everything given must hold."""

    actor_id: str | None = None
    action: str | None = None
    subject_id: str | None = None


class JournalReader:
    """Shows the journal; nobody can change it."""

    async def list_page(self, wanted: JournalFilter, before: str | None, limit: int) -> list[JournalEntry]:
        """Return entries, newest first, older than the one with id `before`."""
        named = {
            "actor_id": wanted.actor_id,
            "action": wanted.action,
            "subject_id": wanted.subject_id,
        }
        condition = {name: value for name, value in named.items() if value is not None}
        return await JournalEntry.list_page(condition, before, limit)

    async def list_by_ids(self, ids: list[str]) -> dict[str, JournalEntry]:
        """Return entries by id; unknown ids are left out."""
        return {entry.id: entry async for entry in JournalEntry.find({"_id": {"$in": ids}})}
