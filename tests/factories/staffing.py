"""Staff that tests need."""

from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.staffing.domain.values import AssignmentCause, AssignmentInputs
from navswap.features.staffing.service import (
    Proposal,
    Skill,
    StaffAssignment,
    StaffingServices,
    StaffMember,
    WorkingHours,
)
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.kit.forecasts import Source
from navswap.runtime import Runtime
from tests.factories.users import a_user

ALL_DAY = WorkingHours(start_hour=0, end_hour=24, time_zone="UTC")


async def a_staff_member(
    runtime: Runtime, home: Station, *, technician: bool = False, hours: WorkingHours = ALL_DAY
) -> User:
    """Store a user who works at a station, the whole day by default."""
    user = await a_user(Role.STAFF)
    await on_the_roster(runtime, user, home, technician=technician, hours=hours)
    return user


async def on_the_roster(
    runtime: Runtime,
    user: User,
    home: Station,
    *,
    technician: bool = False,
    hours: WorkingHours = ALL_DAY,
) -> None:
    """Have a user work at a station, the whole day by default."""
    skills = (Skill.SERVICE, Skill.REPAIR) if technician else (Skill.SERVICE,)
    member = StaffMember(id=user.id, home_station_id=home.id, skills=skills, hours=hours)
    await StaffingServices.of(runtime).staff.save([member])


def a_proposal(runtime: Runtime, staff_id: str, origin_id: str, target_id: str) -> Proposal:
    """Return a move that a member of staff was not asked for yet."""
    now = runtime.clock.now()
    return Proposal(
        staff_id=staff_id,
        origin_id=origin_id,
        target_id=target_id,
        skill=Skill.SERVICE,
        cause=AssignmentCause.WORKLOAD,
        work_ends_at=now + timedelta(hours=2),
        inputs=AssignmentInputs(
            as_of=now,
            source=Source.BASELINE,
            origin_work_minutes=0,
            target_work_minutes=40,
            target_queue_length=0,
            work_minutes=40,
            saved_minutes=0,
            travel_minutes=6,
            fairness_minutes=0,
            gain_minutes=24,
        ),
    )


async def asked(runtime: Runtime, staff_id: str, origin_id: str, target_id: str) -> StaffAssignment:
    """Ask a member of staff to go."""
    proposal = a_proposal(runtime, staff_id, origin_id, target_id)
    assignment = await StaffingServices.of(runtime).proposals.ask(proposal)
    assert assignment is not None
    return assignment
