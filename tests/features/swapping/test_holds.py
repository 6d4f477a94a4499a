import asyncio
from datetime import timedelta

import pytest

from navswap.events.outbox import OutboxEvent
from navswap.features.packs.storage import Packs
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.service import Station, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import (
    AlreadyQueuedError,
    EntryNotFoundError,
    HoldEndedError,
    NoChargedPackError,
    StationClosedError,
    SwapUnderWayError,
)
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from tests.factories.network import a_rider, a_station
from tests.factories.swapping import a_swap, store_swap
from tests.features.swapping.steps import confirm, stand_at, verify


async def stock(station: Station) -> tuple[int, int, int]:
    """Return charged packs, held packs and queue length as they are stored."""
    now = await Stations.find(station.id)
    assert now is not None
    return now.status.stock.charged_packs, now.status.stock.held_packs, now.status.queue_length


async def types_published() -> list[str]:
    events = await OutboxEvent.find({"envelope.type": {"$regex": "^swapping"}}).sort("position").to_list()
    return [event.envelope["type"] for event in events]


async def test_a_hold_keeps_the_fullest_pack_and_its_slot(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2, charging=1)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    held = await Packs.find(entry.serial_numbers[0])
    assert held is not None
    assert (held.held_by, held.place.evse_id) == (entry.id, entry.packs[0].evse_id)
    assert held.soc_percent >= entry.promised_soc_percent
    assert entry.hold_until == runtime.clock.now() + timedelta(minutes=runtime.settings.hold_minutes)
    assert await stock(station) == (2, 1, 1)


