"""Answers of the mutations of the staffing slice."""

from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.staffing.service import StaffAssignment, StaffingServices
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_station
from tests.factories.staffing import a_staff_member, asked
from tests.factories.users import a_user

NOTHING = node("StaffAssignment", new_id())


async def proposed(world: World) -> tuple[User, StaffAssignment]:
    home, target = await a_station(world.runtime), await a_station(world.runtime)
    person = await a_staff_member(world.runtime, home)
    return person, await asked(world.runtime, person.id, home.id, target.id)


async def answer(world: World, field: str, person: User, identifier: str) -> str:
    return await world.call(person, field, assignmentId=identifier)


async def answer_own(world: World, field: str, *, accepted: bool = False, late: bool = False) -> str:
    person, assignment = await proposed(world)
    if accepted:
        await StaffingServices.of(world.runtime).assignments.accept(assignment.id, person.id)
    if late:
        world.clock.advance(timedelta(minutes=6))
    return await answer(world, field, person, node("StaffAssignment", assignment.id))


async def answer_foreign(world: World, field: str, identifier: str) -> str:
    person, _ = await proposed(world)
    return await answer(world, field, person, identifier)


# acceptAssignment


@answers("acceptAssignment", "AcceptAssignmentPayload")
async def _(world: World) -> str:
    return await answer_own(world, "acceptAssignment")


@answers("acceptAssignment", "ProposalEnded")
async def _(world: World) -> str:
    return await answer_own(world, "acceptAssignment", late=True)


@answers("acceptAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_foreign(world, "acceptAssignment", NOTHING)


@answers("acceptAssignment", "InvalidInput")
async def _(world: World) -> str:
    return await answer_foreign(world, "acceptAssignment", NOWHERE)


# declineAssignment


@answers("declineAssignment", "DeclineAssignmentPayload")
async def _(world: World) -> str:
    return await answer_own(world, "declineAssignment")


@answers("declineAssignment", "ProposalEnded")
async def _(world: World) -> str:
    return await answer_own(world, "declineAssignment", accepted=True)


@answers("declineAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_foreign(world, "declineAssignment", NOTHING)


@answers("declineAssignment", "InvalidInput")
async def _(world: World) -> str:
    return await answer_foreign(world, "declineAssignment", NOWHERE)


# endAssignment


@answers("endAssignment", "EndAssignmentPayload")
async def _(world: World) -> str:
    assert await answer_own(world, "endAssignment", accepted=True) == "EndAssignmentPayload"
    person, other = await proposed(world)
    await StaffingServices.of(world.runtime).assignments.accept(other.id, person.id)
    return await answer(world, "endAssignment", await a_user(Role.ADMIN), node("StaffAssignment", other.id))


@answers("endAssignment", "AssignmentNotActive")
async def _(world: World) -> str:
    return await answer_own(world, "endAssignment")


@answers("endAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_foreign(world, "endAssignment", NOTHING)


@answers("endAssignment", "InvalidInput")
async def _(world: World) -> str:
    return await answer_foreign(world, "endAssignment", NOWHERE)
