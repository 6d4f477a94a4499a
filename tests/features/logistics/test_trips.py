"""Packs on their way to shops and from them, as jobs that are planned and paid, on real stores."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.domain.values import JobState, Stop, StopKind, TransportJob
from navswap.features.logistics.errors import (
    FewerPacksStoredError,
    HandoverNeededError,
    StationFullError,
)
from navswap.features.logistics.service import LogisticsServices, ScannedPack, WantedReturn
from navswap.features.packs.errors import WrongPackModelError
from navswap.features.packs.service import PacksServices, PlaceKind
from navswap.features.partners.errors import (
    MorePacksThanAcceptedError,
    MorePacksThanAgreedError,
    PackOfAnotherTripError,
    ShopNotFoundError,
    StorageRequestClosedError,
)
from navswap.features.partners.service import (
    Direction,
    PartnerShop,
    PartnersServices,
    RequestState,
    StorageParameters,
    StorageRequest,
)
from navswap.features.stations.service import Station, StationsServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, drive, offers_of, packs_at, stored_job, taken
from tests.factories.network import TAIPEI, a_big_model, a_station
from tests.factories.partners import ADMIN, a_request, a_shop, agreed, carried
from tests.factories.trips import a_trip, an_accepted_request, followed, stored_packs
from tests.support.consistency import full_report
from tests.support.geo import destination

SHOP = destination(TAIPEI, 90, 2_000)
ENDED_BY_REQUEST = "the storage request is "


async def a_place(runtime: Runtime) -> tuple[Station, PartnerShop]:
    """Return a station with four charged packs, and a shop 2 km away."""
    return await a_station(runtime, charged=4), await a_shop(point=SHOP)


async def request_of(runtime: Runtime, job: TransportJob) -> StorageRequest:
    assert job.storage is not None
    return (await PartnersServices.of(runtime).requests.find_by_ids([job.storage.request_id]))[
        job.storage.request_id
    ]


async def fetched(runtime: Runtime, job: TransportJob, station: Station) -> tuple[TransportJob, list[str]]:
    """Let the first transporter take a trip to a shop and fetch its packs."""
    job = await taken(runtime, job)
    assert job.transporter_id is not None
    await drive(runtime, job.transporter_id, station)
    packs = (await packs_at(runtime, station))[: job.packs]
    return await LogisticsServices.of(runtime).custody.pick_up(job.id, job.transporter_id, packs), packs


async def received(
    runtime: Runtime, job: TransportJob, shop: PartnerShop, packs: Sequence[str]
) -> StorageRequest:
    """Let the shop of a trip scan packs, and the code of the transporter."""
    assert job.storage is not None
    assert job.transporter_id is not None
    code = await agreed(runtime, shop, transporter_id=job.transporter_id)
    requests = PartnersServices.of(runtime).requests
    return await requests.receive(job.storage.request_id, shop.owner_id, packs, code)


async def places_of(runtime: Runtime, packs: Sequence[str]) -> set[tuple[PlaceKind, str]]:
    found = await PacksServices.of(runtime).reader.list_by_ids(packs)
    return {(pack.place.kind, pack.place.holder_id) for pack in found.values()}


async def balance(runtime: Runtime, user_id: str) -> int:
    return (await CreditsServices.of(runtime).credits.balance(user_id)).balance


async def test_what_a_shop_has_accepted_is_brought_by_a_job_that_its_scan_pays(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job = await a_trip(runtime, shop, station)
    assert (job.origin, job.target) == (
        Stop(StopKind.STATION, station.id),
        Stop(StopKind.SHOP, shop.id),
    )
    assert (job.packs, job.plan_id, job.due_at) == (2, None, (await request_of(runtime, job)).due_at)
    assert job.trip_minutes > 0
    moving, packs = await fetched(runtime, job, station)
    assert (await request_of(runtime, job)).collected == tuple(packs)
    assert (await StationsServices.of(runtime).stations.get(station.id)).status.stock.charged_packs == 2
    assert await places_of(runtime, packs) == {(PlaceKind.TRANSPORTER, driver.id)}
    assert (await received(runtime, moving, shop, packs[:1])).state is RequestState.ACCEPTED
    assert (await stored_job(job.id)).state is JobState.IN_TRANSIT
    assert (await received(runtime, moving, shop, packs)).state is RequestState.FULFILLED
    done = await stored_job(job.id)
    assert (done.state, done.delivered) == (JobState.DELIVERED, tuple(packs))
    assert done.paid_credits == done.reward_credits == await balance(runtime, driver.id) > 0
    assert await places_of(runtime, packs) == {(PlaceKind.SHOP, shop.id)}
    assert (await full_report(runtime)).clean


async def test_a_request_is_given_its_trips_once_however_often_it_is_followed(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    request = await an_accepted_request(runtime, shop, station)
    trips = LogisticsServices.of(runtime).trips
    opened = await asyncio.gather(*(trips.follow_due() for _ in range(3)))
    assert sum(opened) == 1
    [job] = await followed(runtime, request)
    assert await trips.follow_due() == 0
    assert [one.id for one in await followed(runtime, request)] == [job.id]


async def test_a_request_is_split_into_loads_that_vehicles_carry(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    await a_transporter(runtime, capacity=2)
    request = await an_accepted_request(runtime, shop, station, packs=5)
    jobs = await followed(runtime, request)
    assert [job.packs for job in jobs] == [2, 2, 1]
    assert [job.storage.number for job in jobs if job.storage] == [1, 2, 3]


async def test_a_request_that_no_shop_has_accepted_has_no_trip(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    requests = PartnersServices.of(runtime).requests
    waiting = await a_request(runtime, shop, 1, station)
    assert await followed(runtime, waiting) == []
    await requests.decline(waiting.id, shop.owner_id)
    assert await followed(runtime, waiting) == []


@pytest.mark.parametrize("is_under_way", [False, True])
async def test_a_request_that_expires_takes_its_trips_along(
    runtime: Runtime, clock: ManualClock, is_under_way: bool
) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job = await a_trip(runtime, shop, station)
    if is_under_way:
        clock.advance(StorageParameters().deliver_within - timedelta(minutes=20))
        await drive(runtime, driver.id, station)
        _, packs = await fetched(runtime, job, station)
    clock.advance(StorageParameters().deliver_within)
    assert await PartnersServices.of(runtime).requests.expire_due() == 1
    [ended] = await followed(runtime, await request_of(runtime, job))
    assert (ended.state, ended.end_reason) == (JobState.CANCELLED, f"{ENDED_BY_REQUEST}EXPIRED")
    assert await balance(runtime, driver.id) == 0
    if is_under_way:
        custody = LogisticsServices.of(runtime).custody
        await drive(runtime, driver.id, station)
        await custody.return_packs(station.id, driver.id, [ScannedPack(pack) for pack in packs])
    assert len(await packs_at(runtime, station)) == 4
    broken = [finding.name for finding in (await full_report(runtime)).findings if not finding.holds]
    assert broken == ["events-are-done-in-time"], "no worker has published them for a day"


async def test_a_trip_that_fails_is_replaced_and_its_packs_are_not_counted_as_fetched(
    runtime: Runtime,
) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job, packs = await fetched(runtime, await a_trip(runtime, shop, station), station)
    services = LogisticsServices.of(runtime)
    await services.jobs.fail(job.id, driver.id, "flat tyre")
    assert (await request_of(runtime, job)).collected == ()
    assert await services.trips.follow_due() == 1
    [_, second] = await followed(runtime, await request_of(runtime, job))
    assert (second.packs, second.state) == (2, JobState.OPEN)
    await services.custody.return_packs(station.id, driver.id, [ScannedPack(pack) for pack in packs])
    again, packs = await fetched(runtime, second, station)
    assert (await received(runtime, again, shop, packs)).state is RequestState.FULFILLED
    assert (await full_report(runtime)).clean


async def test_a_part_that_was_brought_is_paid_and_the_rest_has_a_new_trip(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job, packs = await fetched(runtime, await a_trip(runtime, shop, station, 3), station)
    await received(runtime, job, shop, packs[:1])
    failed = await LogisticsServices.of(runtime).jobs.fail(job.id, driver.id, "closed early")
    assert (failed.state, failed.paid_credits) == (JobState.PARTIAL, failed.reward_credits // 3)
    request = await request_of(runtime, job)
    assert request.collected == request.received == tuple(packs[:1])
    [_, second] = await followed(runtime, request)
    assert second.packs == 2


async def test_a_trip_that_an_administrator_cancels_is_not_replaced(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    job = await a_trip(runtime, shop, station)
    await LogisticsServices.of(runtime).jobs.cancel(job.id, "no longer wanted", ADMIN)
    assert await LogisticsServices.of(runtime).trips.follow_due() == 0


async def test_a_trip_to_a_closed_shop_is_offered_once_the_shop_opens(
    runtime: Runtime, clock: ManualClock
) -> None:
    station, driver = await a_station(runtime, charged=4), await a_transporter(runtime)
    shop = await a_shop(point=SHOP, hours="Mo-Su 14:00-20:00")  # it is 13:30 in Kolkata
    job = await a_trip(runtime, shop, station)
    assert await LogisticsServices.of(runtime).matching.match_open() == 0
    clock.advance(timedelta(minutes=31))
    await drive(runtime, driver.id, station)
    assert await LogisticsServices.of(runtime).matching.match_open() == 1
    [offer] = await offers_of(job)
    assert offer.target == Stop(StopKind.SHOP, shop.id)


async def test_at_a_shop_packs_change_hands_by_the_partners_scan_only(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job, packs = await fetched(runtime, await a_trip(runtime, shop, station), station)
    await drive(runtime, driver.id, shop.point)
    custody = LogisticsServices.of(runtime).custody
    with pytest.raises(HandoverNeededError):
        await custody.deliver(job.id, driver.id, [ScannedPack(pack) for pack in packs])
    assert await places_of(runtime, packs) == {(PlaceKind.TRANSPORTER, driver.id)}


async def test_a_shop_is_given_no_packs_that_are_on_their_way_elsewhere(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    other = await a_job(runtime, station, await a_station(runtime, charged=0), packs=1)
    job, packs = await fetched(runtime, other, station)
    request = await an_accepted_request(runtime, shop, station)
    code = await agreed(runtime, shop, transporter_id=driver.id)
    with pytest.raises(PackOfAnotherTripError):
        await PartnersServices.of(runtime).requests.receive(request.id, shop.owner_id, packs, code)
    assert await places_of(runtime, packs) == {(PlaceKind.TRANSPORTER, driver.id)}
    assert (await stored_job(job.id)).on_board == tuple(packs)


async def test_no_more_packs_are_fetched_than_the_shop_still_waits_for(
    runtime: Runtime, clock: ManualClock
) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    job = await a_trip(runtime, shop, station)
    [late] = await carried("late driver")
    requests = PartnersServices.of(runtime).requests
    request = await request_of(runtime, job)
    code = await agreed(runtime, shop, transporter_id="late driver")
    await requests.receive(request.id, shop.owner_id, [late.id], code)
    await drive(runtime, driver.id, station)
    with pytest.raises(MorePacksThanAcceptedError):
        await fetched(runtime, job, station)
    clock.advance(StorageParameters().deliver_within)
    await drive(runtime, driver.id, station)
    with pytest.raises(StorageRequestClosedError):
        await LogisticsServices.of(runtime).custody.pick_up(
            job.id, driver.id, (await packs_at(runtime, station))[:1]
        )
    assert len(await packs_at(runtime, station)) == 4


async def a_return(runtime: Runtime, shop: PartnerShop, station: Station, packs: int = 2) -> TransportJob:
    wanted = WantedReturn(shop.id, station.id, packs)
    return await LogisticsServices.of(runtime).returns.request(wanted, ADMIN, "key")


async def test_packs_that_are_asked_back_go_to_their_station_by_a_paid_job(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    packs = [pack.id for pack in await stored_packs(runtime, shop, 3)][:2]
    job = await a_return(runtime, shop, station)
    assert (await a_return(runtime, shop, station)).id == job.id, "the same key is the same trip"
    job = await taken(runtime, job)
    services = LogisticsServices.of(runtime)
    with pytest.raises(HandoverNeededError):
        await services.custody.pick_up(job.id, driver.id, packs)
    code = await agreed(runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
    await PartnersServices.of(runtime).requests.give_back(shop.id, shop.owner_id, packs, code)
    assert (await stored_job(job.id)).picked_up == tuple(packs)
    await drive(runtime, driver.id, station)
    done = await services.custody.deliver(job.id, driver.id, [ScannedPack(pack) for pack in packs])
    assert (done.state, done.paid_credits) == (JobState.DELIVERED, done.reward_credits)
    assert await balance(runtime, driver.id) == done.reward_credits
    assert await places_of(runtime, packs) == {(PlaceKind.SLOT, station.id)}
    assert (await full_report(runtime)).clean


async def test_a_return_waits_for_a_transporter_as_long_as_it_is_wanted(
    runtime: Runtime, clock: ManualClock
) -> None:
    station, shop = await a_place(runtime)
    await a_transporter(runtime)
    await stored_packs(runtime, shop, 2)
    job = await taken(runtime, await a_return(runtime, shop, station))
    assert job.wanted_until is not None
    clock.advance(job.due_at - clock.now())
    assert await LogisticsServices.of(runtime).jobs.lapse_due() == 1
    again = await stored_job(job.id)
    assert (again.state, again.due_at) == (JobState.OPEN, job.wanted_until)


async def test_a_shop_gives_a_trip_what_it_is_for_and_no_more(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    driver = await a_transporter(runtime)
    packs = [pack.id for pack in await stored_packs(runtime, shop, 3)]
    [big] = await stored_packs(runtime, shop, 1, await a_big_model())
    job = await taken(runtime, await a_return(runtime, shop, station))
    requests = PartnersServices.of(runtime).requests
    for scanned, refusal in (([*packs], MorePacksThanAgreedError), ([big.id], WrongPackModelError)):
        code = await agreed(runtime, shop, Direction.OUT_OF_SHOP, transporter_id=driver.id)
        with pytest.raises(refusal):
            await requests.give_back(shop.id, shop.owner_id, scanned, code)
    assert (await stored_job(job.id)).picked_up == ()
    assert await places_of(runtime, [*packs, big.id]) == {(PlaceKind.SHOP, shop.id)}


async def test_a_return_is_refused_where_it_cannot_be(runtime: Runtime) -> None:
    station, shop = await a_place(runtime)
    full = await a_station(runtime, charged=3, slot_count=4)
    await stored_packs(runtime, shop, 3)
    returns = LogisticsServices.of(runtime).returns
    await returns.request(WantedReturn(shop.id, station.id, 2), ADMIN, "first")
    for wanted, refusal in (
        (WantedReturn(shop.id, station.id, 2), FewerPacksStoredError),
        (WantedReturn(shop.id, full.id, 2), StationFullError),
        (WantedReturn("none", station.id, 1), ShopNotFoundError),
    ):
        with pytest.raises(refusal):
            await returns.request(wanted, ADMIN, "second")
