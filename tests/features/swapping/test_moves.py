import asyncio
from datetime import timedelta
from typing import Any

import pytest

from navswap.events.outbox import OutboxEvent
from navswap.features.credits.service import CreditsServices
from navswap.features.faults.domain.catalogue import Action, Component
from navswap.features.faults.service import FaultsServices
from navswap.features.packs.service import Condition, Pack
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import (
    HoldEndedError,
    NoChargedPackError,
    QrInvalidError,
    WrongStationError,
)
from navswap.features.swapping.events import entry_stream, queue_stream
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.faults import (
    BROKEN,
    a_reading,
    a_ticket,
    on_site,
    pending,
    published,
    telemetry,
    the_fault,
)
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.features.swapping.steps import confirm, verify
from tests.support.geo import destination

MINUTE = timedelta(minutes=1)


async def read(station: Station) -> Station:
    found = await Stations.find(station.id)
    assert found is not None
    return found


async def now(entry: QueueEntry) -> QueueEntry:
    found = await QueueEntries.find(entry.id)
    assert found is not None
    return found


async def held_by(entry: QueueEntry) -> list[Pack]:
    return await Packs.list_where({"held_by": entry.id})


async def counts(station: Station) -> tuple[int, int, int]:
    """Return charged packs, held packs and queue length as they are stored."""
    status = (await read(station)).status
    return status.stock.charged_packs, status.stock.held_packs, status.queue_length