async def test_hold_counters_and_event_commit_together(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    [event] = await OutboxEvent.find({"envelope.type": "swapping.queue_entry.confirmed"}).to_list()
    assert event.envelope["payload"]["queue"]["length"] == 1
    [changed] = (
        await OutboxEvent.find({"envelope.type": "stations.station.changed"})
        .sort("-position")
        .limit(1)
        .to_list()
    )
    assert changed.envelope["payload"]["status"]["stock"]["held_packs"] == 1


async def test_a_race_for_some_packs_gives_as_many_holds_as_there_are_packs(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=7)
    results = await asyncio.gather(
        *(confirm(runtime, new_id(), station) for _ in range(40)), return_exceptions=True
    )
    entries = [result for result in results if isinstance(result, QueueEntry)]
    assert len({entry.serial_numbers[0] for entry in entries}) == len(entries) == 7
    assert await stock(station) == (7, 7, 7)
    read = await Stations.find(station.id)
    assert read is not None
    assert read.queue_sequence == 7


async def test_a_rider_has_one_active_entry_however_fast_it_asks(runtime: Runtime) -> None:
    stations = await a_station(runtime), await a_station(runtime)
    rider, _ = await a_rider()
    results = await asyncio.gather(
        *(confirm(runtime, rider.id, station) for station in stations for _ in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, QueueEntry) for result in results) == 1
    assert sum(isinstance(result, AlreadyQueuedError) for result in results) == 19
    assert await Packs.collection().count_documents({"held_by": {"$ne": None}}) == 1


async def test_an_idempotency_key_makes_a_retry_return_the_first_answer(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    answers = await asyncio.gather(*(confirm(runtime, rider.id, station, "key-1") for _ in range(10)))
    assert len({answer.id for answer in answers}) == 1
    assert await stock(station) == (3, 1, 1)
    other = await a_station(runtime)
    with pytest.raises(IdempotencyConflictError):
        await confirm(runtime, rider.id, other, "key-1")


async def test_a_retry_that_meets_its_twin_at_the_last_pack_gets_the_answer_of_the_twin(
    runtime: Runtime,
) -> None:
    for _ in range(5):
        station = await a_station(runtime, charged=1)
        rider, _ = await a_rider()
        answers = await asyncio.gather(*(confirm(runtime, rider.id, station, "key-1") for _ in range(10)))
        assert len({answer.id for answer in answers}) == 1


async def test_a_closed_or_unknown_station_gives_no_hold(runtime: Runtime) -> None:
    closed = await a_station(runtime, state=StationState.CLOSED)
    rider, _ = await a_rider()
    with pytest.raises(StationClosedError):
        await confirm(runtime, rider.id, closed)
    with pytest.raises(StationNotFoundError):
        await SwappingServices.of(runtime).confirmations.confirm(rider.id, "nowhere", "k")


async def test_packs_below_the_promise_and_faulty_ones_are_never_held(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=0, charging=4, faulty=4)
    rider, _ = await a_rider()
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, rider.id, station)


async def a_walk_in_last_week(runtime: Runtime, station: Station) -> None:
    """Store a walk-in swap of the same quarter of an hour a week ago."""
    completed_at = runtime.clock.now() - timedelta(days=7) + timedelta(minutes=5)
    await store_swap(a_swap(station.id, completed_at, walk_in=True))


async def test_the_buffer_is_kept_for_riders_who_stand_at_the_station(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    await a_walk_in_last_week(runtime, station)
    far, _ = await a_rider()
    await confirm(runtime, far.id, station)
    another, _ = await a_rider()
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, another.id, station)
    there, _ = await a_rider()
    await stand_at(runtime, there.id, station.information.point)
    entry = await confirm(runtime, there.id, station)
    assert entry.walk_in


async def test_cancelling_frees_the_hold_in_the_same_transaction(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    holds = SwappingServices.of(runtime).holds
    cancelled = await holds.cancel(entry.id, rider.id)
    assert (cancelled.state, cancelled.active) == (EntryState.CANCELLED, False)
    assert await stock(station) == (1, 0, 0)
    assert (await holds.cancel(entry.id, rider.id)).revision == cancelled.revision
    assert (await types_published())[-1] == "swapping.queue_entry.cancelled"
    assert await confirm(runtime, rider.id, station)


async def test_no_rider_cancels_the_hold_of_another(runtime: Runtime) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    holds = SwappingServices.of(runtime).holds
    for entry_id, rider_id in ((entry.id, new_id()), (new_id(), rider.id)):
        with pytest.raises(EntryNotFoundError):
            await holds.cancel(entry_id, rider_id)


async def test_a_swap_under_way_cannot_be_cancelled_and_an_ended_hold_neither(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    holds = SwappingServices.of(runtime).holds
    with pytest.raises(SwapUnderWayError):
        await holds.cancel(entry.id, rider.id)
    clock.advance(timedelta(hours=1))
    assert await holds.lapse_due() == 1
    with pytest.raises(HoldEndedError):
        await holds.cancel(entry.id, rider.id)


async def test_a_hold_lapses_without_its_rider_and_frees_what_it_held(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    holds = SwappingServices.of(runtime).holds
    assert await holds.lapse_due() == 0
    clock.advance(timedelta(minutes=runtime.settings.hold_minutes))
    assert sum(await asyncio.gather(*(holds.lapse_due() for _ in range(5)))) == 1
    ended = await QueueEntries.find(entry.id)
    assert ended is not None
    assert ended.state is EntryState.NO_SHOW
    assert await stock(station) == (1, 0, 0)
    assert (await types_published())[-1] == "swapping.queue_entry.no_show"


async def test_a_hold_lapses_after_a_restart_too(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime, charged=1)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, station)
    clock.advance(timedelta(minutes=runtime.settings.hold_minutes))
    async with open_runtime(runtime.settings, clock, build_indexes=False) as restarted:
        assert await SwappingServices.of(restarted).holds.lapse_due() == 1
        assert await stock(station) == (1, 0, 0)


async def test_a_rider_who_came_but_did_not_swap_is_expired_not_a_no_show(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    holds = SwappingServices.of(runtime).holds
    await runtime.mongo.in_transaction(lambda session: holds.arrive(entry.id, station.id, session))
    clock.advance(timedelta(minutes=runtime.settings.hold_minutes))
    await holds.lapse_due()
    ended = await QueueEntries.find(entry.id)
    assert ended is not None
    assert ended.state is EntryState.EXPIRED


async def test_an_arrival_counts_once_and_not_after_the_end(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, station)
    holds = SwappingServices.of(runtime).holds
    first = await runtime.mongo.in_transaction(lambda session: holds.arrive(entry.id, station.id, session))
    assert first is not None
    assert first.arrived_at == clock.now()
    assert (
        await runtime.mongo.in_transaction(lambda session: holds.arrive(entry.id, station.id, session))
        is None
    )
    await holds.cancel(entry.id, rider.id)
    assert (
        await runtime.mongo.in_transaction(lambda session: holds.arrive(entry.id, station.id, session))
        is None
    )
