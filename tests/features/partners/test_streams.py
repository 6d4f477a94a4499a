"""What a client that watches the storage requests of shops holds is what a fresh snapshot has, around every step."""

from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.partners.events import StorageRequestChanged
from navswap.features.partners.service import PartnersServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.network import a_station
from tests.factories.partners import a_request, a_shop, agreed, carried
from tests.factories.users import a_user
from tests.support.streams import types_of, upsert, verify_stream

REQUESTS = upsert("requests", "request", ended=lambda request: request["endedAt"] is not None)


async def test_the_requests_of_shops_through_their_lives(runtime: Runtime, clock: ManualClock) -> None:
    owner, admin = await a_user(Role.PARTNER), await a_user(Role.ADMIN)
    shops = [await a_shop(owner), await a_shop(owner)]
    watched = [node("PartnerShop", shop.id) for shop in shops]
    service, station, packs = (
        PartnersServices.of(runtime).requests,
        await a_station(runtime),
        await carried(count=2),
    )
    waiting = await a_request(runtime, shops[0], station=station)
    async with (
        verify_stream(runtime, owner, "storageRequestChanged", REQUESTS) as own,
        verify_stream(runtime, admin, "storageRequestChanged", REQUESTS, shopIds=watched) as office,
    ):
        filled = await a_request(runtime, shops[1], station=station)
        await service.accept(filled.id, owner.id)
        collecting = (filled.id, [packs[0].id])
        await runtime.mongo.in_transaction(lambda session: service.collect(*collecting, session))
        await runtime.mongo.in_transaction(lambda session: service.release(*collecting, session))
        for pack in packs:
            await service.receive(filled.id, owner.id, [pack.id], await agreed(runtime, shops[1]))
        await service.decline((await a_request(runtime, shops[0], station=station)).id, owner.id)
        clock.advance(timedelta(hours=3))
        assert await service.expire_due() == 1
    assert own.facts == office.facts
    assert {*own.facts} == types_of(StorageRequestChanged)
    assert [request["id"] for request in own.snapshot["requests"]] == [node("StorageRequest", waiting.id)]


async def test_a_request_that_is_repeated_and_one_of_another_shop_are_no_update(runtime: Runtime) -> None:
    owner, service = await a_user(Role.PARTNER), PartnersServices.of(runtime).requests
    request = await a_request(runtime, await a_shop(owner))
    await service.accept(request.id, owner.id)
    async with verify_stream(runtime, owner, "storageRequestChanged", REQUESTS, quiet=True) as stream:
        await service.accept(request.id, owner.id)
        await a_request(runtime, await a_shop())
    assert (stream.updates, stream.facts) == ([], [])
