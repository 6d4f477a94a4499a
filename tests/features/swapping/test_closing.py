"""What becomes of holds where a station is closed by hand."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.stations.service import Station, StationsServices, StationState, read_times
from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.features.swapping.errors import StationClosedError
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.steps import confirm, verify
from tests.features.swapping.test_held_packs import problems
from tests.support.geo import destination

STAFF = a_principal("staff", Role.STAFF)
NOT_OPEN = [StationState.CLOSED, StationState.OUT_OF_SERVICE]


async def close(runtime: Runtime, station: Station, state: StationState = StationState.CLOSED) -> None:
    await StationsServices.of(runtime).stations.set_state(station.id, state, STAFF)


def until(closes: datetime) -> str:
    """Return the hours (UTC) of a station that closes at a moment, and opens two hours later."""
    return f"Mo-Su {closes + timedelta(hours=2):%H:%M}-{closes:%H:%M}"


async def set_hours(runtime: Runtime, station: Station, closes: datetime) -> None:
    hours = read_times(until(closes), "UTC", None, ())
    await StationsServices.of(runtime).stations.set_hours(station.id, hours, STAFF)


async def now(entry: QueueEntry) -> QueueEntry:
    found = await QueueEntries.find(entry.id)
    assert found is not None
    return found


@pytest.mark.parametrize("state", NOT_OPEN)
async def test_holds_at_a_station_that_closes_move_to_another_or_end_with_a_compensation(
    runtime: Runtime, state: StationState
) -> None:
    station = await a_station(runtime, charged=3)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 800))
    entries = [await confirm(runtime, (await a_rider())[0].id, station) for _ in range(2)]
    await close(runtime, station, state)
    moved, ended = [await now(entry) for entry in entries]
    assert (moved.state, moved.station_id) == (EntryState.CONFIRMED, near.id)
    assert moved.code_id != entries[0].code_id
    assert [move.cause for move in moved.moves] == [MoveCause.STATION_CLOSED]
    assert (ended.state, ended.compensation_credits) == (
        EntryState.COMPENSATED,
        runtime.settings.compensation_credits,
    )
    assert await problems(runtime) == []


async def test_a_station_whose_hours_are_cut_short_moves_the_holds_that_end_after(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=2)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 800))
    early = await confirm(runtime, (await a_rider())[0].id, station)
    clock.advance(timedelta(minutes=5))
    late = await confirm(runtime, (await a_rider())[0].id, station)
    await set_hours(runtime, station, early.hold_until)
    assert await now(early) == early, "it ends before"
    moved = await now(late)
    assert (moved.station_id, moved.moves[0].cause) == (near.id, MoveCause.STATION_CLOSED)
    assert await problems(runtime) == []


async def test_an_import_of_shorter_hours_moves_the_holds_that_end_after(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=2)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 800))
    information = replace(station.information, opening_hours=until(clock.now() + timedelta(minutes=1)))
    saved = await StationsServices.of(runtime).stations.save_information(
        [replace(station, information=information)]
    )
    assert saved == (0, 1)
    assert [move.cause for move in (await now(entry)).moves] == [MoveCause.STATION_CLOSED]
    assert await problems(runtime) == []


async def test_a_swap_under_way_is_finished_at_a_station_that_is_out_of_its_hours(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=1)
    rider, pack = await a_rider()
    assert pack is not None
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    await set_hours(runtime, station, clock.now() - timedelta(minutes=1))
    assert await now(entry) == entry
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(pack.id, 9))
    assert swap.station_id == station.id


async def test_a_swap_under_way_is_finished_at_a_station_that_closes(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    await a_station(runtime, charged=2, point=destination(TAIPEI, 90, 800))
    rider, pack = await a_rider()
    assert pack is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await close(runtime, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(pack.id, 9))
    assert swap.station_id == station.id


async def test_a_station_that_opens_moves_no_hold(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    await close(runtime, station)
    await close(runtime, station, StationState.OPEN)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    assert (await now(entry)).moves == ()


async def test_a_hold_confirmed_while_the_station_closes_is_refused_or_moved(runtime: Runtime) -> None:
    for _ in range(4):
        station = await a_station(runtime, charged=6)
        near = await a_station(runtime, charged=6, point=destination(TAIPEI, 90, 800))
        riders = [(await a_rider())[0] for _ in range(4)]
        outcomes = await asyncio.gather(
            *(confirm(runtime, rider.id, station) for rider in riders),
            close(runtime, station),
            return_exceptions=True,
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert all(isinstance(refusal, StationClosedError) for refusal in refused), refused
        assert await problems(runtime) == [], "no hold is at the closed station, not even for a moment"
        for entry in (outcome for outcome in outcomes if isinstance(outcome, QueueEntry)):
            moved = await now(entry)
            assert moved.active
            assert moved.station_id != station.id
            await SwappingServices.of(runtime).holds.cancel(entry.id, entry.rider_id)
        await close(runtime, near)
