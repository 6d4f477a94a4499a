"""Staff: who there is, and what work came up where."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from navswap.features.staffing.domain.presence import count_present
from navswap.features.staffing.domain.shifts import shift_end
from navswap.features.staffing.domain.values import Skill, StaffMember
from navswap.features.staffing.storage import StaffAssignments, StaffMembers, StationWork, WaitingRiders
from navswap.infra.mongo import Session


class StaffService:
    """Knows the staff, and records the work of stations."""

    async def save(self, members: Sequence[StaffMember]) -> int:
        """Store members, or renew what the roster says of them; returns how many are new or changed."""
        return await StaffMembers.save_all(members)

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, StaffMember]:
        """Return members by user id; unknown ids are left out."""
        return await StaffMembers.find_by_ids(ids)

    async def list_pages(
        self, pages: Sequence[tuple[str | None, str | None, int]]
    ) -> list[list[StaffMember]]:
        """Return pages of members by id: of one home station or of all, past an id, so many."""
        return await StaffMembers.list_pages_by_id(pages)

    async def count_on_shift(self, now: datetime) -> tuple[int, int]:
        """Return how many members there are, and how many of them are on shift."""
        members = await StaffMembers.list_all()
        return len(members), sum(shift_end(member.hours, now) is not None for member in members)

    async def count_present(self, station_ids: list[str], now: datetime) -> Counter[str]:
        """Return how many members work at each station, by the roster and by diversions."""
        active = await StaffAssignments.list_active()
        members = await StaffMembers.list_at_home(station_ids)
        return count_present(members, active, station_ids, now)

    async def record_work(
        self, work_id: str, station_id: str, skill: Skill, at: datetime, session: Session
    ) -> None:
        """Record work that came up at a station, for the baseline of the forecast; once for each id."""
        await StationWork.record(work_id, station_id, skill, at, session)

    async def load_history(self, work: Sequence[tuple[str, str, Skill, datetime]]) -> int:
        """Record past work for the baseline, each an id, a station, a skill and a time; return how much was new."""
        return await StationWork.insert_history(work)

    async def record_rider(
        self, station_id: str, entry_id: str, session: Session, *, is_waiting: bool
    ) -> None:
        """Record whether the rider of an entry waits at a station; who rides there, or has left, does not."""
        if is_waiting:
            await WaitingRiders.add(station_id, entry_id, session)
        else:
            await WaitingRiders.remove(station_id, entry_id, session)
