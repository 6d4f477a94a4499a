"""Orders to draw less, through the public API."""

from datetime import timedelta

from navswap.auth.roles import Role
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.energy import a_charging_station
from tests.factories.users import a_user, token_of
from tests.support.api import Api, running

SHED = """
mutation ($input: ShedFeedersInput!) {
  shedFeeders(input: $input) {
    ... on ShedFeedersPayload { energies { limitKw } refused { index field reason example } }
    ... on Refusal { code message }
  }
}"""


async def test_a_null_for_a_station_leaves_the_others_of_an_order_shed(runtime: Runtime) -> None:
    station = node("Station", (await a_charging_station(runtime)).id)
    until = (runtime.clock.now() + timedelta(hours=1)).isoformat()
    async with running(runtime) as address, Api(address, token_of(runtime, await a_user(Role.ADMIN))) as api:
        answer = await api.ask(
            SHED, input={"stationIds": [None, station], "limitKw": 1.0, "endsAt": until, "reason": "Sag"}
        )
    assert [energy["limitKw"] for energy in answer["energies"]] == [1.0]
    [refused] = answer["refused"]
    assert (refused["index"], refused["field"]) == (0, "stationIds")
    assert "null" in refused["reason"]
    assert refused["example"]
