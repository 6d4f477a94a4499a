import asyncio
from datetime import timedelta

from navswap.auth.roles import Role
from navswap.features.credits.service import CreditsServices
from navswap.features.credits.storage import LedgerEntries
from navswap.features.partners.domain.values import Stay
from navswap.features.partners.service import Direction, PartnerShop, PartnersServices
from navswap.features.partners.storage import StayDocument, Stays
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.partners import PRICE, a_request, a_shop, agreed, carried
from tests.factories.users import a_user

DAY = timedelta(days=1)


async def stored(
    runtime: Runtime, shop: PartnerShop, serials: list[str], transporter_id: str = "driver"
) -> None:
    service = PartnersServices.of(runtime).requests
    request = await a_request(runtime, shop, len(serials))
    await service.accept(request.id, shop.owner_id)
    await service.receive(
        request.id, shop.owner_id, serials, await agreed(runtime, shop, transporter_id=transporter_id)
    )


async def earned(runtime: Runtime, shop: PartnerShop) -> int:
    return (await CreditsServices.of(runtime).credits.balance(shop.owner_id)).balance


async def test_each_night_of_each_pack_is_paid_once_however_often_it_is_looked_for(
    runtime: Runtime, clock: ManualClock
) -> None:
    shop, fees = await a_shop(), PartnersServices.of(runtime).fees
    await stored(runtime, shop, [pack.id for pack in await carried(count=3)])
    assert await fees.pay_due() == 0
    clock.advance(DAY)
    assert sum(await asyncio.gather(*(fees.pay_due() for _ in range(4)))) == 3
    assert await fees.pay_due() == 0
    assert await earned(runtime, shop) == 3 * PRICE
    assert (await CreditsServices.of(runtime).credits.check()).discrepancies == ()


async def test_nights_that_were_missed_are_made_up_for(runtime: Runtime, clock: ManualClock) -> None:
    shop, fees = await a_shop(), PartnersServices.of(runtime).fees
    [pack] = await carried()
    await stored(runtime, shop, [pack.id])
    clock.advance(5 * DAY)
    assert await fees.pay_due() == 5
    references = [entry.reference for entry in await LedgerEntries.list_where({}, sort=[("reference", 1)])]
    assert references == [f"storage:{pack.id}:2026-03-0{day}" for day in range(2, 7)]


async def test_a_pack_that_changes_shops_is_paid_to_the_one_where_it_spent_the_night(
    runtime: Runtime, clock: ManualClock
) -> None:
    first, second, driver = await a_shop(), await a_shop(), await a_user(Role.TRANSPORTER)
    service, fees = PartnersServices.of(runtime).requests, PartnersServices.of(runtime).fees
    [pack] = await carried()
    await stored(runtime, first, [pack.id])
    clock.advance(2 * DAY)
    code = await agreed(runtime, first, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    await service.give_back(first.id, first.owner_id, [pack.id], code)
    await stored(runtime, second, [pack.id], driver.id)
    clock.advance(DAY)
    assert await fees.pay_due() == 3
    assert (await earned(runtime, first), await earned(runtime, second)) == (2 * PRICE, PRICE)
    assert await StayDocument.find({"settled": False}).count() == 1


async def test_a_pack_that_left_before_the_night_earns_nothing_and_is_settled(
    runtime: Runtime, clock: ManualClock
) -> None:
    shop, driver = await a_shop(), await a_user(Role.TRANSPORTER)
    [pack] = await carried()
    await stored(runtime, shop, [pack.id])
    code = await agreed(runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    await PartnersServices.of(runtime).requests.give_back(shop.id, shop.owner_id, [pack.id], code)
    clock.advance(3 * DAY)
    assert await PartnersServices.of(runtime).fees.pay_due() == 0
    assert await StayDocument.find({"settled": False}).count() == 0


async def test_a_night_that_ended_in_two_time_zones_is_paid_once_and_holds_up_no_other(
    runtime: Runtime, clock: ManualClock
) -> None:
    fees = PartnersServices.of(runtime).fees
    east, west = await a_shop(time_zone="Asia/Tokyo"), await a_shop(time_zone="UTC")
    noon, yesterday = clock.now().replace(hour=12), clock.now() - timedelta(days=1)
    await Stays.insert_all(
        [
            Stay(new_id(), "P", east.id, yesterday, noon.replace(hour=15), present=False),
            Stay(new_id(), "P", west.id, noon.replace(hour=16)),
            Stay(new_id(), "Q", west.id, noon),
        ]
    )
    clock.advance(timedelta(days=1))
    assert await fees.pay_due() == 3
    assert await fees.pay_due() == 0
    entries = await LedgerEntries.list_where({})
    assert sorted(entry.reference for entry in entries) == [
        "storage:P:2026-03-01",
        "storage:P:2026-03-02",
        "storage:Q:2026-03-02",
    ]
