"""What becomes of holds where a station is closed by hand."""

import asyncio

import pytest

from navswap.auth.roles import Role
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.features.swapping.errors import StationClosedError
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.runtime import Runtime
from tests.factories.fleet import let_swapping_react
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.steps import confirm, verify
from tests.support.consistency import full_report
from tests.support.geo import destination

STAFF = a_principal("staff", Role.STAFF)
NOT_OPEN = [StationState.CLOSED, StationState.OUT_OF_SERVICE]


async def close(runtime: Runtime, station: Station, state: StationState = StationState.CLOSED) -> None:
    await StationsServices.of(runtime).stations.set_state(station.id, state, STAFF)


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
    await let_swapping_react(runtime, "stations")
    moved, ended = [await now(entry) for entry in entries]
    assert (moved.state, moved.station_id) == (EntryState.CONFIRMED, near.id)
    assert moved.code_id != entries[0].code_id
    assert [move.cause for move in moved.moves] == [MoveCause.STATION_CLOSED]
    assert (ended.state, ended.compensation_credits) == (
        EntryState.COMPENSATED,
        runtime.settings.compensation_credits,
    )
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


async def test_a_swap_under_way_is_finished_at_a_station_that_closes(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    await a_station(runtime, charged=2, point=destination(TAIPEI, 90, 800))
    rider, pack = await a_rider()
    assert pack is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await close(runtime, station)
    await let_swapping_react(runtime, "stations")
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(pack.id, 9))
    assert swap.station_id == station.id


async def test_a_station_that_opens_moves_no_hold(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    await close(runtime, station)
    await close(runtime, station, StationState.OPEN)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await let_swapping_react(runtime, "stations")
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
        await let_swapping_react(runtime, "stations")
        for entry in (outcome for outcome in outcomes if isinstance(outcome, QueueEntry)):
            moved = await now(entry)
            assert moved.active
            assert moved.station_id != station.id
            await SwappingServices.of(runtime).holds.cancel(entry.id, entry.rider_id)
        await close(runtime, near)
