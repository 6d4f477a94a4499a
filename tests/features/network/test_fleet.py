"""Packs taken out of use by a selection: which, what happens to holds, what is recorded, and races with riders."""

import asyncio
from functools import partial

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent
from navswap.features.credits.service import CreditsServices
from navswap.features.energy.service import EnergyServices
from navswap.features.energy.storage import ChargingPlans
from navswap.features.logistics.errors import VehicleTooSmallError
from navswap.features.logistics.service import LogisticsServices
from navswap.features.network.service import FleetAction, NetworkServices, PackSelection
from navswap.features.network.storage import FleetOrders
from navswap.features.packs.errors import PackElsewhereError, PackNotReadyError
from navswap.features.packs.service import (
    Condition,
    Pack,
    PackReading,
    PacksServices,
    PlaceKind,
)
from navswap.features.packs.storage import Packs
from navswap.features.procurement.service import ProcurementServices
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, MoveCause, QueueEntry
from navswap.features.swapping.errors import NoChargedPackError
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.fleet import BOSS, a_request, ordered
from tests.factories.logistics import a_transporter, packs_at
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.procurement import a_depot, depot_packs
from tests.factories.swapping import entry_now
from tests.factories.users import a_user
from tests.features.swapping.steps import confirm, verify
from tests.support.api import Api, running
from tests.support.consistency import full_report
from tests.support.geo import destination


async def pack(serial_number: str) -> Pack:
    found = await Packs.find(serial_number)
    assert found is not None
    return found


async def worn(serial_number: str, *, soh_percent: float = 97.0, cycles: int = 120) -> None:
    await Packs.collection().update_one(
        {"_id": serial_number}, {"$set": {"soh_percent": soh_percent, "cycles": cycles}}
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PackSelection(soh_below_percent=70), {0, 1}),
        (PackSelection(cycles_above=900), {1, 2}),
        (PackSelection(soh_below_percent=70, cycles_above=900), {1}),
        (PackSelection(condition=Condition.FAULTY), {3}),
        (PackSelection(condition=Condition.FAULTY, cycles_above=900), set()),
        (PackSelection(condition=Condition.RETIRED), set()),
    ],
)
async def test_a_filter_means_the_packs_for_which_all_of_it_holds(
    runtime: Runtime, wanted: PackSelection, found: set[int]
) -> None:
    station = await a_station(runtime, charged=3, faulty=1)
    packs = await packs_at(runtime, station)
    await worn(packs[0], soh_percent=60)
    await worn(packs[1], soh_percent=65, cycles=1_000)
    await worn(packs[2], cycles=1_000)
    fleet, request = NetworkServices.of(runtime).fleet, a_request(FleetAction.RECALL, wanted)
    assert await fleet.count(request) == len(found)
    assert await Packs.collection().count_documents({"condition": "RECALLED"}) == 0
    order = await fleet.carry_out(request, new_id(), BOSS)
    assert set(order.changed) == {packs[place] for place in found}
    assert order.matched_packs == len(found)


async def test_a_filter_by_station_means_what_is_in_its_slots(runtime: Runtime) -> None:
    here, _ = await a_station(runtime, charged=2), await a_station(runtime, charged=2)
    order = await NetworkServices.of(runtime).fleet.carry_out(
        a_request(FleetAction.RETIRE, PackSelection(station_id=here.id)), new_id(), BOSS
    )
    assert sorted(order.changed) == sorted(await packs_at(runtime, here))


async def test_packs_of_an_unknown_station_are_refused(runtime: Runtime) -> None:
    fleet = NetworkServices.of(runtime).fleet
    request = a_request(FleetAction.RETIRE, PackSelection(station_id="nowhere"))
    with pytest.raises(StationNotFoundError):
        await fleet.count(request)
    with pytest.raises(StationNotFoundError):
        await fleet.carry_out(request, new_id(), BOSS)
    assert await FleetOrders.list_where({}) == []


async def test_the_least_healthy_come_first_where_more_match_than_may_change(runtime: Runtime) -> None:
    packs = await packs_at(runtime, await a_station(runtime, charged=5))
    for place, serial_number in enumerate(packs):
        await worn(serial_number, soh_percent=60 + place)
    request = a_request(FleetAction.RETIRE, PackSelection(soh_below_percent=90), limit=2)
    order = await NetworkServices.of(runtime).fleet.carry_out(request, new_id(), BOSS)
    assert (order.matched_packs, sorted(order.changed)) == (5, sorted(packs[:2]))


