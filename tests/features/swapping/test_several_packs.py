"""Visits of vehicles that take several packs of a model of their own."""

import asyncio
from dataclasses import replace

import pytest

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.features.packs.errors import PackModelNotFoundError, WrongPackModelError
from navswap.features.packs.service import Pack, PackReading
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, QueueEntry
from navswap.features.swapping.errors import (
    AlreadyQueuedError,
    NoChargedPackError,
    ReturnPackMissingError,
    SwapUnderWayError,
)
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.features.users.errors import RiderNotFoundError
from navswap.features.users.service import Vehicle, VehicleDescription
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK, PackModel
from navswap.kit.errors import InvalidInputError
from navswap.runtime import Runtime
from tests.domain.swapping.examples import an_entry
from tests.factories.network import TAIPEI, a_rider, a_rider_of, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.geo import destination

BIG = PackModel("XL-72", capacity_kwh=3.2, voltage_class=72, max_charge_kw=1.8, connector="blade-72")
MIXED = (BIG.id,) * 6 + (STANDARD_PACK.id,) * 6
"""Slots of a station: the first six take big packs."""
FAR = destination(TAIPEI, 90, 900)


async def held_by(entry: QueueEntry) -> list[Pack]:
    return await Packs.list_where({"held_by": entry.id})


async def shown(station: Station, model: PackModel) -> tuple[int, int, int]:
    """Return charged and held packs of a model, and the length of the queue, as they are stored."""
    status = (await Stations.find_by_ids([station.id]))[station.id].status
    stock = status.stock_of_model(model.id)
    return stock.charged_packs, stock.held_packs, status.queue_length


async def test_a_hold_is_for_as_many_packs_as_the_vehicle_takes_of_its_model(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=8, slot_models=MIXED)
    rider, _ = await a_rider_of(BIG, 2)
    entry = await confirm(runtime, rider.id, station)
    held = await held_by(entry)
    assert {pack.model_id for pack in held} == {entry.pack_model_id} == {BIG.id}
    assert {pack.id for pack in held} == set(entry.serial_numbers)
    assert (await shown(station, BIG), await shown(station, STANDARD_PACK)) == ((6, 2, 1), (2, 0, 1))
    plain, _ = await a_rider()
    assert (await confirm(runtime, plain.id, station)).pack_model_id == STANDARD_PACK.id


async def test_too_few_packs_give_no_hold_and_the_refusal_says_how_many_are_ready(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2, slot_models=MIXED)
    rider, _ = await a_rider_of(BIG, 3)
    with pytest.raises(NoChargedPackError, match="Only 2 of the 3 packs") as refusal:
        await confirm(runtime, rider.id, station)
    assert (refusal.value.ready, refusal.value.wanted) == (2, 3)
    assert await shown(station, BIG) == (2, 0, 0)


async def test_all_packs_of_the_vehicle_change_hands_in_slots_that_take_them(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=4, slot_models=MIXED)
    rider, [first, second] = await a_rider_of(BIG, 2)
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    swaps = SwappingServices.of(runtime).swaps
    with pytest.raises(ReturnPackMissingError):
        await swaps.complete(entry.id, "staff", ReturnedPack(None, 10.0))
    with pytest.raises(InvalidInputError, match=f"{first.id} or {second.id}"):
        await swaps.complete(entry.id, "staff", ReturnedPack(None, 10.0), ReturnedPack(None, 20.0))
    with pytest.raises(WrongPackModelError):
        await swaps.complete(
            entry.id, "staff", ReturnedPack(first.id, 10.0), ReturnedPack(second.id, 20.0, 7)
        )
    assert {pack.id for pack in await held_by(entry)} == set(entry.serial_numbers)
    swap = await swaps.complete(entry.id, "staff", ReturnedPack(second.id, 20.0), ReturnedPack(None, 10.0))
    assert {(pack.serial_number, pack.soc_percent) for pack in swap.packs_in} == {
        (first.id, 10.0),
        (second.id, 20.0),
    }
    assert {pack.serial_number for pack in swap.packs_out} == set(entry.serial_numbers)
    assert {pack.evse_id for pack in swap.packs_in} == {pack.evse_id for pack in swap.packs_out}
    given = await Packs.find_by_ids(entry.serial_numbers)
    assert {pack.place.holder_id for pack in given.values()} == {rider.id}
    assert await shown(station, BIG) == (2, 0, 0)


async def test_one_spoiled_pack_is_replaced_or_no_pack_changes_hands(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3, slot_models=MIXED)
    rider, packs = await a_rider_of(BIG, 2)
    entry = await verify(runtime, await confirm(runtime, rider.id, station), station)
    services, returned = SwappingServices.of(runtime), [ReturnedPack(pack.id, 9.0) for pack in packs]
    spoiled, kept = entry.serial_numbers
    [spare] = {pack.id for pack in await Packs.list_at_station(station.id)} - {spoiled, kept}
    await services.reports.report_packs(
        station.id, [PackReading(serial, entry.promised_soc_percent - 1) for serial in (spoiled, spare)]
    )
    with pytest.raises(NoChargedPackError, match="Only 1 of the 2"):
        await services.swaps.complete(entry.id, "staff", *returned)
    await services.reports.report_packs(station.id, [PackReading(spare, 95.0)])
    swap = await services.swaps.complete(entry.id, "staff", *returned)
    assert {pack.serial_number for pack in swap.packs_out} == {kept, spare}
    assert await shown(station, BIG) == (0, 0, 0)


