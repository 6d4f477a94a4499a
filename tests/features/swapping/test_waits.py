"""Waits come from what the charger of a station will do, and from the riders who are there before."""

from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.features.energy.service import EnergyServices
from navswap.features.energy.storage import EnergyStations
from navswap.features.packs.service import PackReading, PacksServices
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station, StationsServices
from navswap.features.swapping.domain.ranking import VisitNeed
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from tests.factories.energy import a_charging_station
from tests.factories.network import TAIPEI, a_big_model, a_rider, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.steps import confirm, stand_at
from tests.features.swapping.test_commands import listening
from tests.support.geo import destination

ADMIN = a_principal("admin-1", Role.ADMIN)
AT_FULL_POWER = STANDARD_PACK.minutes_to_gain(10.0) * 0.97
"""From 70 % to the promise, for the state of health of the packs of these tests."""
MOST_COMMANDS = 6
"""Stations, traffic, packs that charge, walk-ins, plans and queues: one each, for however many stations."""


async def plan(runtime: Runtime) -> None:
    energy = EnergyServices.of(runtime)
    await energy.stations.register_all()
    await energy.charging.plan_due()


async def charge_to(runtime: Runtime, station: Station, soc_percent: float) -> None:
    """Report that all packs of a station have so much charge."""
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    readings = [PackReading(pack.id, soc_percent) for pack in packs if pack.soc_percent < 80]
    await SwappingServices.of(runtime).reports.report_packs(station.id, readings)


async def recommended_wait(runtime: Runtime, packs: int = 1) -> float:
    need = VisitNeed(STANDARD_PACK, packs)
    [(_, choice)] = await SwappingServices.of(runtime).recommendations.recommend(TAIPEI, 3_000.0, 5, need)
    return choice.estimate.wait_p50_minutes


async def test_a_shed_feeder_lengthens_the_wait(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=1)
    await charge_to(runtime, station, 70.0)
    await plan(runtime)
    assert await recommended_wait(runtime) <= 15
    until = runtime.clock.now() + timedelta(minutes=40)
    await EnergyServices.of(runtime).charging.shed(station.id, 0.0, until, "Voltage sag", ADMIN)
    shed = await recommended_wait(runtime)
    assert 40 + AT_FULL_POWER <= shed <= 60
    outlook = (await SwappingServices.of(runtime).recommendations.look_ahead([station.id]))[station.id]
    assert outlook.wait_p50_minutes == shed, "one wait for riders and for who runs the network"


async def test_a_plan_for_cheap_hours_lengthens_the_wait(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charged=2, charging=1)
    await charge_to(runtime, station, 70.0)
    assert await recommended_wait(runtime, packs=3) == pytest.approx(AT_FULL_POWER, abs=0.1), "no plan yet"
    await plan(runtime)
    assert await recommended_wait(runtime, packs=3) > 60
    assert await recommended_wait(runtime, packs=2) == 0.0


