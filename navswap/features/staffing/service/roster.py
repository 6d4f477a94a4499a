"""The roster: who works where, when, and can do what."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLog
from navswap.features.staffing.domain.roster import register
from navswap.features.staffing.domain.values import Skill, StaffMember, WorkingHours
from navswap.features.staffing.errors import UserNotStaffError
from navswap.features.staffing.storage import StaffMembers
from navswap.features.stations.service import StationReader
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class RosterService:
    """Puts users of the role STAFF on the roster."""

    def __init__(
        self, mongo: Mongo, clock: Clock, users: UserService, stations: StationReader, audit_log: AuditLog
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._users = users
        self._stations = stations
        self._audit_log = audit_log

    async def save(
        self,
        staff_id: str,
        home_station_id: str,
        skills: Sequence[Skill],
        hours: WorkingHours,
        by: Principal,
    ) -> StaffMember:
        """Put a user on the roster, or change what it says, and record who did; the same again changes nothing.

        Raises InvalidInputError, UserNotStaffError, StationNotFoundError.
        """
        user = await self._users.find(staff_id)
        if user is None or user.role is not Role.STAFF:
            raise UserNotStaffError("There is no user of the role STAFF with this id; add the user first.")
        await self._stations.get(home_station_id)

        async def work(session: Session) -> StaffMember:
            known = await StaffMembers.find(staff_id, session)
            registered = register(known, staff_id, home_station_id, skills, hours)
            member = await StaffMembers.apply(registered, session)
            if registered.is_change:
                subject = ("StaffMember", staff_id)
                before, after = _audited(known), _audited(member)
                await self._audit_log.record(
                    session, self._clock.now(), by, "saveStaffMember", subject, before=before, after=after
                )
            return member

        return await self._mongo.in_transaction(work)


def _audited(member: StaffMember | None) -> dict[str, Any]:
    """Return what the audit log holds of a member."""
    kept = {} if member is None else asdict(member)
    return {name: value for name, value in kept.items() if name not in {"id", "sequence", "revision"}}
