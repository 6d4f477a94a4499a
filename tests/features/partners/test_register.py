"""The register of shops on real stores."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.features.partners.errors import NoStoragePlaceError, ShopNotFoundError, ShopTooFullError
from navswap.features.partners.service import PartnersServices, ShopRecord, ShopRegister, Wanted
from navswap.features.partners.storage import ShopDocument, Shops
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_station
from tests.factories.partners import ADMIN, a_request, a_shop
from tests.factories.users import a_user


async def a_record() -> ShopRecord:
    return ShopRecord(
        owner_id=(await a_user(Role.PARTNER)).id,
        name="Corner shop",
        address="",
        district="",
        point=TAIPEI,
        time_zone="UTC",
        opening_hours="24/7",
        capacity_packs=6,
        credits_per_pack_day=650,
    )


def by(runtime: Runtime, user_id: str = "admin", role: Role = Role.ADMIN) -> Principal:
    return Principal(user_id, role, new_id(), runtime.clock.now() + timedelta(hours=1))


def register(runtime: Runtime) -> ShopRegister:
    return PartnersServices.of(runtime).register


async def test_a_shop_saved_ten_times_at_once_is_one_and_is_recorded_once(runtime: Runtime) -> None:
    record = await a_record()
    saved = await asyncio.gather(*(register(runtime).save("corner", record, by(runtime)) for _ in range(10)))
    assert {shop.id for shop in saved} == {"corner"}
    assert await ShopDocument.count() == await AuditLogEntry.count() == 1


async def test_a_saved_shop_is_asked_and_a_change_leaves_its_counters_alone(runtime: Runtime) -> None:
    record = await a_record()
    await register(runtime).save("corner", record, by(runtime))
    station = await a_station(runtime)
    await PartnersServices.of(runtime).plans.request(Wanted(station.id, 4), ADMIN, "key")
    renamed = await register(runtime).save("corner", replace(record, name="New name"), by(runtime))
    assert (renamed.name, renamed.offered_packs, renamed.free_places) == ("New name", 4, 2)
    *_, recorded = await AuditLogEntry.find_all().sort("_id").to_list()
    assert (recorded.action, recorded.before, recorded.after) == (
        "savePartnerShop",
        {"name": "Corner shop"},
        {"name": "New name"},
    )


async def test_a_capacity_that_shrinks_while_shops_are_asked_is_never_passed(runtime: Runtime) -> None:
    owner = await a_user(Role.PARTNER)
    shop = await a_shop(owner, capacity=10)
    station = await a_station(runtime)
    partner = by(runtime, owner.id, Role.PARTNER)
    plans = PartnersServices.of(runtime).plans
    results = await asyncio.gather(
        *(register(runtime).adapt(shop.id, None, capacity, partner) for capacity in (8, 6, 4, 2)),
        *(plans.request(Wanted(station.id, 2, shop.id), ADMIN, new_id()) for _ in range(5)),
        return_exceptions=True,
    )
    failures = [result for result in results if isinstance(result, BaseException)]
    assert {type(failure) for failure in failures} <= {ShopTooFullError, NoStoragePlaceError}
    now = await Shops.find(shop.id)
    assert now is not None
    assert now.offered_packs <= now.capacity_packs


async def test_a_shop_that_its_partner_closes_is_asked_no_more(runtime: Runtime, clock: ManualClock) -> None:
    owner = await a_user(Role.PARTNER)
    shop = await a_shop(owner, time_zone="UTC")
    station = await a_station(runtime)
    await register(runtime).adapt(shop.id, "Su 10:00-12:00", None, by(runtime, owner.id, Role.PARTNER))
    plans = PartnersServices.of(runtime).plans
    with pytest.raises(NoStoragePlaceError):
        await plans.request(Wanted(station.id, 1), ADMIN, "monday")
    clock.advance(timedelta(days=6, hours=3))
    assert (await plans.request(Wanted(station.id, 1), ADMIN, "sunday"))[0].unplaced_packs == 0


async def test_a_partner_changes_own_shops_only(runtime: Runtime) -> None:
    shop = await a_shop()
    await a_request(runtime, shop, packs=2)
    stranger = await a_user(Role.PARTNER)
    with pytest.raises(ShopNotFoundError):
        await register(runtime).adapt(shop.id, None, 5, by(runtime, stranger.id, Role.PARTNER))
    assert await AuditLogEntry.find({"action": "updatePartnerShop"}).count() == 0
