"""Contacts: when stations were last seen, whatever they said, and which of them are silent."""

from collections.abc import Sequence
from datetime import datetime

from navswap.features.stations.storage import StationLink
from navswap.infra.mongo import Session

BATCH = 100


class ContactService:
    """Records that stations are alive; each way by which a station speaks calls `seen`, or `heartbeat`."""

    async def seen(self, station_id: str, at: datetime) -> None:
        """Record that a station was seen; it must exist."""
        await StationLink.record_seen(station_id, at)

    async def heartbeat(self, station_id: str, at: datetime) -> None:
        """Record a heartbeat of a station that exists: from the first on, its silence means that it is offline."""
        await StationLink.record_heartbeat(station_id, at)

    async def last_seen(self, station_ids: Sequence[str]) -> dict[str, datetime]:
        """Return when each station was last seen; those that never were are left out."""
        return await StationLink.last_seen(station_ids)

    async def list_silent(self, since: datetime) -> list[str]:
        """Return at most 100 stations that send heartbeats, were not seen since a time and are not marked offline."""
        return await StationLink.list_silent(since, BATCH)

    async def list_back(self, since: datetime) -> dict[str, datetime]:
        """Return at most 100 stations that are marked offline but were seen since a time, and when."""
        return await StationLink.list_back(since, BATCH)

    async def count(self, since: datetime, now: datetime) -> tuple[int, int]:
        """Return how many stations send heartbeats and are not marked offline, and how many of them are silent."""
        return await StationLink.count_contacts(since, now)

    async def mark_offline(self, station_id: str, since: datetime, session: Session | None = None) -> bool:
        """Mark a station as offline; False where it was seen since, or is marked already."""
        return await StationLink.mark_offline(station_id, since, session)

    async def mark_back(self, station_id: str, since: datetime) -> None:
        """Mark a station that was seen since a time as no longer offline."""
        await StationLink.mark_back(station_id, since)
