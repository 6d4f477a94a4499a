"""The network as it was: moments recorded by the clock, and a look back at one of them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from navswap.auth.roles import Role
from navswap.features.network.domain.history import STEP, step_of
from navswap.features.network.service import NetworkServices
from navswap.features.network.storage import NetworkMomentDocument
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.gps import a_fix
from tests.factories.network import a_station
from tests.factories.positions import a_message, a_principal
from tests.factories.users import a_user
from tests.features.positions.stores import position_consumer, record_of
from tests.support.api import Api, running

HISTORY = """
query History($since: DateTime!, $until: DateTime!) {
  networkHistory(since: $since, until: $until) {
    recordedAt openStations withoutFreePacks freePacks queueLength
  }
}"""
SNAPSHOT = """
query Snapshot($at: DateTime!) {
  networkSnapshot(at: $at) {
    recordedAt
    stations { state freePacks queueLength station { id } }
    movers { role location { longitude latitude } }
  }
}"""


@pytest_asyncio.fixture
async def api(runtime: Runtime) -> AsyncIterator[Api]:
    async with running(runtime) as address, Api(address, await token_of(runtime, Role.ADMIN)) as api:
        yield api


async def token_of(runtime: Runtime, role: Role) -> str:
    user = await a_user(role)
    return runtime.access_tokens.issue(user.id, role, new_id())[0]


async def close(runtime: Runtime, station: Station) -> None:
    await StationsServices.of(runtime).stations.set_state(
        station.id, StationState.CLOSED, a_principal("admin", Role.ADMIN)
    )


async def snapshot(api: Api, at: datetime) -> dict[str, Any] | None:
    found: dict[str, Any] | None = await api.ask(SNAPSHOT, at=at.isoformat())
    return found


async def test_a_look_back_shows_stations_as_they_were_and_not_as_they_are(
    runtime: Runtime, clock: ManualClock, api: Api
) -> None:
    station = await a_station(runtime, charged=3)
    history = NetworkServices.of(runtime).history
    before = clock.now()
    await history.record()
    await close(runtime, station)
    clock.advance(STEP)
    await history.record()
    then, now = await snapshot(api, before + STEP / 2), await snapshot(api, clock.now())
    assert then is not None
    assert now is not None
    identity = {"station": {"id": node("Station", station.id)}, "queueLength": 0, "freePacks": 3}
    assert then["stations"] == [{**identity, "state": "OPEN"}]
    assert now["stations"] == [{**identity, "state": "CLOSED"}]
    rows = await api.ask(
        HISTORY, since=before.isoformat(), until=(clock.now() + timedelta(seconds=1)).isoformat()
    )
    assert [(row["openStations"], row["withoutFreePacks"]) for row in rows] == [(1, 0), (0, 0)]
    assert [row["recordedAt"] for row in rows] == [then["recordedAt"], now["recordedAt"]]


async def test_two_workers_record_a_moment_once(runtime: Runtime, clock: ManualClock) -> None:
    await a_station(runtime)
    history = NetworkServices.of(runtime).history
    await history.record()
    clock.advance(STEP - timedelta(seconds=1))
    await history.record()
    assert await NetworkMomentDocument.count() == 1


async def test_where_nothing_was_recorded_there_is_no_moment(clock: ManualClock, api: Api) -> None:
    assert await snapshot(api, clock.now()) is None


async def test_a_span_longer_than_a_day_is_refused(clock: ManualClock, api: Api) -> None:
    for hours in (0, 25):
        answer = await api.post(
            HISTORY,
            since=(clock.now() - timedelta(hours=hours)).isoformat(),
            until=clock.now().isoformat(),
        )
        assert answer["errors"][0]["extensions"]["field"] == "since"


@pytest.mark.parametrize(("role", "seen"), [(Role.ADMIN, {"CONSUMER", "STAFF"}), (Role.ANALYST, {"STAFF"})])
async def test_riders_of_the_past_are_shown_to_administrators_alone(
    runtime: Runtime, clock: ManualClock, role: Role, seen: set[str]
) -> None:
    consumer = position_consumer(runtime)
    for subject in (Role.CONSUMER, Role.STAFF):
        await consumer.handle([record_of(a_message([a_fix(10.0, subject_id=new_id())], subject))])
    clock.advance(timedelta(minutes=1))
    at = step_of(clock.now() + STEP)
    clock.advance(at - clock.now())
    await NetworkServices.of(runtime).history.record()
    past = await NetworkServices.of(runtime).history.find(role, at)
    assert past is not None
    assert {mover.value for _, mover in past.movers} == seen
