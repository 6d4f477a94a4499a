import asyncio
from datetime import timedelta

import pytest

from navswap.events.outbox import OutboxEvent
from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.domain.values import JobState, TransportJob
from navswap.features.logistics.errors import (
    StationFullError,
    TooManyPacksError,
    TransportJobEndedError,
    TransportJobNotFoundError,
    TransportJobUnderWayError,
)
from navswap.features.logistics.service import (
    LogisticsServices,
    ScannedPack,
)
from navswap.features.packs.errors import (
    PackElsewhereError,
    PackNotFoundError,
    PackNotReadyError,
    PackPromisedError,
    SlotTakenError,
)
from navswap.features.packs.service import PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.positions.errors import NotAtPlaceError
from navswap.features.positions.graphql import NotAtPlace
from navswap.features.stations.service import Station
from navswap.features.stations.storage import Stations
from navswap.features.users.service import User
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.presence import AbsenceReason
from navswap.runtime import Runtime
from tests.factories.logistics import a_job, a_transporter, drive, packs_at, stored_job, taken
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.partners import carried
from tests.features.swapping.steps import confirm
from tests.support.geo import destination

FAR = destination(TAIPEI, 90, 3_000)


class Trip:
    """A job that a transporter took."""

    def __init__(
        self, runtime: Runtime, origin: Station, target: Station, transporter: User, job: TransportJob
    ) -> None:
        self.runtime = runtime
        self.origin = origin
        self.target = target
        self.transporter = transporter
        self.job = job
        self.custody = LogisticsServices.of(runtime).custody
        self.jobs = LogisticsServices.of(runtime).jobs

    async def drive(self, station: Station) -> None:
        await drive(self.runtime, self.transporter.id, station)

    async def pick_up(self, *serial_numbers: str) -> TransportJob:
        return await self.custody.pick_up(self.job.id, self.transporter.id, serial_numbers)

    async def deliver(self, *serial_numbers: str) -> TransportJob:
        scanned = [ScannedPack(one) for one in serial_numbers]
        return await self.custody.deliver(self.job.id, self.transporter.id, scanned)

    async def return_packs(self, station: Station, *serial_numbers: str) -> Station:
        scanned = [ScannedPack(one) for one in serial_numbers]
        return await self.custody.return_packs(station.id, self.transporter.id, scanned)

    async def fail(self) -> TransportJob:
        return await self.jobs.fail(self.job.id, self.transporter.id, "flat tyre")

    async def balance(self) -> int:
        return (await CreditsServices.of(self.runtime).credits.balance(self.transporter.id)).balance

    async def postings(self) -> int:
        account = f"user:{self.transporter.id}"
        return len(await CreditsServices.of(self.runtime).credits.list_entries(account, None, 100))


async def a_trip(runtime: Runtime, *, packs: int = 3, charged: int = 6, slot_count: int = 12) -> Trip:
    origin = await a_station(runtime, charged=charged, charging=1)
    target = await a_station(runtime, charged=0, point=FAR, slot_count=slot_count)
    transporter = await a_transporter(runtime)
    job = await taken(runtime, await a_job(runtime, origin, target, packs=packs))
    return Trip(runtime, origin, target, transporter, job)


async def stock(station: Station) -> tuple[int, int]:
    """Return charged packs and empty slots as they are stored."""
    now = await Stations.find(station.id)
    assert now is not None
    return now.status.stock.charged_packs, now.status.stock.empty_slots


async def place_of(serial_number: str) -> tuple[PlaceKind, str, int | None]:
    pack = await Packs.find(serial_number)
    assert pack is not None
    return pack.place.kind, pack.place.holder_id, pack.place.evse_id