async def test_the_same_key_changes_the_same_packs_once_and_no_others(runtime: Runtime) -> None:
    packs = await packs_at(runtime, await a_station(runtime, charged=6))
    fleet = NetworkServices.of(runtime).fleet
    request = a_request(FleetAction.RETIRE, PackSelection(soh_below_percent=99), limit=2)
    orders = await asyncio.gather(*(fleet.carry_out(request, "once", BOSS) for _ in range(5)))
    again = await fleet.carry_out(request, "once", BOSS)
    assert {order.id for order in orders} == {again.id}
    assert await Packs.collection().count_documents({"condition": "RETIRED"}) == len(again.changed) == 2
    assert await AuditLogEntry.find({"action": "retirePacks"}).count() == 2
    assert await OutboxEvent.find({"envelope.type": "packs.pack.retired"}).count() == 2
    other = a_request(FleetAction.RETIRE, PackSelection(serial_numbers=tuple(packs)), limit=2)
    with pytest.raises(IdempotencyConflictError):
        await fleet.carry_out(other, "once", BOSS)


async def test_a_retry_goes_on_where_an_order_was_cut_off(runtime: Runtime) -> None:
    stations = [await a_station(runtime, charged=12) for _ in range(3)]
    fleet = NetworkServices.of(runtime).fleet
    request = a_request(FleetAction.RECALL, PackSelection(soh_below_percent=99))
    order = await fleet._give(request, "key", BOSS)
    await runtime.mongo.in_transaction(partial(fleet._steps.change, order.id, order.chosen[:7], BOSS))
    done = await fleet.carry_out(request, "key", BOSS)
    assert (done.id, done.remaining) == (order.id, [])
    assert len(done.changed) == len(set(done.changed)) == 36
    assert await AuditLogEntry.find({"action": "recallPacks"}).count() == 36
    for station in stations:
        found = await Stations.find(station.id)
        assert found is not None
        assert (found.status.stock.charged_packs, found.status.stock.faulty_packs) == (0, 12)


async def test_who_ordered_it_and_why_is_recorded_for_each_pack(runtime: Runtime) -> None:
    [serial_number] = await packs_at(runtime, await a_station(runtime, charged=0, faulty=1))
    order = await ordered(runtime, FleetAction.RECALL, serial_number)
    [entry] = await AuditLogEntry.find_all().to_list()
    assert (entry.actor_id, entry.actor_role, entry.action) == ("boss", Role.ADMIN, "recallPacks")
    assert (entry.subject_kind, entry.subject_id) == ("Pack", serial_number)
    assert entry.before == {"condition": "FAULTY"}
    assert entry.after == {"condition": "RECALLED", "reason": "swollen cells", "order_id": order.id}
    withdrawal = (await pack(serial_number)).withdrawal
    assert withdrawal is not None
    assert (withdrawal.reason, withdrawal.withdrawn_at) == ("swollen cells", runtime.clock.now())


# What a pack is afterwards


@pytest.mark.parametrize("reported", [False, True])
async def test_a_released_pack_is_what_it_was_measured_to_be_meanwhile(
    runtime: Runtime, reported: bool
) -> None:
    station = await a_station(runtime, charged=1)
    [serial_number] = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, serial_number)
    reading = PackReading(serial_number, 90.0, faulty=reported)
    await SwappingServices.of(runtime).reports.report_packs(station.id, [reading])
    assert (await pack(serial_number)).condition is Condition.RECALLED
    await ordered(runtime, FleetAction.RELEASE, serial_number)
    released = await pack(serial_number)
    assert released.condition is (Condition.FAULTY if reported else Condition.FIT)
    assert released.withdrawal is None


async def test_nothing_leads_out_of_retirement(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    [serial_number] = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, serial_number)
    await ordered(runtime, FleetAction.RETIRE, serial_number)
    for action in (FleetAction.RELEASE, FleetAction.RECALL, FleetAction.RETIRE):
        assert (await ordered(runtime, action, serial_number)).changed == ()
    packs = PacksServices.of(runtime).packs

    async def fail(session: Session) -> Pack:
        return await packs.set_faulty(serial_number, session, faulty=True)

    assert (await runtime.mongo.in_transaction(fail)).condition is Condition.RETIRED


async def test_a_withdrawn_pack_is_no_stock_is_not_charged_and_not_moved_by_plans(runtime: Runtime) -> None:
    station, lacking = await a_station(runtime, charged=2, charging=1), await a_station(runtime, charged=0)
    packs = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, packs[0], packs[2])
    await ordered(runtime, FleetAction.RETIRE, packs[1])
    found = await Stations.find(station.id)
    assert found is not None
    stock = found.status.stock
    assert (stock.charged_packs, stock.charging_packs, stock.faulty_packs) == (0, 0, 3)
    charging = EnergyServices.of(runtime).charging
    await EnergyServices.of(runtime).stations.register_all()
    await charging.plan_due()
    plan = await ChargingPlans.find_where({"station_id": station.id})
    assert plan is not None
    assert plan.schedule.packs == ()
    decided = await LogisticsServices.of(runtime).rebalancing.plan()
    assert decided.loads == ()
    rider, _ = await a_rider()
    for place in (station, lacking):
        with pytest.raises(NoChargedPackError):
            await confirm(runtime, rider.id, place)


