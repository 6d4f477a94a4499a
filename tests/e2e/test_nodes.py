"""`node` finds everything by its id, and shows nobody what is not theirs."""

from strawberry import relay

from navswap.auth.roles import Role
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_rider, a_station
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.api import Api, running

NODE = "query Node($id: ID!) { node(id: $id) { __typename id } }"


async def test_node_finds_everything_for_those_who_may_see_it(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, pack = await a_rider()
    assert pack is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(pack.id, 9.0))
    ids = {
        "Station": station.id,
        "User": rider.id,
        "QueueEntry": entry.id,
        "Swap": swap.id,
        "Pack": entry.serial_numbers[0],
    }
    readers = {"own": rider, "admin": await a_user(Role.ADMIN), "stranger": await a_user()}
    async with running(runtime) as address:
        for reader, user in readers.items():
            token, _ = runtime.access_tokens.issue(user.id, user.role, new_id())
            async with Api(address, token) as api:
                for kind, identifier in ids.items():
                    found = await api.ask(NODE, id=relay.to_base64(kind, identifier))
                    shown = reader != "stranger" or kind == "Station"
                    assert (found is not None) is shown, (reader, kind)
                    assert found is None or found["__typename"] == kind


async def test_an_id_of_no_kind_or_no_id_at_all_is_refused(runtime: Runtime) -> None:
    async with running(runtime) as address, Api(address) as api:
        for kind in ("Foo", "Query", "QrCode", "PageInfo"):
            assert await api.refused(NODE, id=relay.to_base64(kind, "1")) == "INVALID_INPUT"
        assert await api.refused(NODE, id="garbage") == "INVALID_INPUT"
        assert await api.refused(NODE, id=relay.to_base64("Swap", "1")) == "NOT_SIGNED_IN"
        assert await api.ask(NODE, id=relay.to_base64("Station", "nowhere")) is None
