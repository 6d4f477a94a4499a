import asyncio
from dataclasses import asdict
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from navswap.events.outbox import OutboxEvent
from navswap.features.packs.errors import PackElsewhereError, PackNotFoundError, SlotTakenError
from navswap.features.packs.service import Condition, PackReading, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import (
    EntryNotFoundError,
    HoldEndedError,
    NoChargedPackError,
    NotVerifiedError,
    QrAlreadyUsedError,
    QrInvalidError,
    QrOutsideWindowError,
    ReturnPackMissingError,
    RiderNotAtStationError,
    SwapCompletedOtherwiseError,
    WrongStationError,
)
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries, Swaps
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_pack, a_rider, a_station
from tests.features.swapping.steps import confirm, stand_at, verify
from tests.support.geo import destination


async def test_two_scans_of_one_token_give_one_swap(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await stand_at(runtime, rider.id, station.information.point)
    scans = SwappingServices.of(runtime).scans
    token = scans.qr_token(entry)
    scanned = await asyncio.gather(
        *(scans.verify(token, station.id, f"staff-{number}", None) for number in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(scan, QueueEntry) for scan in scanned) == 1
    assert sum(isinstance(scan, QrAlreadyUsedError) for scan in scanned) == 9


async def test_a_retry_of_one_scan_returns_the_first_answer(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    first = await verify(runtime, entry, station, idempotency_key="scan-1")
    again = await SwappingServices.of(runtime).scans.verify(
        SwappingServices.of(runtime).scans.qr_token(entry), station.id, "staff-1", "scan-1"
    )
    assert again.id == first.id
    assert again.revision == first.revision


async def test_the_same_hold_always_shows_the_same_token(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    scans = SwappingServices.of(runtime).scans
    assert scans.qr_token(entry) == scans.qr_token(entry)


async def test_a_token_of_another_key_or_a_changed_one_is_refused(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    scans = SwappingServices.of(runtime).scans
    entry = await confirm(runtime, rider.id, station)
    token = scans.qr_token(entry)
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA")
    unsigned = jwt.encode(claims, "", algorithm="none")
    for bad in ("", "x", f"{head}.{body}.{signature[::-1]}", forged, unsigned):
        with pytest.raises(QrInvalidError):
            await scans.verify(bad, station.id, "staff-1", None)


async def test_a_token_is_good_only_within_its_window(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    clock.advance(timedelta(minutes=runtime.settings.hold_minutes))
    with pytest.raises(QrOutsideWindowError):
        await verify(runtime, entry, station)


async def test_a_token_is_good_at_its_own_station_only(runtime: Runtime) -> None:
    station, other = await a_station(runtime), await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    with pytest.raises(WrongStationError):
        await verify(runtime, entry, other)


@pytest.mark.parametrize("metres_away", [501.0, 5000.0])
async def test_a_rider_outside_the_fence_is_not_verified(runtime: Runtime, metres_away: float) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await stand_at(runtime, rider.id, destination(TAIPEI, 45, metres_away))
    scans = SwappingServices.of(runtime).scans
    with pytest.raises(RiderNotAtStationError):
        await scans.verify(scans.qr_token(entry), station.id, "staff-1", None)


async def test_a_rider_of_whom_nothing_recent_is_known_is_not_verified(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    scans = SwappingServices.of(runtime).scans
    with pytest.raises(RiderNotAtStationError):
        await scans.verify(scans.qr_token(entry), station.id, "staff-1", None)
    await stand_at(runtime, rider.id, station.information.point)
    clock.advance(timedelta(minutes=6))
    with pytest.raises(RiderNotAtStationError):
        await scans.verify(scans.qr_token(entry), station.id, "staff-1", None)


async def test_a_cancelled_hold_is_not_verified(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await SwappingServices.of(runtime).holds.cancel(entry.id, rider.id)
    with pytest.raises(HoldEndedError):
        await verify(runtime, entry, station)


async def test_a_swap_moves_both_packs_and_counts_them(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 11.0))
    assert swap.packs_in[0] is not None
    assert (swap.packs_in[0].serial_number, swap.packs_out[0].serial_number) == (
        old.id,
        entry.serial_numbers[0],
    )
    given, taken = await Packs.find(entry.serial_numbers[0]), await Packs.find(old.id)
    assert given is not None
    assert taken is not None
    assert (given.place.kind, given.place.holder_id, given.held_by) == (PlaceKind.RIDER, rider.id, None)
    assert (taken.place.kind, taken.place.evse_id) == (PlaceKind.SLOT, entry.packs[0].evse_id)
    assert taken.soc_percent == 11.0
    now = await Stations.find(station.id)
    assert now is not None
    assert (now.status.stock.charged_packs, now.status.stock.held_packs) == (2, 0)
    assert (now.status.stock.charging_packs, now.status.queue_length) == (1, 0)
    moved = await OutboxEvent.find({"envelope.type": "packs.pack.moved"}).count()
    assert moved == 2


async def test_completing_twice_or_at_once_gives_one_swap(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    swaps = SwappingServices.of(runtime).swaps
    answers = await asyncio.gather(
        *(swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 11.0)) for _ in range(8))
    )
    assert len({answer.id for answer in answers}) == 1
    assert await Swaps.collection().count_documents({}) == 1
    assert await OutboxEvent.find({"envelope.type": "swapping.swap.completed"}).count() == 1


async def test_a_first_pack_needs_no_return_but_a_rider_with_a_pack_must_hand_it_in(runtime: Runtime) -> None:
    station = await a_station(runtime)
    swaps = SwappingServices.of(runtime).swaps
    new, _ = await a_rider(with_pack=False)
    entry = await confirm(runtime, new.id, station)
    await verify(runtime, entry, station)
    assert (await swaps.complete(entry.id, "staff-1")).packs_in == ()
    old, _ = await a_rider()
    entry = await confirm(runtime, old.id, station)
    await verify(runtime, entry, station)
    with pytest.raises(ReturnPackMissingError):
        await swaps.complete(entry.id, "staff-1")
    still = await QueueEntries.find(entry.id)
    assert still is not None
    assert still.state is EntryState.VERIFIED


@pytest.mark.parametrize("with_pack", [True, False])
async def test_the_pack_that_a_rider_gets_cannot_be_the_one_handed_in(
    runtime: Runtime, with_pack: bool
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider(with_pack=with_pack)
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    with pytest.raises(PackElsewhereError):
        await SwappingServices.of(runtime).swaps.complete(
            entry.id, "staff-1", ReturnedPack(entry.serial_numbers[0], 5.0, None)
        )
    held = await Packs.find(entry.serial_numbers[0])
    assert held is not None
    assert (held.place.kind, held.held_by) == (PlaceKind.SLOT, entry.id)
    assert await Swaps.find_of_entry(entry.id) is None


@pytest.mark.parametrize(
    ("returned", "refusal"),
    [
        ("unknown", PackNotFoundError),
        ("of another rider", PackElsewhereError),
        ("into a full slot", SlotTakenError),
        ("into a slot that is not there", InvalidInputError),
        ("into a slot below 1", InvalidInputError),
    ],
)
async def test_a_wrong_return_moves_nothing(
    runtime: Runtime, returned: str, refusal: type[Exception]
) -> None:
    station = await a_station(runtime, charged=3)
    rider, old = await a_rider()
    _, others = await a_rider()
    assert old is not None
    assert others is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    full = entry.packs[0].evse_id % 3 + 1
    packs = {
        "unknown": ReturnedPack("no such pack", 10),
        "of another rider": ReturnedPack(others.id, 10),
        "into a full slot": ReturnedPack(old.id, 10, full),
        "into a slot that is not there": ReturnedPack(old.id, 10, 99),
        "into a slot below 1": ReturnedPack(old.id, 10, -1),
    }
    with pytest.raises(refusal):
        await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", packs[returned])
    held = await Packs.find(entry.serial_numbers[0])
    assert held is not None
    assert held.held_by == entry.id
    assert await Swaps.collection().count_documents({}) == 0


async def test_a_swap_needs_a_verified_entry(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider(with_pack=False)
    swaps = SwappingServices.of(runtime).swaps
    with pytest.raises(EntryNotFoundError):
        await swaps.complete(new_id(), "staff-1")
    entry = await confirm(runtime, rider.id, station)
    with pytest.raises(NotVerifiedError):
        await swaps.complete(entry.id, "staff-1")
    clock.advance(timedelta(hours=1))
    await SwappingServices.of(runtime).holds.lapse_due()
    with pytest.raises(HoldEndedError):
        await swaps.complete(entry.id, "staff-1")


async def test_a_held_pack_that_fails_is_replaced_by_one_that_keeps_the_promise(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    rider, _ = await a_rider(with_pack=False)
    swaps, reports = SwappingServices.of(runtime).swaps, SwappingServices.of(runtime).reports
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await reports.report_packs(station.id, [PackReading(entry.serial_numbers[0], 95.0, faulty=True)])
    swap = await swaps.complete(entry.id, "staff-1")
    assert swap.packs_out[0].serial_number != entry.serial_numbers[0]
    assert swap.packs_out[0].soc_percent >= entry.promised_soc_percent


async def test_without_a_pack_that_keeps_the_promise_there_is_no_swap(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    rider, _ = await a_rider(with_pack=False)
    swaps, reports = SwappingServices.of(runtime).swaps, SwappingServices.of(runtime).reports
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await reports.report_packs(
        station.id, [PackReading(entry.serial_numbers[0], entry.promised_soc_percent - 1)]
    )
    with pytest.raises(NoChargedPackError):
        await swaps.complete(entry.id, "staff-1")


async def test_completing_again_with_another_pack_is_a_conflict_and_with_the_same_the_first_swap(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime, charged=2)
    rider, old = await a_rider()
    assert old is not None
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    swaps = SwappingServices.of(runtime).swaps
    swap = await swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 9.0))
    assert await swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 9.0)) == swap
    for returned in ([ReturnedPack("another", 9.0)], [ReturnedPack(old.id, 9.0, 9)], []):
        with pytest.raises(SwapCompletedOtherwiseError):
            await swaps.complete(entry.id, "staff-1", *returned)


async def test_a_report_counts_the_stock_again(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1, charging=2)
    reports = SwappingServices.of(runtime).reports
    packs = await Packs.list_at_station(station.id)
    readings = [PackReading(pack.id, 88.0) for pack in packs]
    reported = (await reports.report_packs(station.id, readings)).station
    assert (reported.status.stock.charged_packs, reported.status.stock.charging_packs) == (3, 0)
    assert reported.revision == station.revision + 1


async def test_a_retired_pack_stays_retired_and_a_pack_of_another_station_as_it_was(
    runtime: Runtime,
) -> None:
    station, other = await a_station(runtime, charged=1), await a_station(runtime, charged=1)
    reports = SwappingServices.of(runtime).reports
    [pack] = await Packs.list_at_station(station.id)
    await Packs.collection().update_one({"_id": pack.id}, {"$set": {"condition": Condition.RETIRED}})
    readings = [PackReading(pack.id, 90.0, faulty=False)]
    reported = (await reports.report_packs(station.id, readings)).station
    assert reported.status.stock.faulty_packs == 1
    [foreign] = await Packs.list_at_station(other.id)
    report = await reports.report_packs(
        station.id, [PackReading(foreign.id, 70.0), PackReading(pack.id, 70.0)]
    )
    assert report.elsewhere == (0,)
    measured, untouched = await Packs.find(pack.id), await Packs.find(foreign.id)
    assert measured is not None
    assert (measured.soc_percent, untouched) == (70.0, foreign)


async def test_a_pack_can_be_in_one_place_only(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    first, second = await Packs.list_at_station(station.id)
    with pytest.raises(Exception, match="one_pack_a_slot"):
        await a_pack(first.place)
    with pytest.raises(Exception, match="one_pack_a_slot"):
        await Packs.collection().update_one({"_id": second.id}, {"$set": {"place": asdict(first.place)}})
