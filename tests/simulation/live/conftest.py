"""A small town by the clock of the machine, for agents who live in real time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from navswap.auth.roles import Role
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.stations.service import Station
from navswap.features.users.service import User
from navswap.features.users.storage import Users
from navswap.kit.clock import SystemClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.settings import Settings
from navswap.simulation.live.command import People
from tests.factories.network import TAIPEI, a_pack, a_station
from tests.factories.users import PASSWORD, cheap_hash
from tests.support.geo import destination
from tests.support.runtime import empty_runtime

RIDERS = 3


@dataclass
class SmallTown:
    """Two stations with charged packs, riders with a pack each, and a technician."""

    runtime: Runtime
    riders: list[User]
    staff: User
    stations: list[Station]
    people: People


@pytest_asyncio.fixture
async def town(database: Settings) -> AsyncIterator[SmallTown]:
    """The town, its accounts under one password as those of the seeds; nothing is served yet."""
    own = {"kafka_topic_prefix": f"{database.kafka_topic_prefix}live-{new_id()}."}
    async with empty_runtime(database.model_copy(update=own), SystemClock()) as runtime:
        hashed = cheap_hash(PASSWORD)
        riders = [await a_person(runtime, Role.CONSUMER, hashed) for _ in range(RIDERS)]
        for rider in riders:
            await a_pack(Place(kind=PlaceKind.RIDER, holder_id=rider.id), soc_percent=60.0)
        staff = await a_person(runtime, Role.STAFF, hashed)
        stations = [
            await a_station(runtime, charged=8, charging=2, point=destination(TAIPEI, 90, metres))
            for metres in (0.0, 900.0)
        ]
        analyst = await a_person(runtime, Role.ANALYST, hashed)
        people = People(
            PASSWORD,
            [rider.email for rider in riders],
            [staff.email],
            [staff.email],
            overseers=[analyst.email],
        )
        yield SmallTown(runtime, riders, staff, stations, people)


async def a_person(runtime: Runtime, role: Role, hashed: str) -> User:
    """Store a user who can sign in with the hashed password."""
    identifier = new_id()
    user = User(
        id=identifier,
        email=f"{identifier}@example.test",
        name=f"{role.title()} {identifier[-4:]}",
        role=role,
        password_hash=hashed,
        created_at=runtime.clock.now(),
    )
    await Users.insert_all([user])
    return user
