"""Answers of the mutations of the staffing slice."""

from datetime import timedelta

from navswap.features.staffing.documents import StaffAssignment
from navswap.features.staffing.service import StaffingServices
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from tests.e2e.scenarios import NOWHERE, World, answers, node
from tests.factories.network import a_station
from tests.factories.staffing import a_staff_member, asked

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


async def answer_of_nobody(world: World, field: str, identifier: str) -> str:
    person, _ = await proposed(world)
    return await answer(world, field, person, identifier)


# acceptAssignment


@answers("acceptAssignment", "StaffAssignment")
async def _(world: World) -> str:
    return await answer_own(world, "acceptAssignment")


@answers("acceptAssignment", "ProposalEnded")
async def _(world: World) -> str:
    return await answer_own(world, "acceptAssignment", late=True)


@answers("acceptAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "acceptAssignment", NOTHING)


@answers("acceptAssignment", "BadId")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "acceptAssignment", NOWHERE)


# refuseAssignment


@answers("refuseAssignment", "StaffAssignment")
async def _(world: World) -> str:
    return await answer_own(world, "refuseAssignment")


@answers("refuseAssignment", "ProposalEnded")
async def _(world: World) -> str:
    return await answer_own(world, "refuseAssignment", accepted=True)


@answers("refuseAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "refuseAssignment", NOTHING)


@answers("refuseAssignment", "BadId")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "refuseAssignment", NOWHERE)


# endAssignment


@answers("endAssignment", "StaffAssignment")
async def _(world: World) -> str:
    return await answer_own(world, "endAssignment", accepted=True)


@answers("endAssignment", "AssignmentNotActive")
async def _(world: World) -> str:
    return await answer_own(world, "endAssignment")


@answers("endAssignment", "AssignmentNotFound")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "endAssignment", NOTHING)


@answers("endAssignment", "BadId")
async def _(world: World) -> str:
    return await answer_of_nobody(world, "endAssignment", NOWHERE)