async def test_a_pack_goes_from_slot_to_transporter_to_slot(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    picked = await trip.pick_up(*packs)
    assert (picked.state, picked.picked_up) == (JobState.IN_TRANSIT, tuple(packs))
    assert await place_of(packs[0]) == (PlaceKind.TRANSPORTER, trip.transporter.id, None)
    assert (await stock(trip.origin), await stock(trip.target)) == ((3, 8), (0, 12))
    await trip.drive(trip.target)
    delivered = await trip.deliver(*packs)
    assert (delivered.state, delivered.delivered) == (JobState.DELIVERED, tuple(packs))
    assert [await place_of(one) for one in packs] == [
        (PlaceKind.SLOT, trip.target.id, slot) for slot in (1, 2, 3)
    ]
    assert await stock(trip.target) == (3, 9)
    custody = await OutboxEvent.find({"envelope.type": "packs.pack.moved"}).to_list()
    assert len(custody) == 6


async def test_the_reward_is_paid_with_the_last_pack(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs[:2])
    await trip.pick_up(packs[2])
    await trip.drive(trip.target)
    await trip.deliver(packs[0])
    assert await trip.balance() == 0
    delivered = await trip.deliver(*packs[1:])
    assert delivered.paid_credits == delivered.reward_credits == await trip.balance() == 3_000


async def test_a_delivery_retried_at_once_pays_once(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    results = await asyncio.gather(*(trip.deliver(*packs) for _ in range(20)))
    assert {one.state for one in results} == {JobState.DELIVERED}
    assert (await trip.balance(), await trip.postings()) == (3_000, 1)
    assert await stock(trip.target) == (3, 9)


async def test_a_delivery_and_a_failure_at_once_pay_once_and_agree(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    await trip.deliver(packs[0])
    await asyncio.gather(
        *(trip.deliver(*packs[1:]) for _ in range(5)),
        *(trip.fail() for _ in range(5)),
        return_exceptions=True,
    )
    ended = await stored_job(trip.job.id)
    assert ended.state in {JobState.DELIVERED, JobState.PARTIAL}
    assert ended.paid_credits == 3_000 * len(ended.delivered) // 3
    assert (await trip.balance(), await trip.postings()) == (ended.paid_credits, 1)


async def test_picking_up_again_moves_nothing_twice(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    results = await asyncio.gather(*(trip.pick_up(*packs) for _ in range(10)))
    assert all(one.picked_up == tuple(packs) for one in results)
    assert await stock(trip.origin) == (3, 8)


async def test_a_promised_pack_is_never_picked_up(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, trip.origin)
    with pytest.raises(PackPromisedError):
        await trip.pick_up(entry.serial_numbers[0])
    held = await Packs.find(entry.serial_numbers[0])
    assert held is not None
    assert held.held_by == entry.id


async def test_a_hold_and_a_pick_up_racing_for_one_pack_give_it_to_one(runtime: Runtime) -> None:
    for _ in range(5):
        trip = await a_trip(runtime, packs=1, charged=1)
        [pack, _charging] = await packs_at(runtime, trip.origin)
        rider, _ = await a_rider()
        hold, picked = await asyncio.gather(
            confirm(runtime, rider.id, trip.origin), trip.pick_up(pack), return_exceptions=True
        )
        assert isinstance(hold, BaseException) != isinstance(picked, BaseException)
        now = await Packs.find(pack)
        assert now is not None
        assert (now.held_by is None) == isinstance(hold, BaseException)
        await trip.fail()
        await LogisticsServices.of(runtime).transporters.set_online(trip.transporter.id, is_online=False)


@pytest.mark.parametrize(
    ("scan", "refusal"),
    [
        (["unknown"], PackNotFoundError),
        ([], InvalidInputError),
        (["unknown", "unknown"], InvalidInputError),
    ],
)
async def test_a_scan_of_nothing_possible_is_refused(
    runtime: Runtime, scan: list[str], refusal: type[Exception]
) -> None:
    trip = await a_trip(runtime)
    with pytest.raises(refusal):
        await trip.pick_up(*scan)


async def test_only_free_charged_packs_of_the_origin_are_picked_up(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    elsewhere = await a_station(runtime, charged=1)
    [stranger] = await packs_at(runtime, elsewhere)
    *charged, charging = await packs_at(runtime, trip.origin)
    with pytest.raises(PackElsewhereError):
        await trip.pick_up(stranger)
    with pytest.raises(PackNotReadyError):
        await trip.pick_up(charging)
    with pytest.raises(TooManyPacksError):
        await trip.pick_up(*charged[:4])
    assert await stock(trip.origin) == (6, 5)


async def test_no_other_transporter_touches_the_job(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = await packs_at(runtime, trip.origin)
    stranger = await a_transporter(runtime)
    with pytest.raises(TransportJobNotFoundError):
        await trip.custody.pick_up(trip.job.id, stranger.id, packs[:1])
    with pytest.raises(TransportJobNotFoundError):
        await trip.jobs.fail(trip.job.id, stranger.id, "mine")


async def test_a_full_station_takes_what_it_has_room_for(runtime: Runtime) -> None:
    trip = await a_trip(runtime, slot_count=2)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    with pytest.raises(StationFullError):
        await trip.deliver(*packs)
    assert (await trip.deliver(*packs[:2])).state is JobState.IN_TRANSIT
    with pytest.raises(StationFullError):
        await trip.deliver(packs[2])
    ended = await trip.fail()
    assert (ended.state, ended.end_reason, ended.paid_credits) == (JobState.PARTIAL, "flat tyre", 2_000)
    assert await trip.balance() == 2_000
    assert await place_of(packs[2]) == (PlaceKind.TRANSPORTER, trip.transporter.id, None)


async def test_a_pack_goes_into_the_slot_that_was_named_if_it_is_empty(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    for slot in (13, 0, -1):
        with pytest.raises(InvalidInputError, match=f"no slot {slot}"):
            await trip.custody.deliver(trip.job.id, trip.transporter.id, [ScannedPack(packs[0], slot)])
    await trip.custody.deliver(trip.job.id, trip.transporter.id, [ScannedPack(packs[0], 9)])
    assert await place_of(packs[0]) == (PlaceKind.SLOT, trip.target.id, 9)
    with pytest.raises(SlotTakenError):
        await trip.custody.deliver(trip.job.id, trip.transporter.id, [ScannedPack(packs[1], 9)])


async def test_fewer_packs_than_planned_end_as_a_partial_delivery(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:1]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    ended = await trip.deliver(*packs)
    assert (ended.state, ended.paid_credits) == (JobState.PARTIAL, 1_000)
    assert await trip.deliver(*packs) == ended
    with pytest.raises(TransportJobEndedError):
        await trip.pick_up((await packs_at(runtime, trip.origin))[0])


async def test_packs_of_a_failed_job_stay_with_the_transporter_until_returned(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    with pytest.raises(TransportJobUnderWayError):
        await trip.return_packs(trip.origin, *packs)
    failed = await trip.fail()
    assert (failed.state, failed.paid_credits, await trip.balance()) == (JobState.FAILED, 0, 0)
    assert await trip.fail() == failed
    assert {(await place_of(one))[1] for one in packs} == {trip.transporter.id}
    with pytest.raises(TransportJobEndedError):
        await trip.deliver(*packs)
    await trip.return_packs(trip.origin, *packs)
    assert await stock(trip.origin) == (6, 5)


async def test_packs_returned_twice_are_returned_once(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.fail()
    answers = await asyncio.gather(*(trip.return_packs(trip.origin, *packs[:2]) for _ in range(4)))
    assert all(one.status.stock == answers[0].status.stock for one in answers)
    assert await trip.return_packs(trip.origin, *packs[:2]) == answers[0]
    assert await stock(trip.origin) == (5, 6)
    await trip.return_packs(trip.origin, *packs)
    assert await stock(trip.origin) == (6, 5)


async def test_only_who_brought_packs_to_a_station_may_say_so_again(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:2]
    await trip.pick_up(*packs)
    await trip.fail()
    await trip.return_packs(trip.origin, *packs)
    placed = [ScannedPack(one, (await place_of(one))[2]) for one in packs]
    assert None not in {one.evse_id for one in placed}
    await trip.custody.return_packs(trip.origin.id, trip.transporter.id, placed)
    another = await a_transporter(runtime)
    with pytest.raises(SlotTakenError):
        await trip.custody.return_packs(trip.origin.id, another.id, placed)
    with pytest.raises(PackElsewhereError):
        await trip.custody.return_packs(trip.origin.id, another.id, [ScannedPack(one) for one in packs])
    await trip.drive(trip.target)
    with pytest.raises(PackElsewhereError):
        await trip.return_packs(trip.target, *packs)
    await trip.drive(trip.origin)
    left = (await packs_at(runtime, trip.origin))[-1]
    with pytest.raises(PackElsewhereError):
        await trip.return_packs(trip.origin, left)


async def test_a_delivered_job_cannot_fail(runtime: Runtime) -> None:
    trip = await a_trip(runtime, packs=1)
    packs = (await packs_at(runtime, trip.origin))[:1]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    await trip.deliver(*packs)
    with pytest.raises(TransportJobEndedError):
        await trip.fail()


async def test_a_late_job_in_transit_ends_by_the_schedule_and_pays_its_part(
    runtime: Runtime, clock: ManualClock
) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.drive(trip.target)
    await trip.deliver(packs[0])
    clock.advance(timedelta(hours=3))
    assert sum(await asyncio.gather(*(trip.jobs.lapse_due() for _ in range(4)))) == 1
    ended = await stored_job(trip.job.id)
    assert (ended.state, ended.end_reason) == (JobState.PARTIAL, "not delivered in time")
    assert (await trip.balance(), await trip.postings()) == (1_000, 1)


async def test_packs_are_picked_up_and_delivered_only_where_the_transporter_is(
    runtime: Runtime, clock: ManualClock
) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.drive(trip.target)
    with pytest.raises(
        NotAtPlaceError, match=r"the newest position is 3000 m away \(at most 500\)"
    ) as refused:
        await trip.pick_up(*packs)
    assert NotAtPlace.of(refused.value).reason is AbsenceReason.TOO_FAR
    assert (await stored_job(trip.job.id)).picked_up == ()
    await trip.drive(trip.origin)
    clock.advance(timedelta(minutes=runtime.settings.transporter_proof_minutes + 1))
    with pytest.raises(
        NotAtPlaceError, match=r"the newest position is 6.0 minutes old \(at most 5\)"
    ) as refused:
        await trip.pick_up(*packs)
    assert NotAtPlace.of(refused.value).reason is AbsenceReason.TOO_OLD
    await trip.drive(trip.origin)
    await trip.pick_up(*packs)
    with pytest.raises(NotAtPlaceError):
        await trip.deliver(*packs)
    assert await stock(trip.target) == (0, 12)
    await trip.drive(trip.target)
    assert (await trip.deliver(*packs)).state is JobState.DELIVERED


async def test_a_scan_is_repeated_from_anywhere(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    picked = await trip.pick_up(*packs)
    await trip.drive(trip.target)
    assert await trip.pick_up(*packs) == picked
    delivered = await trip.deliver(*packs)
    await trip.drive(trip.origin)
    assert await trip.deliver(*packs) == delivered


async def test_packs_go_back_into_slots_only_where_the_transporter_is(runtime: Runtime) -> None:
    trip = await a_trip(runtime)
    packs = (await packs_at(runtime, trip.origin))[:3]
    await trip.pick_up(*packs)
    await trip.fail()
    with pytest.raises(NotAtPlaceError):
        await trip.return_packs(trip.target, *packs)
    assert {(await place_of(one))[1] for one in packs} == {trip.transporter.id}


async def test_a_transporter_without_any_position_moves_no_pack(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    unseen = await a_transporter(runtime, point=None)
    [carried_pack] = await carried(unseen.id)
    with pytest.raises(NotAtPlaceError, match="no position is known"):
        await LogisticsServices.of(runtime).custody.return_packs(
            station.id, unseen.id, [ScannedPack(carried_pack.id)]
        )
