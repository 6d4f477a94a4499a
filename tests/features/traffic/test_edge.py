"""Traffic through the public API: what is shown, and to whom."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.traffic import vehicles_drive
from tests.factories.users import a_user
from tests.support.api import Api, live, running

pytestmark = pytest.mark.streams

MINUTE = timedelta(minutes=1)
CELLS = "cell centre { longitude latitude } boundary { longitude } speed freeFlow congestion probes observedAt source"
TRAFFIC = (
    f"query T($area: AreaInput!) {{ traffic(area: $area) {{ updatedAt isComplete cells {{ {CELLS} }} }} }}"
)
CHANGED = f"""
subscription C($area: AreaInput!, $after: String) {{
  trafficChanged(area: $area, after: $after) {{
    __typename
    ... on TrafficSnapshot {{ cursor cells {{ {CELLS} }} }}
    ... on TrafficUpdate {{ cursor sequence cells {{ {CELLS} }} clearedCells }}
    ... on Resync {{ reason }}
  }}
}}"""
AREA = {"west": 136.8, "south": 35.1, "east": 137.0, "north": 35.3}


def token_of(runtime: Runtime, user: User) -> str:
    token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
    return token


async def ask_as(runtime: Runtime, address: str, user: User, document: str, **variables: Any) -> Any:
    async with Api(address, token_of(runtime, user)) as api:
        return await api.ask(document, **variables)


async def test_what_is_reported_becomes_traffic_that_is_shown(runtime: Runtime, clock: ManualClock) -> None:
    clock.advance(2 * MINUTE)
    await vehicles_drive(runtime, 6.0)
    rider = await a_user()
    async with running(runtime) as address:
        shown = await ask_as(runtime, address, rider, TRAFFIC, area=AREA)
        elsewhere = await ask_as(runtime, address, rider, TRAFFIC, area={**AREA, "west": 136.95})
    assert elsewhere["cells"] == []
    assert shown["isComplete"]
    slowest = max(shown["cells"], key=lambda one: one["probes"])
    assert len(slowest["boundary"]) == 6
    assert slowest["speed"] == pytest.approx(6.0, abs=0.5)
    assert (slowest["freeFlow"], slowest["source"]) == (24.0, "BASELINE")
    assert 0.5 < slowest["congestion"] < 0.76


async def test_a_subscriber_sees_the_jam_come_and_resumes_after_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    token = token_of(runtime, await a_user())
    async with running(runtime, relay=True) as address:
        async with live(address, token) as socket:
            moments = await socket.subscribe(CHANGED, area=AREA)
            assert (await moments.next())["cells"] == []
            await vehicles_drive(runtime, 5.0)
            update = await moments.next()
            assert (update["__typename"], update["sequence"]) == ("TrafficUpdate", 1)
            assert any(one["congestion"] > 0.5 for one in update["cells"])
        clock.advance(MINUTE)
        await vehicles_drive(runtime, 5.0)
        async with live(address, token) as socket:
            again = await socket.subscribe(CHANGED, area=AREA, after=update["cursor"])
            gap = await again.next()
            beginning = await (await socket.subscribe(CHANGED, area=AREA)).next()
    assert gap["__typename"] == "TrafficUpdate"
    held = {one["cell"]: one for one in [*update["cells"], *gap["cells"]]}
    assert held == {one["cell"]: one for one in beginning["cells"]}


async def test_nobody_who_is_not_signed_in_sees_traffic(runtime: Runtime) -> None:
    async with running(runtime) as address, Api(address) as api:
        assert await api.refused(TRAFFIC, area=AREA) == "NOT_SIGNED_IN"
