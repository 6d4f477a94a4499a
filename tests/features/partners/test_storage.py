import asyncio
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.features.packs.errors import PackElsewhereError, PackNotFoundError
from navswap.features.packs.service import PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.partners.documents import PartnerShop, RequestState, Stay, StoragePlan, StorageRequest
from navswap.features.partners.errors import (
    BadStorageRequestError,
    CarrierNotFoundError,
    NoStoragePlaceError,
    ShopNotFoundError,
    StorageRequestClosedError,
    StorageRequestConflictError,
    StorageRequestNotFoundError,
)
from navswap.features.partners.service import PartnersServices, Wanted
from navswap.features.stations.errors import StationNotFoundError
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_station
from tests.factories.partners import a_request, a_shop, carried
from tests.factories.users import a_user
from tests.support.geo import destination


async def places(shop: PartnerShop) -> tuple[int, int, int]:
    """Return the stock, the reserved and the offered packs as they are stored."""
    now = await PartnerShop.read(shop.id)
    assert now is not None
    return now.stock_packs, now.reserved_packs, now.offered_packs


async def told(shop: PartnerShop) -> list[tuple[str, int]]:
    """Return what was published of the requests of a shop, with its place in the stream."""
    events = await OutboxEvent.find({"envelope.key": shop.id}).sort("position").to_list()
    return [(one.envelope["type"].rpartition(".")[2], one.streams[0]["sequence"]) for one in events]


async def test_packs_go_to_the_best_shops_and_the_plan_keeps_what_it_rested_on(runtime: Runtime) -> None:
    near, far = await a_shop(capacity=4), await a_shop(capacity=4, point=destination(TAIPEI, 90, 3000))
    out_of_reach = await a_shop(point=destination(TAIPEI, 90, 9000))
    closed = await a_shop(hours="Su 09:00-10:00")
    station = await a_station(runtime)
    plan, requests = await PartnersServices.of(runtime).plans.request(Wanted(station.id, 10), "admin", "key")
    assert {one.shop_id: one.packs for one in requests} == {near.id: 4, far.id: 4}
    assert plan.unplaced_packs == 2
    assert {one.shop_id for one in plan.basis} == {near.id, far.id}
    assert all(one.source == "BASELINE" and one.acceptance_probability == 0.5 for one in plan.basis)
    assert await places(near) == await places(far) == (0, 0, 4)
    assert await places(out_of_reach) == await places(closed) == (0, 0, 0)
    assert await told(near) == [("requested", 1)]


async def test_a_repeated_request_is_the_first_one_even_at_once(runtime: Runtime) -> None:
    shop, station = await a_shop(), await a_station(runtime)
    plans = PartnersServices.of(runtime).plans
    answers = await asyncio.gather(*(plans.request(Wanted(station.id, 2), "admin", "key") for _ in range(12)))
    assert len({plan.id for plan, _ in answers}) == 1
    assert {tuple(one.id for one in requests) for _, requests in answers} == {
        tuple(one.id for one in answers[0][1])
    }
    assert await places(shop) == (0, 0, 2)
    with pytest.raises(StorageRequestConflictError):
        await plans.request(Wanted(station.id, 3), "admin", "key")


async def test_plans_at_once_never_offer_more_than_a_shop_has_places_for(runtime: Runtime) -> None:
    shop, station = await a_shop(capacity=5), await a_station(runtime)
    plans = PartnersServices.of(runtime).plans
    answers = await asyncio.gather(
        *(plans.request(Wanted(station.id, 2), "admin", new_id()) for _ in range(8)), return_exceptions=True
    )
    made = [one for one in answers if isinstance(one, tuple)]
    assert sum(plan.packs - plan.unplaced_packs for plan, _ in made) == 5
    assert sum(isinstance(one, NoStoragePlaceError) for one in answers) == 8 - len(made) == 5
    assert await places(shop) == (0, 0, 5)


async def test_impossible_requests_are_refused_and_store_nothing(runtime: Runtime) -> None:
    plans, station = PartnersServices.of(runtime).plans, await a_station(runtime)
    for wanted, key, refusal in (
        (Wanted(station.id, 0), "k", BadStorageRequestError),
        (Wanted(station.id, 201), "k", BadStorageRequestError),
        (Wanted(station.id, 1), "", BadStorageRequestError),
        (Wanted("nowhere", 1), "k", StationNotFoundError),
        (Wanted(station.id, 1, "nowhere"), "k", ShopNotFoundError),
        (Wanted(station.id, 1), "k", NoStoragePlaceError),
    ):
        with pytest.raises(refusal):
            await plans.request(wanted, "admin", key)
    assert await StoragePlan.count() == await StorageRequest.count() == 0


async def test_of_ten_answers_at_once_one_counts(runtime: Runtime) -> None:
    shop = await a_shop()
    request = await a_request(runtime, shop, 3)
    service = PartnersServices.of(runtime).requests
    answers = await asyncio.gather(
        *(service.accept(request.id, shop.owner_id) for _ in range(5)),
        *(service.decline(request.id, shop.owner_id) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, StorageRequest) for one in answers) == 5
    assert sum(isinstance(one, StorageRequestClosedError) for one in answers) == 5
    [state] = {one.state for one in answers if isinstance(one, StorageRequest)}
    assert await places(shop) == ((0, 3, 0) if state is RequestState.ACCEPTED else (0, 0, 0))
    assert len(await told(shop)) == 2


