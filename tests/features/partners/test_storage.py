import asyncio
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackModelNotFoundError,
    PackNotFoundError,
    WrongPackModelError,
)
from navswap.features.packs.service import Place, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.partners.errors import (
    HandoverCodeInvalidError,
    HandoverCodeUsedError,
    MorePacksThanAcceptedError,
    MorePacksThanAgreedError,
    NoStoragePlaceError,
    ShopNotFoundError,
    StorageRequestClosedError,
    StorageRequestNotFoundError,
)
from navswap.features.partners.service import (
    Direction,
    PartnerShop,
    PartnersServices,
    RequestState,
    StorageRequest,
    Wanted,
)
from navswap.features.partners.storage import (
    Shops,
    StayDocument,
    StoragePlanDocument,
    StorageRequestDocument,
    StorageRequests,
)
from navswap.features.positions.errors import NotAtPlaceError
from navswap.features.stations.errors import StationNotFoundError
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_big_model, a_pack, a_station
from tests.factories.partners import ADMIN, a_request, a_shop, agreed, carried
from tests.factories.users import a_user
from tests.support.geo import destination


async def places(shop: PartnerShop) -> tuple[int, int, int]:
    """Return the stock, the reserved and the offered packs as they are stored."""
    now = await Shops.find(shop.id)
    assert now is not None
    return now.stock_packs, now.reserved_packs, now.offered_packs


async def published(shop: PartnerShop) -> list[tuple[str, int]]:
    """Return what was published of the requests of a shop, with its position in the stream."""
    of_requests = {"envelope.key": shop.id, "envelope.type": {"$regex": "storage_request"}}
    events = await OutboxEvent.find(of_requests).sort("position").to_list()
    return [(event.envelope["type"].rpartition(".")[2], event.streams[0]["sequence"]) for event in events]


async def test_packs_go_to_the_best_shops_and_the_plan_keeps_what_it_was_made_from(runtime: Runtime) -> None:
    near, far = await a_shop(capacity=4), await a_shop(capacity=4, point=destination(TAIPEI, 90, 3000))
    out_of_reach = await a_shop(point=destination(TAIPEI, 90, 9000))
    closed = await a_shop(hours="Su 09:00-10:00")
    station = await a_station(runtime)
    plan, requests = await PartnersServices.of(runtime).plans.request(Wanted(station.id, 10), ADMIN, "key")
    assert {request.shop_id: request.packs for request in requests} == {near.id: 4, far.id: 4}
    assert plan.unplaced_packs == 2
    assert {candidate.shop_id for candidate in plan.candidates} == {near.id, far.id}
    assert {(candidate.source, candidate.acceptance_probability) for candidate in plan.candidates} == {
        ("BASELINE", 0.5)
    }
    assert await places(near) == await places(far) == (0, 0, 4)
    assert await places(out_of_reach) == await places(closed) == (0, 0, 0)
    assert await published(near) == [("requested", 1)]


async def test_every_change_of_the_places_of_a_shop_is_published(runtime: Runtime) -> None:
    partners, shop, station = PartnersServices.of(runtime), await a_shop(capacity=5), await a_station(runtime)
    _, [request] = await partners.plans.request(Wanted(station.id, 2), ADMIN, "key")
    await partners.requests.decline(request.id, shop.owner_id)
    await a_pack(Place(PlaceKind.SHOP, shop.id))
    for _ in range(2):
        await partners.shops.recount(shop.id)

    changes = {"envelope.key": shop.id, "envelope.type": "partners.shop.changed"}
    events = await OutboxEvent.find(changes).sort("position").to_list()
    assert [event.envelope["payload"]["free_places"] for event in events] == [3, 5, 4]
    asked = await OutboxEvent.find_one({"envelope.type": "partners.storage_request.requested"})
    assert asked is not None
    assert [asked.envelope["payload"][name] for name in ("free_places", "capacity_packs")] == [5, 5]


async def test_a_repeated_request_is_the_first_one_even_at_once(runtime: Runtime) -> None:
    shop, station = await a_shop(), await a_station(runtime)
    plans = PartnersServices.of(runtime).plans
    answers = await asyncio.gather(*(plans.request(Wanted(station.id, 2), ADMIN, "key") for _ in range(12)))
    assert len({plan.id for plan, _ in answers}) == 1
    assert len({tuple(request.id for request in requests) for _, requests in answers}) == 1
    assert await places(shop) == (0, 0, 2)
    with pytest.raises(IdempotencyConflictError):
        await plans.request(Wanted(station.id, 3), ADMIN, "key")