async def updates(stream: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the sequence and payload of all updates of a stream, in order."""
    events = await OutboxEvent.find({"streams.name": stream}).sort("position").to_list()
    return [
        (
            next(position["sequence"] for position in event.streams if position["name"] == stream),
            event.envelope["payload"],
        )
        for event in events
    ]


async def break_slot(runtime: Runtime, station: Station, evse_id: int) -> None:
    await telemetry(runtime, station, a_reading(runtime, evse_id=evse_id, error_code=BROKEN))


async def lose_power(runtime: Runtime, station: Station) -> None:
    await telemetry(runtime, station, a_reading(runtime, Component.STATION, error_code="UnderVoltage"))


async def test_a_hold_on_a_broken_slot_moves_to_another_pack_of_the_station(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await break_slot(runtime, station, entry.packs[0].evse_id)
    moved = await now(entry)
    assert (moved.state, moved.station_id) == (EntryState.CONFIRMED, station.id)
    assert moved.serial_numbers[0] != entry.serial_numbers[0]
    assert moved.code_id == entry.code_id, "the rider's QR code stays good"
    [pack] = await held_by(entry)
    assert (pack.id, pack.place.evse_id) == (moved.serial_numbers[0], moved.packs[0].evse_id)
    assert await counts(station) == (2, 1, 1)
    [move] = moved.moves
    assert (move.from_packs, move.to_packs, move.distance_metres) == (
        entry.serial_numbers,
        moved.serial_numbers,
        0,
    )


async def test_a_hold_on_a_failed_pack_moves(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    failed = a_reading(runtime, Component.PACK, serial_number=entry.serial_numbers[0], error_code=BROKEN)
    await telemetry(runtime, station, failed)
    [pack] = await held_by(entry)
    assert pack.id != entry.serial_numbers[0]
    assert pack.condition is Condition.FIT


async def test_a_locked_in_pack_is_not_promised_and_not_handed_out(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await break_slot(runtime, station, entry.packs[0].evse_id)
    with pytest.raises(HoldEndedError):
        await SwappingServices.of(runtime).swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 9.0, 5))
    other, _ = await a_rider()
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, other.id, station)


async def test_a_hold_goes_to_the_nearest_station_that_can_keep_it(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=3)
    await a_station(runtime, charged=0, charging=2, point=destination(TAIPEI, 90, 300))
    await a_station(runtime, charged=3, point=destination(TAIPEI, 90, 400), state=StationState.CLOSED)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    await a_station(runtime, charged=5, point=destination(TAIPEI, 90, 2000))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    clock.advance(5 * MINUTE)
    await lose_power(runtime, station)
    moved = await now(entry)
    assert (moved.id, moved.station_id, moved.state) == (entry.id, near.id, EntryState.CONFIRMED)
    assert moved.hold_until == clock.now() + timedelta(minutes=runtime.settings.hold_minutes)
    assert moved.moves[0].distance_metres == pytest.approx(900, abs=2)
    assert await counts(station) == (3, 0, 0)
    assert await counts(near) == (1, 1, 1)


async def test_both_queues_and_the_entry_are_updated_without_a_gap(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    near = await a_station(runtime, charged=3, point=destination(TAIPEI, 90, 900))
    riders = [(await a_rider())[0] for _ in range(4)]
    entries = [await confirm(runtime, rider.id, station) for rider in riders[:3]]
    await confirm(runtime, riders[3].id, near)
    await lose_power(runtime, station)
    await SwappingServices.of(runtime).holds.cancel(entries[0].id, riders[0].id)
    left, joined = await updates(queue_stream(station.id)), await updates(queue_stream(near.id))
    assert [at for at, _ in left] == list(range(1, (await read(station)).queue_sequence + 1))
    assert [at for at, _ in joined] == list(range(1, (await read(near)).queue_sequence + 1))
    assert [payload["queue"]["length"] for _, payload in left] == [1, 2, 3, 2, 1, 0]
    for entry in entries:
        stream = await updates(entry_stream(entry.id))
        assert [at for at, _ in stream] == list(range(1, (await now(entry)).revision + 1))
    assert (await updates(entry_stream(entries[0].id)))[1][1]["entry"]["station_id"] == near.id


async def test_no_more_holds_move_than_there_are_packs_and_the_rest_is_compensated(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=5)
    near = await a_station(runtime, charged=2, point=destination(TAIPEI, 90, 900))
    riders = [(await a_rider())[0] for _ in range(5)]
    entries = [await confirm(runtime, rider.id, station) for rider in riders]
    await lose_power(runtime, station)
    states = [(await now(entry)).state for entry in entries]
    assert states == [EntryState.CONFIRMED] * 2 + [EntryState.COMPENSATED] * 3, "first come, first served"
    assert await counts(near) == (2, 2, 2)
    assert await counts(station) == (5, 0, 0)
    credit = CreditsServices.of(runtime).credits
    balances = [(await credit.balance(rider.id)).balance for rider in riders]
    assert balances == [0, 0] + [runtime.settings.compensation_credits] * 3
    assert not (await credit.check()).discrepancies
    compensated = await published("swapping.queue_entry.compensated")
    assert {payload["entry"]["compensation_credits"] for payload in compensated} == {
        runtime.settings.compensation_credits
    }
    assert len(compensated) == 3


async def test_a_rider_whose_hold_was_compensated_may_confirm_another_one(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    await lose_power(runtime, station)
    elsewhere = await a_station(runtime, point=destination(TAIPEI, 0, 9000))
    assert (await confirm(runtime, rider.id, elsewhere)).state is EntryState.CONFIRMED


async def test_a_moved_hold_needs_the_new_code_at_the_new_station(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await lose_power(runtime, station)
    moved = await now(entry)
    assert (moved.state, moved.verified_at, moved.arrived_at) == (EntryState.CONFIRMED, None, None)
    scans, swaps = SwappingServices.of(runtime).scans, SwappingServices.of(runtime).swaps
    with pytest.raises(QrInvalidError):
        await scans.verify(scans.qr_token(entry), station.id, "staff-1", None)
    with pytest.raises(WrongStationError):
        await scans.verify(scans.qr_token(entry), near.id, "staff-1", None)
    clock.advance(5 * MINUTE)
    await verify(runtime, moved, near)
    swap = await swaps.complete(entry.id, "staff-1", ReturnedPack(old.id, 9.0))
    assert (swap.station_id, swap.entry_id) == (near.id, entry.id)


async def test_a_late_arrival_at_the_old_station_does_not_count_at_the_new_one(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await lose_power(runtime, station)
    holds = SwappingServices.of(runtime).holds
    arrive = runtime.mongo.in_transaction
    assert await arrive(lambda session: holds.arrive(entry.id, station.id, session)) is None
    arrived = await arrive(lambda session: holds.arrive(entry.id, near.id, session))
    assert arrived is not None


async def test_cancelling_while_a_fault_moves_the_hold_ends_it_once(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=4)
    near = await a_station(runtime, charged=4, point=destination(TAIPEI, 90, 900))
    riders = [(await a_rider())[0] for _ in range(4)]
    entries = [await confirm(runtime, rider.id, station) for rider in riders]
    holds = SwappingServices.of(runtime).holds
    await asyncio.gather(
        lose_power(runtime, station),
        *(holds.cancel(entry.id, rider.id) for entry, rider in zip(entries, riders, strict=True)),
    )
    assert {(await now(entry)).state for entry in entries} == {EntryState.CANCELLED}
    assert await Packs.collection().count_documents({"held_by": {"$ne": None}}) == 0
    assert await counts(station) == (4, 0, 0)
    assert await counts(near) == (4, 0, 0)
    for entry in entries:
        stream = await updates(entry_stream(entry.id))
        assert [at for at, _ in stream] == list(range(1, (await now(entry)).revision + 1))


async def test_holds_that_are_confirmed_while_a_slot_breaks_never_keep_its_pack(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=6)
    riders = [(await a_rider())[0] for _ in range(6)]
    await asyncio.gather(
        *(confirm(runtime, rider.id, station) for rider in riders),
        break_slot(runtime, station, 1),
        break_slot(runtime, station, 2),
        return_exceptions=True,
    )
    packs = await Packs.list_at_station(station.id)
    assert not [pack for pack in packs if pack.shut_in and pack.held_by is not None]
    active = await QueueEntries.list_where({"active": True})
    assert sorted(entry.serial_numbers[0] for entry in active) == sorted(
        pack.id for pack in packs if pack.held_by
    )
    assert await counts(station) == (4, len(active), len(active))


async def test_a_fault_of_what_no_rider_holds_leaves_the_holds_alone(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    other = next(slot for slot in (1, 2, 3) if slot != entry.packs[0].evse_id)
    await break_slot(runtime, station, other)
    assert (await now(entry)).revision == entry.revision


async def test_rerouting_is_seen_to_work_as_every_hold_has_moved(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=2)
    await a_station(runtime, charged=2, point=destination(TAIPEI, 90, 900))
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    await lose_power(runtime, station)
    desk = FaultsServices.of(runtime).commands
    assert pending(await the_fault(station)).action is Action.REROUTE_RIDERS
    clock.advance(MINUTE)
    assert await desk.advance_due() == 1


async def test_a_reopened_fault_moves_the_holds_again(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    ticket = await a_ticket(runtime, station, evse_id=1)
    tickets = FaultsServices.of(runtime).tickets
    await tickets.resolve(ticket.id, await on_site(runtime), Action.SWAP_MODULE, "")
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await tickets.reopen(ticket.id, "staff-1", "still stuck")
    assert (await now(entry)).station_id == near.id


async def test_reassigning_at_a_healthy_station_changes_nothing(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    moves = SwappingServices.of(runtime).moves
    assert (
        await runtime.mongo.in_transaction(
            lambda session: moves.reassign_broken_holds(station.id, session, fault_id="f")
        )
        == []
    )
