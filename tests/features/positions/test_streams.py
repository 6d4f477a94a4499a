"""What a client that watches positions holds is what a fresh snapshot has, whoever moves, comes, leaves or is late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.features.positions.service import PositionsServices
from navswap.features.users.service import User
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Point
from navswap.kit.gps import GpsPoint
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.features.positions.stores import PATIENCE_SECONDS
from tests.support.geo import destination
from tests.support.streams import verify_conflating_stream

pytestmark = pytest.mark.streams

MIDDLE = Point(-61.5, 15.4)
AREA = {"west": -61.51, "south": 15.39, "east": -61.49, "north": 15.41}


def take_positions(held: dict[str, Any], update: dict[str, Any]) -> None:
    """Replace the positions of the update, and drop who has left the area; the newest stands first."""
    positions = {position["subjectId"]: position for position in (*held["positions"], *update["positions"])}
    for subject_id in update["departedSubjectIds"]:
        positions.pop(subject_id, None)
    held["positions"] = sorted(
        positions.values(), key=lambda position: str(position["recordedAt"]), reverse=True
    )


class Walk:
    """Persons in and around an area, who report where they are."""

    def __init__(self, runtime: Runtime, clock: ManualClock, persons: list[User]) -> None:
        self.persons = persons
        self._runtime = runtime
        self._clock = clock

    async def report(self, person: User, metres: float, *, late_seconds: float = 0.0) -> None:
        """Report a person so far from the middle; about 1,100 m are the edge."""
        self._clock.advance(timedelta(minutes=2))
        recorded_at = self._clock.now() - timedelta(seconds=late_seconds)
        fix = GpsPoint(person.id, destination(MIDDLE, 0.0, metres), recorded_at, speed_metres_per_second=1.5)
        reported = await PositionsServices.of(self._runtime).positions.report(
            a_principal(person.id, person.role), [fix]
        )
        assert reported.accepted == 1

    async def somebody_comes(self) -> None:
        await self.report(self.persons[0], 0)

    async def somebody_moves(self) -> None:
        await self.report(self.persons[0], 300)
        await self.report(self.persons[1], 10)
        await self.report(self.persons[0], 600)

    async def somebody_leaves(self) -> None:
        await self.report(self.persons[1], 2_500)

    async def one_comes_late(self) -> None:
        await self.report(self.persons[0], 500)
        await self.report(self.persons[0], 550, late_seconds=60)
        await self.report(self.persons[1], 2_600)

    async def all_cross(self) -> None:
        await self.report(self.persons[0], 2_000)
        await self.report(self.persons[1], 100)
        await self.report(self.persons[2], 200)


@pytest_asyncio.fixture
async def walk(runtime: Runtime, clock: ManualClock) -> AsyncIterator[Walk]:
    hub = PositionsServices.of(runtime).hub
    async with BackgroundJobs(hub.run()):
        await asyncio.wait_for(hub.wait_until_connected(), PATIENCE_SECONDS)
        yield Walk(runtime, clock, [await a_user(Role.TRANSPORTER) for _ in range(3)])


async def test_an_area_is_followed_whoever_comes_moves_and_leaves(runtime: Runtime, walk: Walk) -> None:
    staff = await a_user(Role.STAFF)
    for act in (
        walk.somebody_comes,
        walk.somebody_moves,
        walk.somebody_leaves,
        walk.one_comes_late,
        walk.all_cross,
    ):
        async with verify_conflating_stream(
            runtime, staff, "positionsChanged", take_positions, scope={"area": AREA}
        ) as stream:
            await act()
        assert stream.updates


async def test_users_are_followed_by_id_wherever_they_are(runtime: Runtime, walk: Walk) -> None:
    staff, ids = await a_user(Role.STAFF), [node("User", person.id) for person in walk.persons[:2]]
    for act in (walk.somebody_comes, walk.somebody_moves, walk.somebody_leaves, walk.all_cross):
        async with verify_conflating_stream(
            runtime, staff, "positionsChanged", take_positions, scope={"subjectIds": ids}
        ) as stream:
            await act()
        assert stream.updates
