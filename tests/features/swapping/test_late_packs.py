"""A held pack that its station cannot charge in time has its hold moved in the transaction of the plan that says so."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.energy.storage import EnergyStations
from navswap.features.packs.service import PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.runtime import Runtime
from tests.factories.energy import a_charging_station
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.steps import confirm
from tests.features.swapping.test_held_packs import problems
from tests.features.swapping.test_waits import plan
from tests.support.geo import destination

ADMIN = a_principal("admin-1", Role.ADMIN)
Delay = Callable[[Runtime, Station, QueueEntry], Awaitable[object]]


async def is_shed(runtime: Runtime, station: Station, _: QueueEntry) -> None:
    until = runtime.clock.now() + timedelta(hours=1)
    await EnergyServices.of(runtime).charging.shed(station.id, 0.0, until, "Voltage sag", ADMIN)


async def is_derated(runtime: Runtime, station: Station, entry: QueueEntry) -> None:
    charging = EnergyServices.of(runtime).charging
    slot = entry.packs[0].evse_id
    await runtime.mongo.in_transaction(lambda session: charging.derate(station.id, "fault-1", slot, session))
    assert await charging.plan_due() == 1


async def a_hold_that_charges(runtime: Runtime, soc_percent: float) -> tuple[Station, QueueEntry]:
    """Return a hold of the only charged pack of a station, which lost charge and is charged again in time."""
    station = await a_charging_station(runtime, charged=1, charging=0)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await plan(runtime)
    readings = [PackReading(entry.serial_numbers[0], soc_percent)]
    await SwappingServices.of(runtime).reports.report_packs(station.id, readings)
    await runtime.mongo.in_transaction(
        lambda session: EnergyStations.plan_at(station.id, runtime.clock.now(), session)
    )
    assert await EnergyServices.of(runtime).charging.plan_due() == 1
    assert await QueueEntries.get(entry.id) == entry, "kept, for it is charged in time"
    return station, entry


@pytest.mark.parametrize("delay", [is_shed, is_derated])
async def test_a_hold_whose_pack_will_be_late_moves_to_another_station(
    runtime: Runtime, delay: Delay
) -> None:
    station, entry = await a_hold_that_charges(runtime, 68.0)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    await delay(runtime, station, entry)
    moved = await QueueEntries.get(entry.id)
    assert (moved.station_id, moved.state) == (near.id, EntryState.CONFIRMED)
    assert [move.cause for move in moved.moves] == [MoveCause.PACK_UNCHARGED]
    [pack] = await Packs.list_where({"held_by": entry.id})
    assert pack.is_in_slot_of(near.id)
    assert await problems(runtime) == []


async def test_where_no_station_has_a_pack_the_rider_of_a_late_one_is_compensated(runtime: Runtime) -> None:
    station, entry = await a_hold_that_charges(runtime, 68.0)
    await is_shed(runtime, station, entry)
    ended = await QueueEntries.get(entry.id)
    assert (ended.state, ended.compensation_credits) == (
        EntryState.COMPENSATED,
        runtime.settings.compensation_credits,
    )
    assert await Packs.list_where({"held_by": entry.id}) == []
    assert await problems(runtime) == []


async def test_a_shed_that_leaves_enough_for_the_held_pack_moves_no_hold(runtime: Runtime) -> None:
    station, entry = await a_hold_that_charges(runtime, 78.0)
    await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    until = runtime.clock.now() + timedelta(hours=1)
    await EnergyServices.of(runtime).charging.shed(station.id, 1.0, until, "Voltage sag", ADMIN)
    assert await QueueEntries.get(entry.id) == entry
    energy = await EnergyStations.find(station.id)
    assert energy is not None
    [ready] = energy.ready_times
    assert ready.ready_at is not None
    assert runtime.clock.now() < ready.ready_at <= entry.hold_until, "held packs come first in the new plan"
    assert await problems(runtime) == []


async def test_no_plan_makes_a_charged_pack_late(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charged=2, charging=1)
    entry = await confirm(runtime, (await a_rider())[0].id, station)
    await plan(runtime)
    await is_shed(runtime, station, entry)
    await is_derated(runtime, station, entry)
    assert await QueueEntries.get(entry.id) == entry, "what is charged waits for no charger"
    assert await problems(runtime) == []


async def test_the_consistency_check_finds_a_held_pack_that_its_plan_makes_late(runtime: Runtime) -> None:
    station, entry = await a_hold_that_charges(runtime, 78.0)
    late = entry.hold_until + timedelta(minutes=1)
    for ready_at, problem in (
        (late, "by the plan of its station, and not in time"),
        (None, "does not charge it"),
    ):
        await EnergyStations.collection().update_one(
            {"_id": station.id}, {"$set": {"ready_times.0.ready_at": ready_at}}
        )
        [found] = await problems(runtime)
        [offender] = found.offenders
        assert found.name == "held-packs-are-as-promised"
        assert problem in offender.problem