async def test_a_hold_of_the_last_free_pack_has_the_next_one_charged_at_once(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_charging_station(runtime, charged=1, charging=1)
    await charge_to(runtime, station, 70.0)
    await plan(runtime)
    assert await recommended_wait(runtime, packs=2) > 60, (
        "one is ready, so the other one waits for a cheap hour"
    )
    rider, _ = await a_rider()
    await stand_at(runtime, rider.id, TAIPEI)
    await confirm(runtime, rider.id, station)
    changed = await StationsServices.of(runtime).stations.get(station.id)
    await runtime.mongo.in_transaction(
        lambda session: EnergyServices.of(runtime).charging.replan(station.id, changed.status.stock, session)
    )
    clock.advance(timedelta(seconds=3))
    assert await EnergyServices.of(runtime).charging.plan_due() == 1
    assert await recommended_wait(runtime) <= 15, (
        "the next rider is promised a short wait, whatever energy costs"
    )


async def test_a_plan_that_did_not_know_of_a_promise_is_made_again(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charged=2, charging=1)
    await charge_to(runtime, station, 70.0)
    await plan(runtime)
    assert await EnergyServices.of(runtime).charging.plan_due() == 0
    await recommended_wait(runtime, packs=2)
    assert await EnergyServices.of(runtime).charging.plan_due() == 0, "no promise is broken"
    await Packs.collection().update_one({"soc_percent": 70.0}, {"$set": {"held_by": new_id()}})
    await recommended_wait(runtime, packs=2)
    assert await EnergyServices.of(runtime).charging.plan_due() == 1
    energy = await EnergyStations.find(station.id)
    assert energy is not None
    [ready] = energy.ready_times
    assert ready.is_promised
    assert ready.ready_at is not None
    assert ready.ready_at <= runtime.clock.now() + timedelta(minutes=20)


async def test_riders_on_the_road_are_ahead_of_those_only_who_come_later(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_station(runtime, charged=9)
    for metres in (2_500.0, 2_500.0, 0.0):
        rider, _ = await a_rider()
        await stand_at(runtime, rider.id, destination(TAIPEI, 90.0, metres))
        await confirm(runtime, rider.id, station)
    recommendations = SwappingServices.of(runtime).recommendations
    [(_, at_once)] = await recommendations.recommend(TAIPEI, 3_000.0, 5)
    assert at_once.estimate.wait_p50_minutes == pytest.approx(2.0), "the one who is there"
    [(_, after)] = await recommendations.recommend(destination(TAIPEI, 90.0, 2_600.0), 3_000.0, 5)
    assert 3.0 < after.estimate.wait_p50_minutes < 4.0, "both who come shortly before"
    clock.advance(timedelta(minutes=1))
    outlook = (await recommendations.look_ahead([station.id]))[station.id]
    assert outlook.wait_p50_minutes == pytest.approx(2.0)


async def test_the_outlook_is_that_of_the_models_that_the_slots_take(runtime: Runtime) -> None:
    big = await a_big_model()
    only_big = await a_station(runtime, charged=2, slot_models=(big,) * 3, slot_count=3)
    mixed = await a_station(
        runtime, charged=1, charging=1, slot_models=(STANDARD_PACK.id, big, big), slot_count=3
    )
    found = await SwappingServices.of(runtime).recommendations.look_ahead([only_big.id, mixed.id])
    assert found[only_big.id].wait_p50_minutes == 0.0
    [model] = (await PacksServices.of(runtime).models.list_by_ids([big])).values()
    waits = found[mixed.id].wait_p50_minutes
    assert waits == pytest.approx(model.minutes_to_gain(40.0) * 0.97), "the rider who waits longest"


async def test_a_recommendation_costs_the_same_few_commands_for_all_stations(
    runtime: Runtime, clock: ManualClock
) -> None:
    for metres in (0.0, 500.0, 1_000.0):
        await a_station(runtime, charged=1, charging=2, point=destination(TAIPEI, 90.0, metres))
    await plan(runtime)
    with listening() as commands:
        async with open_runtime(runtime.settings, clock, build_indexes=False) as counted:
            commands.sent.clear()
            ranked = await SwappingServices.of(counted).recommendations.recommend(TAIPEI, 3_000.0, 5)
            sent = list(commands.sent)
    assert len(ranked) == 3
    assert len(sent) <= MOST_COMMANDS, sent
    assert len(set(sent)) == len(sent), sent


async def test_who_confirms_on_site_waits_from_then_on(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_station(runtime, charged=9)
    for metres in (2_000.0, 0.0):
        rider, _ = await a_rider()
        await stand_at(runtime, rider.id, destination(TAIPEI, 90.0, metres))
        entry = await confirm(runtime, rider.id, station)
    assert entry.walk_in
    active = await SwappingServices.of(runtime).statistics.count_active()
    assert (active.on_the_way, active.waiting, active.swapping) == (1, 1, 0)
    assert active.first_arrivals == {station.id: clock.now()}


async def test_a_hold_of_a_pack_that_lost_charge_stays_only_where_the_feeder_charges_it_in_time(
    runtime: Runtime,
) -> None:
    near = await a_charging_station(runtime, charged=1, charging=0)
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, near)
    await plan(runtime)
    reports = SwappingServices.of(runtime).reports
    [serial_number] = entry.serial_numbers
    await reports.report_packs(near.id, [PackReading(serial_number, 75.0)])
    assert (await QueueEntries.get(entry.id)).state is EntryState.CONFIRMED, "charged again within the hold"
    until = runtime.clock.now() + timedelta(hours=1)
    await EnergyServices.of(runtime).charging.shed(near.id, 0.0, until, "Voltage sag", ADMIN)
    await reports.report_packs(near.id, [PackReading(serial_number, 74.0)])
    assert (await QueueEntries.get(entry.id)).state is EntryState.COMPENSATED, "the feeder gives nothing"
