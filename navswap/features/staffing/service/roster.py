"""The roster: who works where, when, and can do what."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import record
from navswap.features.staffing.documents import StaffMember, WorkingHours
from navswap.features.staffing.errors import BadShiftError, NotOfTheStaffError
from navswap.features.staffing.rules import Skill
from navswap.features.stations.service import StationService
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock


class RosterService:
    """Puts people of the role STAFF on the roster."""

    def __init__(self, mongo: Mongo, clock: Clock, users: UserService, stations: StationService) -> None:
        self._mongo = mongo
        self._clock = clock
        self._users = users
        self._stations = stations

    async def save(
        self,
        staff_id: str,
        home_station_id: str,
        skills: Sequence[Skill],
        shift: tuple[int, int, str],
        by: Principal,
    ) -> StaffMember:
        """Store a person, or renew what is known, and write down who did; the same again changes nothing.

        `shift` is the first hour, the hour that it ends before, and the time zone. Raises BadShiftError,
        NotOfTheStaffError, StationNotFoundError.
        """
        start_hour, end_hour, time_zone = shift
        try:
            hours = WorkingHours(start_hour=start_hour, end_hour=end_hour, time_zone=time_zone)
            member = StaffMember(
                id=staff_id,
                home_station_id=home_station_id,
                skills=list(dict.fromkeys(skills)),
                hours=hours,
            )
        except ValidationError as error:
            raise BadShiftError(
                "Give a first hour of 0 to 23, an end of 1 to 24, an IANA time zone and at least one skill."
            ) from error
        user = await self._users.find(staff_id)
        if user is None or user.role is not Role.STAFF:
            raise NotOfTheStaffError("There is no user of the role STAFF with this id; add the user first.")
        await self._stations.get(home_station_id)

        async def work(session: Session) -> StaffMember:
            known = await StaffMember.put(member, session)
            before, after = _told(known), _told(member)
            if before != after:
                subject = ("StaffMember", staff_id)
                await record(
                    session, self._clock.now(), by, "saveStaffMember", subject, before=before, after=after
                )
            return member if known is None else member.model_copy(update={"sequence": known.sequence})

        return await self._mongo.in_transaction(work)


def _told(member: StaffMember | None) -> dict[str, Any]:
    """Return what the audit log tells of a person."""
    return {} if member is None else member.model_dump(mode="json", exclude={"id", "sequence", "revision_id"})
