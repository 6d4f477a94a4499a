"""Trails: where a subject was, and where all were, for those who may see it."""

from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.positions.domain.trails import trail_slot
from navswap.features.positions.reading import Trail
from navswap.features.positions.storage import GpsLog
from navswap.features.users.service import UserService
from navswap.kit.geo import Point

SEEN_WITHIN = timedelta(minutes=2)
"""How old a position may be to count as where a subject was at a moment."""
MOST_SEEN = 5_000

AT_WORK = frozenset({Role.STAFF, Role.TRANSPORTER})
"""Whose positions belong to their work."""


class TrailService:
    """Reads trails from the GPS log."""

    def __init__(self, gps_log: GpsLog, users: UserService) -> None:
        self._gps_log = gps_log
        self._users = users

    async def find(
        self, principal: Principal, subject_id: str, since: datetime, until: datetime, max_points: int
    ) -> Trail | None:
        """Return a trail of at most `max_points` points, spread evenly over the span; None if it may not be seen.

        Raises InvalidInputError.
        """
        slot = trail_slot(since, until, max_points)
        if not await self._may_see(principal, subject_id):
            return None
        points, recorded = await self._gps_log.list_trail(subject_id, since, until, slot)
        return Trail(subject_id, points, recorded)

    async def list_at(self, viewer: Role, moment: datetime) -> list[tuple[Point, Role]]:
        """Return where subjects were at a moment and in which role, without saying who: all to ADMIN, else those at work."""
        roles = frozenset(Role) if viewer is Role.ADMIN else AT_WORK
        return await self._gps_log.list_seen(roles, moment - SEEN_WITHIN, moment, MOST_SEEN)

    async def _may_see(self, principal: Principal, subject_id: str) -> bool:
        """Return whether a trail is shown: one's own, all to ADMIN, and of those at work to STAFF and ANALYST.

        Where a rider was all day concerns neither those who run stations nor those who count swaps.
        """
        if principal.user_id == subject_id or principal.role is Role.ADMIN:
            return True
        if principal.role not in {Role.STAFF, Role.ANALYST}:
            return False
        users = await self._users.list_by_ids([subject_id])
        return subject_id in users and users[subject_id].role in AT_WORK