# Holds


async def test_the_hold_of_a_withdrawn_pack_moves_to_another_pack(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    rider, returned = await a_rider()
    assert returned is not None
    entry = await confirm(runtime, rider.id, station)
    order = await ordered(runtime, FleetAction.RECALL, entry.serial_numbers[0])
    assert order.held == (entry.serial_numbers[0],)
    moved = await entry_now(entry)
    assert moved.serial_numbers[0] != entry.serial_numbers[0]
    assert [move.cause for move in moved.moves] == [MoveCause.PACK_WITHDRAWN]
    await verify(runtime, moved, station)
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(returned.id, 8))
    assert swap.packs_out[0].serial_number == moved.serial_numbers[0]


async def test_the_hold_moves_to_another_station_or_ends_with_a_compensation(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=1)
    near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
    riders = [(await a_rider())[0] for _ in range(2)]
    entry = await confirm(runtime, riders[0].id, station)
    await ordered(runtime, FleetAction.RETIRE, entry.serial_numbers[0])
    moved = await entry_now(entry)
    assert (moved.station_id, moved.state) == (near.id, EntryState.CONFIRMED)
    await ordered(runtime, FleetAction.RETIRE, moved.serial_numbers[0])
    ended = await entry_now(entry)
    assert (ended.state, ended.compensation_credits) == (
        EntryState.COMPENSATED,
        runtime.settings.compensation_credits,
    )
    balance = await CreditsServices.of(runtime).credits.balance(riders[0].id)
    assert balance.balance == runtime.settings.compensation_credits


async def test_a_pack_withdrawn_between_scan_and_swap_is_not_handed_out(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=2)
    rider, returned = await a_rider()
    assert returned is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await ordered(runtime, FleetAction.RETIRE, entry.serial_numbers[0])
    swap = await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(returned.id, 8))
    assert swap.packs_out[0].serial_number != entry.serial_numbers[0]
    assert (await entry_now(entry)).state is EntryState.FULFILLED


async def test_a_recalled_pack_stays_with_its_rider_and_is_not_handed_out_once_it_comes_back(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime, charged=1)
    rider, returned = await a_rider()
    assert returned is not None
    await Packs.collection().update_one({"_id": returned.id}, {"$set": {"soc_percent": 95.0}})
    await ordered(runtime, FleetAction.RECALL, returned.id)
    assert (await pack(returned.id)).place.holder_id == rider.id
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    await SwappingServices.of(runtime).swaps.complete(entry.id, "staff", ReturnedPack(returned.id, 95))
    back = await pack(returned.id)
    assert (back.place.holder_id, back.condition) == (station.id, Condition.RECALLED)
    other, _ = await a_rider()
    with pytest.raises(NoChargedPackError):
        await confirm(runtime, other.id, station)
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


# Races