async def test_a_shop_answers_its_own_requests_only(runtime: Runtime) -> None:
    request, other = await a_request(runtime, await a_shop()), await a_user(Role.PARTNER)
    service = PartnersServices.of(runtime).requests
    for answer in (service.accept, service.decline):
        with pytest.raises(StorageRequestNotFoundError):
            await answer(request.id, other.id)
    with pytest.raises(StorageRequestNotFoundError):
        await service.accept("none", other.id)


async def test_packs_come_by_scans_until_the_request_is_fulfilled(runtime: Runtime) -> None:
    shop, service = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 3)
    first, second, third, fourth = [pack.id for pack in await carried(count=4)]
    with pytest.raises(StorageRequestClosedError):
        await service.receive(request.id, shop.owner_id, [first])
    await service.accept(request.id, shop.owner_id)
    for scan in ([first, second], [first], [second, first]):
        assert (await service.receive(request.id, shop.owner_id, scan)).received == [first, second]
    assert await places(shop) == (2, 1, 0)
    with pytest.raises(BadStorageRequestError):
        await service.receive(request.id, shop.owner_id, [third, fourth])
    done = await service.receive(request.id, shop.owner_id, [third])
    assert done.state is RequestState.FULFILLED
    assert await service.receive(request.id, shop.owner_id, [third]) == done
    assert await places(shop) == (3, 0, 0)
    stored = await Packs.find(first)
    assert stored is not None
    assert (stored.place.kind, stored.place.holder_id) == (PlaceKind.SHOP, shop.id)
    assert await told(shop) == [("requested", 1), ("accepted", 2), ("received", 3), ("fulfilled", 4)]


async def test_a_pack_scanned_by_two_shops_at_once_is_in_one(runtime: Runtime) -> None:
    shops = [await a_shop(), await a_shop()]
    service = PartnersServices.of(runtime).requests
    requests = [await a_request(runtime, shop, 1) for shop in shops]
    for shop, request in zip(shops, requests, strict=True):
        await service.accept(request.id, shop.owner_id)
    [pack] = await carried()
    answers = await asyncio.gather(
        *(
            service.receive(request.id, shop.owner_id, [pack.id])
            for _ in range(3)
            for shop, request in zip(shops, requests, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, StorageRequest) for one in answers) == 3
    assert sum(isinstance(one, PackElsewhereError) for one in answers) == 3
    assert await Stay.find({"present": True}).count() == 1
    assert sorted([(await places(shop))[0] for shop in shops]) == [0, 1]


async def test_packs_leave_with_a_transporter(runtime: Runtime) -> None:
    shop, driver = await a_shop(), await a_user(Role.TRANSPORTER)
    service = PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 2)
    await service.accept(request.id, shop.owner_id)
    packs = [pack.id for pack in await carried(count=2)]
    await service.receive(request.id, shop.owner_id, packs)
    with pytest.raises(CarrierNotFoundError):
        await service.give_back(shop.id, shop.owner_id, shop.owner_id, packs)
    with pytest.raises(ShopNotFoundError):
        await service.give_back(shop.id, "another", driver.id, packs)
    with pytest.raises(PackNotFoundError):
        await service.give_back(shop.id, shop.owner_id, driver.id, ["none"])
    answers = await asyncio.gather(
        *(service.give_back(shop.id, shop.owner_id, driver.id, packs[:1]) for _ in range(5))
    )
    assert {one.stock_packs for one in answers} == {1}
    moved = await Packs.find(packs[0])
    assert moved is not None
    assert moved.place.holder_id == driver.id
    assert await Stay.find({"present": True}).count() == 1


@pytest.mark.parametrize("accepts", [True, False])
async def test_places_are_free_again_once_the_time_of_a_request_has_run_out(
    runtime: Runtime, clock: ManualClock, accepts: bool
) -> None:
    shop, service = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 3)
    if accepts:
        await service.accept(request.id, shop.owner_id)
        await service.receive(request.id, shop.owner_id, [pack.id for pack in await carried(count=1)])
    clock.advance(timedelta(hours=25))
    with pytest.raises(StorageRequestClosedError):
        await service.decline(request.id, shop.owner_id)
    assert sum(await asyncio.gather(*(service.lapse_due() for _ in range(3)))) == 1
    assert await places(shop) == ((1, 0, 0) if accepts else (0, 0, 0))
    now = await StorageRequest.read(request.id)
    assert now is not None
    assert now.state is RequestState.EXPIRED
    assert (await told(shop))[-1][0] == "expired"


async def test_counting_anew_brings_stock_and_stays_in_line_with_the_packs(runtime: Runtime) -> None:
    shop, other = await a_shop(), await a_shop()
    packs = await carried(count=3)
    for pack in packs:
        await Packs.collection().update_one(
            {"_id": pack.id}, {"$set": {"place": {"kind": "SHOP", "holder_id": shop.id, "evse_id": None}}}
        )
    shops = PartnersServices.of(runtime).shops
    assert (await shops.recount(shop.id)).stock_packs == 3
    await Packs.collection().update_one({"_id": packs[0].id}, {"$set": {"place.holder_id": other.id}})
    assert (await shops.recount(other.id)).stock_packs == 1
    assert (await shops.recount(shop.id)).stock_packs == 2
    assert await shops.count_all_anew() == 2
    assert await Stay.find({"present": True}).count() == 3
    with pytest.raises(ShopNotFoundError):
        await shops.recount("none")
