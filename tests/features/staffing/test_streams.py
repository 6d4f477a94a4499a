"""What a client that watches assignments holds is what a fresh snapshot has, around every step of an assignment."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.staffing.events import AssignmentChanged
from navswap.features.staffing.service import StaffAssignment, StaffingServices
from navswap.features.users.service import User
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import TAIPEI, a_station
from tests.factories.positions import a_principal
from tests.factories.staffing import a_staff_member, asked
from tests.factories.users import a_user, token_of
from tests.support.api import live, running
from tests.support.geo import destination
from tests.support.streams import types_of, upsert, verify_stream

BOSS = a_principal("boss", Role.ADMIN)


def take_assignment(held: dict[str, Any], update: dict[str, Any]) -> None:
    """Show the assignment of the update while it is active."""
    changed, known = update["assignment"], held["activeAssignment"]
    if changed["isActive"]:
        held["activeAssignment"] = changed
    elif known is not None and known["id"] == changed["id"]:
        held["activeAssignment"] = None


ACTIVE = upsert("assignments", "assignment", ended=lambda changed: not changed["isActive"])


class Move:
    """A member of staff who is asked to work at another station."""

    def __init__(self, runtime: Runtime, clock: ManualClock, person: User, home: str, target: str) -> None:
        self.person = person
        self._runtime = runtime
        self._clock = clock
        self.home = home
        self.target = target
        self._services = StaffingServices.of(runtime)
        self._asked: StaffAssignment | None = None

    async def is_proposed(self) -> None:
        self._asked = await asked(self._runtime, self.person.id, self.home, self.target)

    async def is_accepted(self) -> None:
        await self._services.assignments.accept(self._id, self.person.id)

    async def is_declined(self) -> None:
        await self._services.assignments.decline(self._id, self.person.id)

    async def is_departed(self) -> None:
        await self._step(self._services.assignments.depart)

    async def is_arrived(self) -> None:
        await self._step(self._services.assignments.arrive)

    async def is_ended(self) -> None:
        await self._services.assignments.end(self._id, BOSS)

    async def is_over(self) -> None:
        self._clock.advance(timedelta(hours=2))
        await self._services.assignments.lapse_due()

    @property
    def _id(self) -> str:
        assert self._asked is not None
        return self._asked.id

    async def _step(self, step: Callable[..., Awaitable[bool]]) -> None:
        async def work(session: Session) -> bool:
            return await step(self._id, self._clock.now(), session)

        assert await self._runtime.mongo.in_transaction(work)


async def a_move(runtime: Runtime, clock: ManualClock) -> Move:
    home, target = await a_station(runtime), await a_station(runtime, point=destination(TAIPEI, 90.0, 2000))
    return Move(runtime, clock, await a_staff_member(runtime, home), home.id, target.id)


async def test_the_assignments_of_a_member_are_followed_through_every_step(
    runtime: Runtime, clock: ManualClock
) -> None:
    move, seen = await a_move(runtime, clock), set()
    for act in (
        move.is_proposed,
        move.is_declined,
        move.is_proposed,
        move.is_over,
        move.is_proposed,
        move.is_accepted,
        move.is_departed,
        move.is_arrived,
        move.is_ended,
        move.is_proposed,
        move.is_accepted,
        move.is_arrived,
        move.is_over,
    ):
        async with verify_stream(runtime, move.person, "assignmentChanged", take_assignment) as stream:
            await act()
        seen |= set(stream.facts)
    assert seen == types_of(AssignmentChanged)


async def test_an_administrator_follows_all_steps_at_a_time_and_none_of_another_member(
    runtime: Runtime, clock: ManualClock
) -> None:
    move, other = await a_move(runtime, clock), await a_move(runtime, clock)
    admin = await a_user(Role.ADMIN)
    async with verify_stream(
        runtime, admin, "assignmentChanged", take_assignment, staffId=node("User", move.person.id)
    ) as stream:
        for act in (move.is_proposed, other.is_proposed, move.is_accepted, other.is_declined, move.is_ended):
            await act()
    assert len(stream.updates) == 3


@pytest.mark.parametrize("scope", ["all", "target", "origin"])
async def test_a_control_room_follows_every_assignment_of_its_stations(
    runtime: Runtime, clock: ManualClock, scope: str
) -> None:
    move, other = await a_move(runtime, clock), await a_move(runtime, clock)
    await other.is_proposed()
    watched = {"all": None, "target": [node("Station", move.target)], "origin": [node("Station", move.home)]}
    async with verify_stream(
        runtime, await a_user(Role.ANALYST), "staffAssignmentsChanged", ACTIVE, stationIds=watched[scope]
    ) as stream:
        for act in (
            move.is_proposed,
            other.is_declined,
            move.is_accepted,
            move.is_departed,
            move.is_arrived,
            other.is_proposed,
            move.is_ended,
            move.is_proposed,
        ):
            await act()
        late = await a_move(runtime, clock)
        await late.is_proposed()
        await move.is_over()
    assert len(stream.snapshot["assignments"]) == (1 if scope == "all" else 0)
    assert len(stream.updates) == (12 if scope == "all" else 7)
    assert set(stream.facts) <= types_of(AssignmentChanged)


@pytest.mark.parametrize("role", [Role.STAFF, Role.CONSUMER])
async def test_the_assignments_of_all_are_for_those_who_run_the_network(runtime: Runtime, role: Role) -> None:
    token = token_of(runtime, await a_user(role))
    async with running(runtime) as address, live(address, token) as socket:
        refused = await socket.ask("subscription { staffAssignmentsChanged { __typename } }")
    assert refused["errors"][0]["extensions"]["code"] == "NOT_ALLOWED"