async def test_packs_retired_while_riders_hold_them_are_never_handed_out(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=12)
    await a_station(runtime, charged=12, point=destination(TAIPEI, 90, 900))
    packs = await packs_at(runtime, station)
    riders = [await a_rider() for _ in range(8)]
    retired = packs[:10]
    outcomes = await asyncio.gather(
        *(confirm(runtime, rider.id, station) for rider, _ in riders),
        *(ordered(runtime, FleetAction.RETIRE, *retired[place::3]) for place in range(3)),
        return_exceptions=True,
    )
    entries = [outcome for outcome in outcomes if isinstance(outcome, QueueEntry)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert all(isinstance(error, NoChargedPackError) for error in refused), refused
    assert entries
    for entry in entries:
        held = await entry_now(entry)
        if held.state is EntryState.CONFIRMED:
            assert (await pack(held.serial_numbers[0])).condition is Condition.FIT
    assert await Packs.collection().count_documents({"condition": "RETIRED", "held_by": {"$ne": None}}) == 0
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


@pytest.mark.parametrize("action", [FleetAction.RETIRE, FleetAction.RECALL])
async def test_a_pack_withdrawn_while_it_is_handed_out_goes_or_stays_but_not_both(
    runtime: Runtime, action: FleetAction
) -> None:
    for _ in range(5):
        station = await a_station(runtime, charged=2)
        rider, returned = await a_rider()
        assert returned is not None
        entry = await confirm(runtime, rider.id, station)
        await verify(runtime, entry, station)
        swaps = SwappingServices.of(runtime).swaps
        swap, order = await asyncio.gather(
            swaps.complete(entry.id, "staff", ReturnedPack(returned.id, 8)),
            ordered(runtime, action, entry.serial_numbers[0]),
        )
        assert order.changed == (entry.serial_numbers[0],)
        withdrawn = await pack(entry.serial_numbers[0])
        went = swap.packs_out[0].serial_number == entry.serial_numbers[0]
        assert (withdrawn.place.kind is PlaceKind.RIDER) == went
        [recorded] = await OutboxEvent.find(
            {"envelope.payload.order_id": order.id, "envelope.topic": "packs"}
        ).to_list()
        assert recorded.envelope["payload"]["place"]["kind"] == ("RIDER" if went else "SLOT")


async def test_a_pack_recalled_while_a_transporter_loads_it_is_loaded_before_or_not_at_all(
    runtime: Runtime,
) -> None:
    station = await a_station(runtime, charged=1)
    [serial_number] = await packs_at(runtime, station)
    packs = PacksServices.of(runtime).packs

    async def load() -> tuple[Pack, ...]:
        return await runtime.mongo.in_transaction(
            lambda session: packs.load((serial_number,), station.id, "driver", 80, session)
        )

    loaded, order = await asyncio.gather(
        load(), ordered(runtime, FleetAction.RECALL, serial_number), return_exceptions=True
    )
    assert not isinstance(order, BaseException)
    kind = (await pack(serial_number)).place.kind
    assert kind is (PlaceKind.SLOT if isinstance(loaded, PackNotReadyError) else PlaceKind.TRANSPORTER)


# The way to a depot


async def test_withdrawn_packs_are_collected_and_handed_in(runtime: Runtime) -> None:
    station, depot = await a_station(runtime, charged=3), await a_depot()
    packs = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, packs[0])
    await ordered(runtime, FleetAction.RETIRE, packs[1])
    driver = await a_transporter(runtime, capacity=2)
    custody, procurement = LogisticsServices.of(runtime).custody, ProcurementServices.of(runtime).depots
    with pytest.raises(PackNotReadyError):
        await custody.collect(station.id, driver.id, packs)
    for _ in range(2):
        await custody.collect(station.id, driver.id, packs[:2])
    loaded = await PacksServices.of(runtime).reader.list_with_transporters([driver.id])
    assert {pack.id for pack in loaded[driver.id]} == set(packs[:2])
    found = await Stations.find(station.id)
    assert found is not None
    assert (found.status.stock.charged_packs, found.status.stock.faulty_packs) == (1, 0)
    for _ in range(2):
        await procurement.hand_in(depot.id, driver.id, packs[:2])
    assert {(await pack(serial_number)).place.holder_id for serial_number in packs[:2]} == {depot.id}
    assert await procurement.count_stock([depot.id]) == {depot.id: 0}
    await ordered(runtime, FleetAction.RELEASE, packs[0])
    assert await procurement.count_stock([depot.id]) == {depot.id: 1}
    with pytest.raises(PackElsewhereError):
        await procurement.hand_in(depot.id, driver.id, packs[2:])
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


async def test_no_more_is_collected_than_the_vehicle_carries(runtime: Runtime) -> None:
    station = await a_station(runtime, charged=3)
    packs = await packs_at(runtime, station)
    await ordered(runtime, FleetAction.RECALL, *packs)
    driver = await a_transporter(runtime, capacity=2)
    with pytest.raises(VehicleTooSmallError):
        await LogisticsServices.of(runtime).custody.collect(station.id, driver.id, packs)
    assert {(await pack(serial_number)).place.kind for serial_number in packs} == {PlaceKind.SLOT}


async def test_recalled_packs_are_replaced_like_faulty_ones(runtime: Runtime) -> None:
    depot, station = await a_depot(), await a_station(runtime, charged=2)
    await ordered(runtime, FleetAction.RECALL, *await packs_at(runtime, station))
    await depot_packs(depot, 1)
    procurement = ProcurementServices.of(runtime)
    assert await procurement.proposals.propose_due() == 1
    [order], waiting = await procurement.orders.list_waiting(10)
    assert (order.packs, order.inputs.to_replace, waiting) == (1, 2, 1)


@pytest.mark.parametrize("field", ["retirePacks", "recallPacks", "releasePacks", "cancelTransportJob"])
async def test_only_administrators_may_give_orders(runtime: Runtime, field: str) -> None:
    values: dict[str, object] = {"packs": {"cyclesAbove": 1}, "reason": "r", "idempotencyKey": "k"}
    if field == "cancelTransportJob":
        values = {"jobId": node("TransportJob", "x"), "reason": "r"}
    document = f"mutation M($input: {field[0].upper()}{field[1:]}Input!) {{ {field}(input: $input) {{ __typename }} }}"
    async with running(runtime) as address:
        for role in set(Role) - {Role.ADMIN}:
            user = await a_user(role)
            token = runtime.access_tokens.issue(user.id, user.role, new_id())[0]
            async with Api(address, token) as api:
                assert await api.refused(document, input=values) == "NOT_ALLOWED"
