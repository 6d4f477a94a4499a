"""Packs on their way to shops, on real stores."""

import asyncio

import pytest

from navswap.auth.roles import Role
from navswap.features.logistics.errors import VehicleTooSmallError
from navswap.features.logistics.service import LogisticsServices
from navswap.features.packs.errors import PackNotReadyError
from navswap.features.packs.service import PacksServices, PlaceKind
from navswap.features.partners.errors import MorePacksThanAcceptedError, StorageRequestClosedError
from navswap.features.partners.service import (
    PartnerShop,
    PartnersServices,
    RequestState,
    StorageParameters,
    StorageRequest,
)
from navswap.features.partners.storage import StorageRequests
from navswap.features.stations.service import Station, StationsServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.logistics import a_transporter, packs_at
from tests.factories.network import a_station
from tests.factories.partners import a_request, a_shop, agreed
from tests.factories.users import a_user


async def accepted(runtime: Runtime, packs: int = 2) -> tuple[Station, PartnerShop, StorageRequest]:
    station = await a_station(runtime, charged=4, charging=1)
    shop = await a_shop(await a_user(Role.PARTNER))
    request = await a_request(runtime, shop, packs, station)
    return station, shop, await PartnersServices.of(runtime).requests.accept(request.id, shop.owner_id)


async def test_packs_go_from_the_station_into_the_shop_that_accepted_them(runtime: Runtime) -> None:
    station, shop, request = await accepted(runtime)
    driver = await a_transporter(runtime)
    packs = (await packs_at(runtime, station))[:2]
    service = LogisticsServices.of(runtime).storage_collections
    for _ in range(2):
        on_the_way = await service.collect(request.id, driver.id, packs)
    assert (on_the_way.collected, on_the_way.state) == (tuple(packs), RequestState.ACCEPTED)
    stock = (await StationsServices.of(runtime).stations.get(station.id)).status.stock
    assert stock.charged_packs == 2
    done = await PartnersServices.of(runtime).requests.receive(
        request.id, shop.owner_id, packs, await agreed(runtime, shop, transporter_id=driver.id)
    )
    assert done.state is RequestState.FULFILLED


async def test_of_two_transporters_at_once_no_more_packs_leave_than_were_accepted(runtime: Runtime) -> None:
    station, _, request = await accepted(runtime)
    drivers = [await a_transporter(runtime) for _ in range(2)]
    packs = (await packs_at(runtime, station))[:4]
    service = LogisticsServices.of(runtime).storage_collections
    results = await asyncio.gather(
        service.collect(request.id, drivers[0].id, packs[:2]),
        service.collect(request.id, drivers[1].id, packs[2:]),
        return_exceptions=True,
    )
    [refused] = [result for result in results if isinstance(result, BaseException)]
    assert isinstance(refused, MorePacksThanAcceptedError)
    assert len(await packs_at(runtime, station)) == 5 - 2


async def test_what_is_refused_leaves_every_pack_in_its_slot(runtime: Runtime, clock: ManualClock) -> None:
    station, _, request = await accepted(runtime)
    packs = await packs_at(runtime, station)
    service = LogisticsServices.of(runtime).storage_collections
    small, driver = await a_transporter(runtime, capacity=1), await a_transporter(runtime)
    with pytest.raises(VehicleTooSmallError):
        await service.collect(request.id, small.id, packs[:2])
    charging = [
        pack.id
        for pack in await PacksServices.of(runtime).packs.list_at_station(station.id)
        if pack.soc_percent < runtime.settings.promised_soc_percent
    ]
    with pytest.raises(PackNotReadyError):
        await service.collect(request.id, driver.id, [packs[0], charging[0]])
    clock.advance(StorageParameters().deliver_within)
    with pytest.raises(StorageRequestClosedError):
        await service.collect(request.id, driver.id, packs[:1])
    after = await PacksServices.of(runtime).packs.list_at_station(station.id)
    assert {pack.place.kind for pack in after} == {PlaceKind.SLOT}
    assert len(after) == 5
    stored = await StorageRequests.find(request.id)
    assert stored is not None
    assert stored.collected == ()
