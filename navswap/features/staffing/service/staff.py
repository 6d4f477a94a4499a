"""Staff: who there is, and what work came up where."""

from collections import Counter
from datetime import datetime

from navswap.features.staffing.documents import (
    UNDER_WAY,
    AssignmentState,
    StaffAssignment,
    StaffMember,
    StationWork,
    StrainedStation,
)
from navswap.features.staffing.rules import Skill, breaks_promise, shift_end
from navswap.infra.mongo import Session


class StaffService:
    """Knows the staff and notes the work of stations."""

    async def save(self, members: list[StaffMember]) -> int:
        """Store people, or renew what is known of them; returns how many are new or changed."""
        return await StaffMember.save_all(members)

    async def list_by_ids(self, ids: list[str]) -> dict[str, StaffMember]:
        """Return people by user id; unknown ids are left out."""
        return {member.id: member async for member in StaffMember.find({"_id": {"$in": ids}})}

    async def list_page(self, after: str | None, limit: int) -> list[StaffMember]:
        """Return people by id, past the one with id `after`."""
        wanted = {} if after is None else {"_id": {"$gt": after}}
        return await StaffMember.find(wanted).sort("_id").limit(limit).to_list()

    async def count_on_shift(self, now: datetime) -> tuple[int, int]:
        """Return how many people there are, and how many of them are on shift."""
        members = await StaffMember.find_all().to_list()
        return len(members), sum(shift_end(member.hours.to_shift(), now) is not None for member in members)

    async def count_present(self, station_ids: list[str], now: datetime) -> Counter[str]:
        """Return how many people work at each station by the roster and by diversions; those on the way count nowhere."""
        away: set[str] = set()
        guests: list[StaffAssignment] = []
        for assignment in await StaffAssignment.list_active():
            if assignment.state in UNDER_WAY:
                away.add(assignment.staff_id)
            if assignment.state is AssignmentState.ARRIVED and assignment.target_id in station_ids:
                guests.append(assignment)
        members = await StaffMember.find({"home_station_id": {"$in": station_ids}}).to_list()
        present = Counter(guest.target_id for guest in guests)
        present.update(
            member.home_station_id
            for member in members
            if member.id not in away and shift_end(member.hours.to_shift(), now) is not None
        )
        return present

    async def note_work(
        self, work_id: str, station_id: str, skill: Skill, at: datetime, session: Session
    ) -> None:
        """Note work that came up at a station, for the baseline of the forecast; once for each id."""
        await StationWork.note(StationWork(id=work_id, station_id=station_id, skill=skill, at=at), session)

    async def note_queue(self, station_id: str, queue_length: int, session: Session) -> None:
        """Note whether the queue of a station breaks its promise."""
        if breaks_promise(queue_length):
            await StrainedStation.put(station_id, queue_length, session)
        else:
            await StrainedStation.remove(station_id, session)
