"""The roster on real stores."""

from datetime import timedelta

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.staffing.service import Skill, StaffingServices, StaffMember, WorkingHours
from navswap.features.stations.service import Station
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_station
from tests.factories.staffing import asked
from tests.factories.users import a_user
from tests.features.staffing.test_proposals import in_transaction
from tests.support.geo import destination

ALL_DAY = WorkingHours(0, 24, "UTC")


async def save(runtime: Runtime, staff_id: str, home: Station, *skills: Skill) -> StaffMember:
    admin = Principal("admin", Role.ADMIN, new_id(), runtime.clock.now() + timedelta(hours=1))
    return await StaffingServices.of(runtime).roster.save(staff_id, home.id, skills, ALL_DAY, admin)


async def test_who_is_put_on_the_roster_is_sent_where_the_skill_is_needed(runtime: Runtime) -> None:
    home, target = await a_station(runtime), await a_station(runtime, point=destination(TAIPEI, 90, 2_000))
    person = await a_user(Role.STAFF)
    await in_transaction(runtime, *[(target, Skill.REPAIR)] * 2)
    await save(runtime, person.id, home, Skill.SERVICE)
    assert await StaffingServices.of(runtime).proposals.propose() == []
    await save(runtime, person.id, home, Skill.SERVICE, Skill.REPAIR)
    [sent] = await StaffingServices.of(runtime).proposals.propose()
    assert (sent.staff_id, sent.target_id, sent.skill) == (person.id, target.id, Skill.REPAIR)


async def test_a_change_of_the_roster_is_recorded_once_and_breaks_no_stream(runtime: Runtime) -> None:
    home, target = await a_station(runtime), await a_station(runtime)
    person = await a_user(Role.STAFF)
    await save(runtime, person.id, home, Skill.SERVICE)
    await asked(runtime, person.id, home.id, target.id)
    for _ in range(2):
        saved = await save(runtime, person.id, target, Skill.SERVICE)
    assert saved.sequence == 1, "the stream of the person's assignments goes on from there"
    recorded = await AuditLogEntry.find_all().sort("_id").to_list()
    assert [entry.after["home_station_id"] for entry in recorded] == [home.id, target.id]
