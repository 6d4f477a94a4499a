"""Trails through the public API: what is shown, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.users.service import User
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.gps import PLACE, START, a_drive
from tests.factories.positions import a_message, a_principal
from tests.factories.users import a_user
from tests.features.positions.stores import position_consumer, positions_of, record_of
from tests.support.api import Api, running

pytestmark = pytest.mark.streams

MINUTE = timedelta(minutes=1)
TRAIL = """
query Trail($id: ID!, $since: DateTime!, $until: DateTime!, $most: Int! = 500) {
  trail(subjectId: $id, since: $since, until: $until, maxPoints: $most) {
    subject { id } recordedPoints points { longitude latitude recordedAt speedMetresPerSecond }
  }
}"""
SPAN = {
    "since": START.isoformat(),
    "until": (START + 10 * MINUTE).isoformat(),
}


def token_of(runtime: Runtime, user: User) -> str:
    token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
    return token


async def ask_as(runtime: Runtime, address: str, user: User, document: str, **variables: Any) -> Any:
    async with Api(address, token_of(runtime, user)) as api:
        return await api.ask(document, **variables)


async def a_driver(runtime: Runtime, role: Role = Role.CONSUMER) -> User:
    """Somebody who drove for five minutes, one position a second, all logged."""
    user = await a_user(role)
    drive = a_drive(36.0, subject_id=user.id, seconds=299, every=1)
    await position_consumer(runtime).handle([record_of(a_message(drive, role))])
    return user


async def test_a_trail_is_by_time_and_thinned_to_what_is_asked_for(runtime: Runtime) -> None:
    rider = await a_driver(runtime)
    async with running(runtime) as address:
        whole, thin = [
            await ask_as(runtime, address, rider, TRAIL, id=node("User", rider.id), most=most, **SPAN)
            for most in (2_000, 20)
        ]
    assert whole["subject"] == {"id": node("User", rider.id)}
    assert (whole["recordedPoints"], len(whole["points"])) == (300, 300)
    assert (thin["recordedPoints"], len(thin["points"])) == (300, 10)
    for trail in (whole, thin):
        moments = [point["recordedAt"] for point in trail["points"]]
        assert moments == sorted(set(moments))
    assert thin["points"][0] == whole["points"][0]
    assert whole["points"][0]["longitude"] == pytest.approx(PLACE.longitude)


async def test_a_trail_holds_its_span_and_nobody_elses_points(runtime: Runtime) -> None:
    rider, _ = await a_driver(runtime), await a_driver(runtime)
    span = {"since": SPAN["since"], "until": (START + MINUTE).isoformat()}
    async with running(runtime) as address:
        trail = await ask_as(runtime, address, rider, TRAIL, id=node("User", rider.id), **span)
    assert trail["recordedPoints"] == 60


@pytest.mark.parametrize(
    ("of", "seen_by"),
    [
        (Role.CONSUMER, {Role.ADMIN}),
        (Role.STAFF, {Role.ADMIN, Role.STAFF, Role.ANALYST}),
        (Role.TRANSPORTER, {Role.ADMIN, Role.STAFF, Role.ANALYST}),
    ],
)
async def test_a_trail_is_shown_to_whom_it_concerns(runtime: Runtime, of: Role, seen_by: set[Role]) -> None:
    driver = await a_driver(runtime, of)
    async with running(runtime) as address:
        found = {
            role
            for role in Role
            if await ask_as(runtime, address, await a_user(role), TRAIL, id=node("User", driver.id), **SPAN)
        }
        own = await ask_as(runtime, address, driver, TRAIL, id=node("User", driver.id), **SPAN)
    assert found == seen_by
    assert own["recordedPoints"] == 300


@pytest.mark.parametrize(("minutes", "most"), [(0, 500), (-5, 500), (24 * 60 + 1, 500), (10, 0), (10, 2_001)])
async def test_a_trail_without_bounds_is_refused(runtime: Runtime, minutes: int, most: int) -> None:
    rider = await a_user()
    span = {"since": START.isoformat(), "until": (START + minutes * MINUTE).isoformat()}
    async with running(runtime) as address, Api(address, token_of(runtime, rider)) as api:
        assert await api.refused(TRAIL, id=node("User", rider.id), most=most, **span) == "INVALID_INPUT"


async def test_a_trail_holds_what_was_reported_and_logged(runtime: Runtime) -> None:
    rider = await a_user()
    [point] = a_drive(36.0, subject_id=rider.id, seconds=0)
    await positions_of(runtime).report(a_principal(rider.id), [point])
    await position_consumer(runtime).handle([record_of(a_message([point]))])
    async with running(runtime) as address:
        trail = await ask_as(runtime, address, rider, TRAIL, id=node("User", rider.id), **SPAN)
    assert trail["recordedPoints"] == 1