async def test_plans_at_once_never_offer_more_than_a_shop_has_places_for(runtime: Runtime) -> None:
    shop, station = await a_shop(capacity=5), await a_station(runtime)
    plans = PartnersServices.of(runtime).plans
    answers = await asyncio.gather(
        *(plans.request(Wanted(station.id, 2), ADMIN, new_id()) for _ in range(8)), return_exceptions=True
    )
    made = [answer for answer in answers if isinstance(answer, tuple)]
    assert sum(plan.wanted.packs - plan.unplaced_packs for plan, _ in made) == 5
    assert sum(isinstance(answer, NoStoragePlaceError) for answer in answers) == 8 - len(made) == 5
    assert await places(shop) == (0, 0, 5)


async def test_impossible_requests_are_refused_and_store_nothing(runtime: Runtime) -> None:
    plans, station = PartnersServices.of(runtime).plans, await a_station(runtime)
    for wanted, key, refusal in (
        (Wanted(station.id, 0), "k", InvalidInputError),
        (Wanted(station.id, 201), "k", InvalidInputError),
        (Wanted(station.id, 1), "", InvalidInputError),
        (Wanted(station.id, 1, None, "NS-0"), "k", PackModelNotFoundError),
        (Wanted("nowhere", 1), "k", StationNotFoundError),
        (Wanted(station.id, 1, "nowhere"), "k", ShopNotFoundError),
        (Wanted(station.id, 1), "k", NoStoragePlaceError),
    ):
        with pytest.raises(refusal):
            await plans.request(wanted, ADMIN, key)
    assert await StoragePlanDocument.count() == await StorageRequestDocument.count() == 0


async def test_of_ten_answers_at_once_one_counts(runtime: Runtime) -> None:
    shop = await a_shop()
    request = await a_request(runtime, shop, 3)
    service = PartnersServices.of(runtime).requests
    answers = await asyncio.gather(
        *(service.accept(request.id, shop.owner_id) for _ in range(5)),
        *(service.decline(request.id, shop.owner_id) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, StorageRequest) for answer in answers) == 5
    assert sum(isinstance(answer, StorageRequestClosedError) for answer in answers) == 5
    [state] = {answer.state for answer in answers if isinstance(answer, StorageRequest)}
    assert await places(shop) == ((0, 3, 0) if state is RequestState.ACCEPTED else (0, 0, 0))
    assert len(await published(shop)) == 2


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
        await service.receive(request.id, shop.owner_id, [first], await agreed(runtime, shop))
    await service.accept(request.id, shop.owner_id)
    for scan in ([first, second], [first], [second, first]):
        received = await service.receive(request.id, shop.owner_id, scan, await agreed(runtime, shop))
        assert received.received == (first, second)
    assert await places(shop) == (2, 1, 0)
    with pytest.raises(MorePacksThanAcceptedError):
        await service.receive(request.id, shop.owner_id, [third, fourth], await agreed(runtime, shop))
    code = await agreed(runtime, shop)
    done = await service.receive(request.id, shop.owner_id, [third], code)
    assert done.state is RequestState.FULFILLED
    for repeated in (code, await agreed(runtime, shop)):
        assert await service.receive(request.id, shop.owner_id, [third], repeated) == done
    assert await places(shop) == (3, 0, 0)
    stored = await Packs.find(first)
    assert stored is not None
    assert (stored.place.kind, stored.place.holder_id) == (PlaceKind.SHOP, shop.id)
    assert await published(shop) == [("requested", 1), ("accepted", 2), ("received", 3), ("fulfilled", 4)]


