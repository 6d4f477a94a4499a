"""Trails: where somebody was, as far as it is anybody's business."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.positions.errors import BadTrailError
from navswap.features.positions.storage import GpsLog
from navswap.features.users.service import UserService
from navswap.kit.gps import GpsPoint

LONGEST_TRAIL = timedelta(hours=24)
MAX_TRAIL_POINTS = 2_000
AT_WORK = frozenset({Role.STAFF, Role.TRANSPORTER})
"""Whose positions belong to their work."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Where a subject was, by time; `recorded_points` counts what was logged, of which `points` are a choice."""

    subject_id: str
    points: Sequence[GpsPoint]
    recorded_points: int


class TrailService:
    """Reads the GPS log for people."""

    def __init__(self, gps_log: GpsLog, users: UserService) -> None:
        self._gps_log = gps_log
        self._users = users

    async def find(
        self, principal: Principal, subject_id: str, since: datetime, until: datetime, most: int
    ) -> Trail | None:
        """Return a trail of at most `most` points, spread evenly over the span; None if it may not be seen.

        Raises BadTrailError.
        """
        if not timedelta(0) < until - since <= LONGEST_TRAIL:
            raise BadTrailError("Ask for a span of at most 24 hours, `since` before `until`.")
        if not 1 <= most <= MAX_TRAIL_POINTS:
            raise BadTrailError(f"Ask for 1 to {MAX_TRAIL_POINTS} points.")
        if not await self._may_see(principal, subject_id):
            return None
        points, recorded = await self._gps_log.list_trail(
            subject_id, since, until, slot_milliseconds(until - since, most)
        )
        return Trail(subject_id, points, recorded)

    async def _may_see(self, principal: Principal, subject_id: str) -> bool:
        """Tell whether a trail is shown: one's own, all to ADMIN, and of those at work to STAFF and ANALYST.

        Where a rider was all day is nobody's business who only runs stations or counts swaps.
        """
        if principal.user_id == subject_id or principal.role is Role.ADMIN:
            return True
        if principal.role not in {Role.STAFF, Role.ANALYST}:
            return False
        users = await self._users.list_by_ids([subject_id])
        return subject_id in users and users[subject_id].role in AT_WORK


def slot_milliseconds(span: timedelta, most: int) -> int:
    """Return how long a slot is of which one point is shown, so that a span has at most `most` slots."""
    return max(1, math.ceil(span / timedelta(milliseconds=1) / most))
