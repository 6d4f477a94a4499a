"""A station that speaks in any way is alive, and one that never sent heartbeats is not declared offline."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from navswap.features.energy.service import EnergyServices, Reading
from navswap.features.faults.domain.catalogue import FaultCode
from navswap.features.faults.domain.values import FaultSource, Finding
from navswap.features.faults.service import FaultsServices, HeartbeatService
from navswap.features.packs.service import PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.service import SwappingServices
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.factories.faults import pending, telemetry, the_fault
from tests.factories.network import a_station

MINUTE = timedelta(minutes=1)

Door = Callable[[Runtime, Station], Awaitable[object]]


async def by_telemetry(runtime: Runtime, station: Station) -> None:
    await telemetry(runtime, station)


async def by_packs(runtime: Runtime, station: Station) -> None:
    [pack, *_] = await Packs.list_at_station(station.id)
    await SwappingServices.of(runtime).reports.report_packs(station.id, [PackReading(pack.id, 95.0)])


async def by_meter(runtime: Runtime, station: Station) -> None:
    now = runtime.clock.now()
    await EnergyServices.of(runtime).meters.report(station.id, [Reading(now - 15 * MINUTE, now, 0.5)])


async def by_answer(runtime: Runtime, station: Station) -> None:
    finding = Finding(
        station.id, FaultCode.SLOT_FAILED, FaultSource.TELEMETRY, runtime.clock.now(), evse_id=1
    )
    faults = FaultsServices.of(runtime)
    fault = (await faults.faults.record(finding)).fault
    await faults.commands.answer(pending(fault).command_id, accepted=True, detail="")


OTHER_DOORS = pytest.mark.parametrize("door", [by_packs, by_meter, by_answer])


def heartbeats(runtime: Runtime) -> HeartbeatService:
    return FaultsServices.of(runtime).heartbeats


async def state(station: Station) -> StationState:
    read = await Stations.find(station.id)
    assert read is not None
    return read.status.state


@pytest.mark.parametrize("door", [by_telemetry, by_packs, by_meter, by_answer])
async def test_each_way_of_speaking_is_seen(runtime: Runtime, clock: ManualClock, door: Door) -> None:
    station = await a_station(runtime)
    clock.advance(MINUTE)
    await door(runtime, station)
    assert await heartbeats(runtime).last_seen([station.id]) == {station.id: clock.now()}


@OTHER_DOORS
async def test_a_station_that_only_speaks_otherwise_is_not_declared_offline(
    runtime: Runtime, clock: ManualClock, door: Door
) -> None:
    station = await a_station(runtime)
    await door(runtime, station)
    clock.advance(timedelta(minutes=3 * runtime.settings.heartbeat_minutes))
    assert await heartbeats(runtime).raise_offline() == 0
    assert await state(station) is StationState.OPEN


@OTHER_DOORS
async def test_a_station_whose_heartbeats_stop_is_alive_as_long_as_it_speaks(
    runtime: Runtime, clock: ManualClock, door: Door
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station)
    clock.advance(timedelta(minutes=runtime.settings.heartbeat_minutes) - MINUTE)
    await door(runtime, station)
    clock.advance(2 * MINUTE)
    assert await heartbeats(runtime).raise_offline() == 0
    clock.advance(timedelta(minutes=runtime.settings.heartbeat_minutes))
    assert await heartbeats(runtime).raise_offline() == 1


@pytest.mark.parametrize("door", [by_packs, by_meter])
async def test_a_station_that_is_offline_is_back_once_it_speaks(
    runtime: Runtime, clock: ManualClock, door: Door
) -> None:
    station = await a_station(runtime)
    await telemetry(runtime, station)
    clock.advance(timedelta(minutes=runtime.settings.heartbeat_minutes) + MINUTE)
    assert await heartbeats(runtime).raise_offline() == 1
    assert await heartbeats(runtime).end_offline() == 0
    assert await state(station) is StationState.OUT_OF_SERVICE
    clock.advance(MINUTE)
    await door(runtime, station)
    assert await heartbeats(runtime).end_offline() == 1
    assert await state(station) is StationState.OPEN
    assert not (await the_fault(station)).is_open
    assert await heartbeats(runtime).end_offline() == 0
    assert await heartbeats(runtime).raise_offline() == 0