async def test_a_pack_scanned_by_two_shops_at_once_is_in_one(runtime: Runtime) -> None:
    shops = [await a_shop(), await a_shop()]
    service = PartnersServices.of(runtime).requests
    requests = [await a_request(runtime, shop, 1) for shop in shops]
    for shop, request in zip(shops, requests, strict=True):
        await service.accept(request.id, shop.owner_id)
    [pack] = await carried()
    codes = [await agreed(runtime, shop) for shop in shops]
    answers = await asyncio.gather(
        *(
            service.receive(request.id, shop.owner_id, [pack.id], code)
            for _ in range(3)
            for shop, request, code in zip(shops, requests, codes, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, StorageRequest) for answer in answers) == 3
    assert sum(isinstance(answer, PackElsewhereError) for answer in answers) == 3
    assert await StayDocument.find({"present": True}).count() == 1
    assert sorted([(await places(shop))[0] for shop in shops]) == [0, 1]


async def test_a_request_is_for_packs_of_one_model(runtime: Runtime) -> None:
    shop, station, services = await a_shop(), await a_station(runtime), PartnersServices.of(runtime)
    model_id = await a_big_model()
    wanted = Wanted(station.id, 2, shop.id, model_id)
    _, [request] = await services.plans.request(wanted, ADMIN, "key")
    assert request.pack_model_id == model_id
    await services.requests.accept(request.id, shop.owner_id)
    place = Place(PlaceKind.TRANSPORTER, "driver")
    standard, big = await a_pack(place), await a_pack(place, model_id=model_id)
    with pytest.raises(WrongPackModelError):
        await services.requests.receive(
            request.id, shop.owner_id, [big.id, standard.id], await agreed(runtime, shop)
        )
    assert await places(shop) == (0, 2, 0)
    received = await services.requests.receive(
        request.id, shop.owner_id, [big.id], await agreed(runtime, shop)
    )
    assert received.received == (big.id,)


async def test_packs_leave_with_a_transporter(runtime: Runtime) -> None:
    shop, driver = await a_shop(), await a_user(Role.TRANSPORTER)
    service = PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 2)
    await service.accept(request.id, shop.owner_id)
    packs = [pack.id for pack in await carried(count=2)]
    await service.receive(request.id, shop.owner_id, packs, await agreed(runtime, shop))
    code = await agreed(runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    with pytest.raises(ShopNotFoundError):
        await service.give_back(shop.id, "another", packs, code)
    with pytest.raises(PackNotFoundError):
        await service.give_back(shop.id, shop.owner_id, ["none"], code)
    answers = await asyncio.gather(
        *(service.give_back(shop.id, shop.owner_id, packs[:1], code) for _ in range(5))
    )
    assert {answer.stock_packs for answer in answers} == {1}
    again = await agreed(runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    assert await service.give_back(shop.id, shop.owner_id, packs[:1], again) == answers[0]
    moved = await Packs.find(packs[0])
    assert moved is not None
    assert moved.place.holder_id == driver.id
    assert await StayDocument.find({"present": True}).count() == 1


@pytest.mark.parametrize("accepts", [True, False])
async def test_places_are_free_again_once_the_time_of_a_request_has_run_out(
    runtime: Runtime, clock: ManualClock, accepts: bool
) -> None:
    shop, service = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 3)
    if accepts:
        await service.accept(request.id, shop.owner_id)
        await service.receive(
            request.id, shop.owner_id, [(await carried())[0].id], await agreed(runtime, shop)
        )
    clock.advance(timedelta(hours=25))
    with pytest.raises(StorageRequestClosedError):
        await service.decline(request.id, shop.owner_id)
    assert sum(await asyncio.gather(*(service.expire_due() for _ in range(3)))) == 1
    assert await places(shop) == ((1, 0, 0) if accepts else (0, 0, 0))
    now = await StorageRequests.find(request.id)
    assert now is not None
    assert now.state is RequestState.EXPIRED
    assert (await published(shop))[-1][0] == "expired"


async def test_a_recount_brings_stock_and_stays_in_line_with_the_packs(runtime: Runtime) -> None:
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
    assert await shops.recount_all() == 2
    assert await StayDocument.find({"present": True}).count() == 3
    with pytest.raises(ShopNotFoundError):
        await shops.recount("none")


async def test_no_pack_changes_hands_without_the_consent_of_the_transporter_who_is_there(
    runtime: Runtime, clock: ManualClock
) -> None:
    shop, service = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 2)
    await service.accept(request.id, shop.owner_id)
    first, second = [pack.id for pack in await carried(count=2)]
    handovers = PartnersServices.of(runtime).handovers
    with pytest.raises(NotAtPlaceError):
        await handovers.create(shop.id, new_id(), Direction.INTO_SHOP, 1)
    other = await agreed(runtime, shop, transporter_id="another")
    with pytest.raises(PackElsewhereError):
        await service.receive(request.id, shop.owner_id, [first], other)
    code = await agreed(runtime, shop, packs=1)
    for scan, refusal in (([first, second], MorePacksThanAgreedError), (["none"], PackNotFoundError)):
        with pytest.raises(refusal):
            await service.receive(request.id, shop.owner_id, scan, code)
    taken = await service.receive(request.id, shop.owner_id, [first], code)
    with pytest.raises(HandoverCodeUsedError):
        await service.receive(request.id, shop.owner_id, [second], code)
    clock.advance(timedelta(minutes=6))
    assert await service.receive(request.id, shop.owner_id, [first], code) == taken
    with pytest.raises(HandoverCodeUsedError):
        await service.give_back(shop.id, shop.owner_id, [first], code)
    into = await agreed(runtime, shop)
    with pytest.raises(HandoverCodeInvalidError):
        await service.give_back(shop.id, shop.owner_id, [first], into)
    assert await places(shop) == (1, 1, 0)


async def test_of_two_scans_with_one_code_at_once_one_counts(runtime: Runtime) -> None:
    shop, service = await a_shop(), PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, 2)
    await service.accept(request.id, shop.owner_id)
    packs, code = [pack.id for pack in await carried(count=2)], await agreed(runtime, shop, packs=1)
    answers = await asyncio.gather(
        *(service.receive(request.id, shop.owner_id, [pack], code) for pack in packs), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["HandoverCodeUsedError", "StorageRequest"]
    assert await places(shop) == (1, 1, 0)