async def test_all_packs_of_a_hold_move_or_its_rider_is_compensated(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=6, slot_models=MIXED)
    near = await a_station(runtime, charged=3, slot_models=MIXED, point=FAR)
    entries = [await confirm(runtime, (await a_rider_of(BIG, 2))[0].id, station) for _ in range(3)]
    services = SwappingServices.of(runtime)
    await services.reports.report_packs(
        station.id, [PackReading(entries[0].serial_numbers[0], 20.0, faulty=True)]
    )
    moved = await QueueEntries.get(entries[0].id)
    assert (moved.id, moved.station_id, len(moved.packs)) == (entries[0].id, near.id, 2)
    [step] = moved.moves
    assert (step.from_packs, step.to_packs) == (entries[0].serial_numbers, moved.serial_numbers)
    await services.reports.report_packs(
        station.id, [PackReading(serial, 20.0, faulty=True) for serial in entries[1].serial_numbers]
    )
    ended = await QueueEntries.get(entries[1].id)
    assert (ended.id, ended.state) == (entries[1].id, EntryState.COMPENSATED), (
        "one pack is left, two are needed"
    )
    assert await held_by(ended) == []
    assert await shown(near, BIG) == (3, 2, 1)


async def test_stations_are_ranked_by_what_the_vehicle_needs(runtime: Runtime) -> None:
    await a_station(runtime, charged=6)
    await a_station(runtime, charged=1, slot_models=MIXED, point=destination(TAIPEI, 90, 300))
    ready = await a_station(runtime, charged=2, slot_models=MIXED, point=FAR)
    rider, _ = await a_rider_of(BIG, 2)
    services = SwappingServices.of(runtime)
    need = await services.riders.need_of(await services.riders.vehicle_of(rider.id))
    ranked = await services.recommendations.recommend(TAIPEI, 3_000.0, 5, need)
    assert [(station.id, choice.facts.charged_packs) for station, choice in ranked] == [(ready.id, 2)]


async def save(runtime: Runtime, rider_id: str, described: VehicleDescription, by: Principal) -> Vehicle:
    return await SwappingServices.of(runtime).riders.save_vehicle(rider_id, described, by)


async def test_a_vehicle_changes_between_two_visits_only(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    rider, _ = await a_rider_of(BIG, 2)
    by = a_principal(rider.id, Role.CONSUMER)
    saved = await save(runtime, rider.id, VehicleDescription("Scooter"), by)
    assert await SwappingServices.of(runtime).riders.vehicle_of(rider.id) == saved
    entry = await confirm(runtime, rider.id, station)
    with pytest.raises(AlreadyQueuedError):
        await save(runtime, rider.id, VehicleDescription("Rickshaw", BIG.id, 3), by)
    await verify(runtime, entry, station)
    with pytest.raises(SwapUnderWayError):
        await save(runtime, rider.id, VehicleDescription("Rickshaw", BIG.id, 3), by)
    assert (await QueueEntries.get(entry.id)).state is EntryState.VERIFIED


async def test_a_hold_that_began_before_the_vehicle_changed_is_decided_again(runtime: Runtime) -> None:
    rider, _ = await a_rider(with_pack=False)
    riders, seen = SwappingServices.of(runtime).riders, list[int]()

    async def hold(session: Session) -> None:
        seen.append((await riders.vehicle_of(rider.id, session)).pack_count)
        if len(seen) == 1:
            by = a_principal(rider.id, Role.CONSUMER)
            await save(runtime, rider.id, VehicleDescription("Rickshaw", STANDARD_PACK.id, 2), by)
        await QueueEntries.insert(replace(an_entry(), rider_id=rider.id), session)

    await runtime.mongo.in_transaction(hold)
    assert seen == [1, 2]


async def test_a_vehicle_and_a_hold_that_race_agree_on_how_many_packs_it_takes(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=12)
    for _ in range(8):
        rider, _ = await a_rider(with_pack=False)
        by = a_principal(rider.id, Role.CONSUMER)
        two = VehicleDescription("Rickshaw", STANDARD_PACK.id, 2)
        entry, saved = await asyncio.gather(
            confirm(runtime, rider.id, station), save(runtime, rider.id, two, by), return_exceptions=True
        )
        assert isinstance(entry, QueueEntry), entry
        assert isinstance(saved, AlreadyQueuedError if len(entry.packs) == 1 else Vehicle), saved
        await SwappingServices.of(runtime).holds.cancel(entry.id, rider.id)
    assert await QueueEntries.collection().count_documents({"_id": {"$regex": "^claim"}}) == 0


async def test_a_vehicle_is_of_a_rider_and_takes_a_known_model(runtime: Runtime) -> None:
    admin = a_principal("admin", Role.ADMIN)
    rider, _ = await a_rider()
    with pytest.raises(PackModelNotFoundError):
        await save(runtime, rider.id, VehicleDescription("Scooter", "NS-0"), admin)
    for user_id in ("unknown", (await a_user(Role.STAFF)).id):
        with pytest.raises(RiderNotFoundError):
            await save(runtime, user_id, VehicleDescription("Scooter"), admin)
