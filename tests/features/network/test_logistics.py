"""The logistics of the network in one query: what it counts, for whom, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest

from navswap.auth.roles import Role
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
)
from navswap.features.partners.service import PartnersServices
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.logistics import (
    a_job,
    a_transporter,
    be_seen,
    demand,
    offers_of,
    packs_at,
    stored_job,
    taken,
)
from tests.factories.network import TAIPEI, a_station
from tests.factories.partners import a_request, a_shop
from tests.factories.procurement import a_proposal
from tests.factories.users import a_user
from tests.support.api import Api, running
from tests.support.seeded import seed_city

LOGISTICS = """
query Logistics($first: Int, $zone: String! = "UTC") { adminLogistics(first: $first, timeZone: $zone) {
  asOf dayStartedAt
  jobs { open accepted inTransit overdue deliveredToday partialToday failedToday lateToday packsToday
    paidCreditsToday }
  offers { out acceptedToday declinedToday expiredToday withdrawnToday }
  transporters { online busy idle }
  newestPlan { plan { id number inputs { stations { station { id } forecastPacks } } loads { packs } } jobs endedJobs failedJobs packs
    deliveredPacks }
  balances { shortStations missingPacks surplusStations surplusPacks
    worst { station { id name } packModel { id } forecastPacks afterJobsPacks source chargedPacks incomingPacks outgoingPacks } }
  shops { shops capacityPacks stockPacks freePlaces requestsWaiting packsWaiting requestsAccepted packsAccepted
    fullest { name stockPacks freePlaces offeredPacks } }
  stockOrders { id state packs }
  stockOrderCount
} }"""


async def seen(runtime: Runtime, role: Role = Role.ANALYST, **variables: Any) -> dict[str, Any]:
    user = await a_user(role)
    token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        logistics: dict[str, Any] = await api.ask(LOGISTICS, **variables)
        return logistics


async def swaps_a_week_ago(runtime: Runtime, station_id: str, swaps: int) -> None:
    then = runtime.clock.now() - timedelta(days=7) + timedelta(minutes=20)
    await demand(runtime, station_id, then, swaps)


async def test_jobs_and_offers_are_counted_now_and_for_today(runtime: Runtime, clock: ManualClock) -> None:
    origin, target = await a_station(runtime, charged=10), await a_station(runtime, charged=0)
    drivers = [await a_transporter(runtime) for _ in range(3)]
    custody = LogisticsServices.of(runtime).custody
    yesterday = await taken(runtime, await a_job(runtime, origin, target, packs=1))
    await custody.pick_up(yesterday.id, str(yesterday.transporter_id), (await packs_at(runtime, origin))[:1])
    await LogisticsServices.of(runtime).jobs.fail(yesterday.id, str(yesterday.transporter_id), "flat tyre")
    clock.advance(timedelta(hours=20))
    for driver in drivers:
        await be_seen(runtime, driver, TAIPEI)
    delivered = await taken(runtime, await a_job(runtime, origin, target, packs=2, reward_credits=3_000))
    packs = (await packs_at(runtime, origin))[:1]
    await custody.pick_up(delivered.id, str(delivered.transporter_id), packs)
    await custody.deliver(
        delivered.id, str(delivered.transporter_id), [ScannedPack(serial_number) for serial_number in packs]
    )
    job = await a_job(runtime, origin, target, packs=1)
    await LogisticsServices.of(runtime).matching.match_open()
    [offer] = await offers_of(job)
    await LogisticsServices.of(runtime).jobs.decline(job.id, offer.transporter_id)
    await LogisticsServices.of(runtime).matching.match_open()
    logistics = await seen(runtime)
    assert {name: count for name, count in logistics["jobs"].items() if count} == {
        "open": 1,
        "partialToday": 1,
        "packsToday": 1,
        "paidCreditsToday": 1_500,
    }
    assert {name: count for name, count in logistics["offers"].items() if count} == {
        "out": 1,
        "acceptedToday": 1,
        "declinedToday": 1,
    }
    assert logistics["transporters"] == {"online": 3, "busy": 0, "idle": 3}
    clock.advance(timedelta(hours=3))
    late = await seen(runtime)
    assert (late["jobs"]["overdue"], late["dayStartedAt"]) == (1, "2026-03-03T00:00:00.000Z")


async def test_today_begins_at_midnight_of_the_time_zone_that_is_asked_for(runtime: Runtime) -> None:
    assert (await seen(runtime, zone="Asia/Kolkata"))["dayStartedAt"] == "2026-03-01T18:30:00.000Z"
    admin = await a_user(Role.ADMIN)
    token = runtime.access_tokens.issue(admin.id, admin.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        assert await api.refused(LOGISTICS, zone="Mars/Olympus") == "INVALID_INPUT"
        assert await api.refused(LOGISTICS, first=0) == "BAD_PAGE_SIZE"


async def test_the_newest_plan_tells_how_much_of_it_is_done(runtime: Runtime) -> None:
    origin, lacking = await a_station(runtime, charged=12), await a_station(runtime, charged=1)
    await swaps_a_week_ago(runtime, lacking.id, 5)
    await a_transporter(runtime)
    assert (await seen(runtime))["newestPlan"] is None
    plan = await LogisticsServices.of(runtime).rebalancing.plan()
    [load] = plan.loads
    assert load.job_id is not None
    progress = (await seen(runtime))["newestPlan"]
    assert progress["plan"]["id"] == node("RebalancingPlan", plan.id)
    assert (progress["jobs"], progress["endedJobs"], progress["packs"], progress["deliveredPacks"]) == (
        1,
        0,
        load.packs,
        0,
    )
    await LogisticsServices.of(runtime).matching.match_open()
    [offer] = await offers_of(await stored_job(load.job_id))
    await LogisticsServices.of(runtime).jobs.accept(load.job_id, offer.transporter_id)
    custody = LogisticsServices.of(runtime).custody
    packs = (await packs_at(runtime, origin))[: load.packs]
    await custody.pick_up(load.job_id, offer.transporter_id, packs)
    await custody.deliver(load.job_id, offer.transporter_id, [ScannedPack(packs[0])])
    progress = (await seen(runtime))["newestPlan"]
    assert (progress["endedJobs"], progress["deliveredPacks"]) == (0, 1)
    await custody.deliver(
        load.job_id, offer.transporter_id, [ScannedPack(serial_number) for serial_number in packs[1:]]
    )
    progress = (await seen(runtime))["newestPlan"]
    assert (progress["endedJobs"], progress["failedJobs"], progress["deliveredPacks"]) == (1, 0, load.packs)


async def test_stations_that_will_miss_most_come_first_and_lists_are_bounded(runtime: Runtime) -> None:
    stations = [await a_station(runtime, charged=charged) for charged in (1, 2, 6)]
    for station, swaps in zip(stations, (3, 8, 0), strict=True):
        await swaps_a_week_ago(runtime, station.id, swaps)
    await a_job(runtime, stations[2], stations[1], packs=2)
    balances = (await seen(runtime, first=2))["balances"]
    worst = [
        (worst["station"]["id"], worst["forecastPacks"], worst["afterJobsPacks"])
        for worst in balances.pop("worst")
    ]
    assert worst == [
        (node("Station", stations[1].id), -6.0, -4.0),
        (node("Station", stations[0].id), -2.0, -2.0),
    ]
    assert balances == {"shortStations": 2, "missingPacks": 8.0, "surplusStations": 1, "surplusPacks": 6.0}


async def test_shops_and_what_they_are_asked_are_summed(runtime: Runtime) -> None:
    shops = [await a_shop(capacity=10), await a_shop(capacity=4)]
    await a_request(runtime, shops[0], 3)
    accepted = await a_request(runtime, shops[1], 2)
    await PartnersServices.of(runtime).requests.accept(accepted.id, shops[1].owner_id)
    found = (await seen(runtime))["shops"]
    assert [shop["name"] for shop in found.pop("fullest")] == [shops[0].name, shops[1].name]
    assert found == {
        "shops": 2,
        "capacityPacks": 14,
        "stockPacks": 0,
        "freePlaces": 9,
        "requestsWaiting": 1,
        "packsWaiting": 3,
        "requestsAccepted": 1,
        "packsAccepted": 2,
    }


async def test_orders_that_wait_for_approval_are_listed(runtime: Runtime) -> None:
    order = await a_proposal(runtime, packs=3)
    logistics = await seen(runtime)
    assert logistics["stockOrders"] == [{"id": node("StockOrder", order.id), "state": "PROPOSED", "packs": 3}]
    assert logistics["stockOrderCount"] == 1


@pytest.mark.parametrize("role", [Role.CONSUMER, Role.STAFF, Role.PARTNER, Role.TRANSPORTER])
async def test_the_logistics_are_shown_to_those_who_run_them_only(runtime: Runtime, role: Role) -> None:
    user = await a_user(role)
    token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
    async with running(runtime) as address, Api(address, token) as api:
        assert await api.refused(LOGISTICS) == "NOT_ALLOWED"


async def test_the_demonstration_city_has_its_logistics(runtime: Runtime) -> None:
    await seed_city(runtime)
    logistics = await seen(runtime, Role.ADMIN)
    assert len(logistics["balances"]["worst"]) == 20
    assert logistics["shops"]["shops"] >= 1
