"""Plans and sheds on real stores."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.consumer import FactConsumer
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.events.payloads import read_fact
from navswap.features.energy.events import CommandIssued
from navswap.features.energy.reactions import reactions
from navswap.features.energy.service import (
    ChargingPlan,
    ChargingService,
    EnergyParameters,
    EnergyServices,
    EnergyStation,
    PlanCause,
    SameHourLastWeek,
)
from navswap.features.energy.storage import ChargingPlans, EnergyStations, HourlySwaps
from navswap.features.faults.service import FaultCode, FaultSource, FaultsServices, Finding
from navswap.features.packs.errors import PackModelNotFoundError
from navswap.features.packs.service import Pack, PackReading, PacksServices
from navswap.features.packs.storage import Packs
from navswap.features.stations.errors import StationNotFoundError
from navswap.features.stations.service import Station, StationsServices
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState
from navswap.features.swapping.events import SwapCompleted
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.energy import a_charging_station
from tests.factories.faults import advance
from tests.factories.network import a_big_model, a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.swapping import a_swap
from tests.features.swapping.steps import confirm
from tests.support.seeded import seed_city

ADMIN = a_principal("admin-1", Role.ADMIN)
AUXILIARY_KW = EnergyParameters().auxiliary_kw
COMMAND, CHANGED = "energy.command.issued", "energy.station.changed"


def charging(runtime: Runtime) -> ChargingService:
    return EnergyServices.of(runtime).charging


async def state(station: Station) -> EnergyStation:
    found = await EnergyStations.find(station.id)
    assert found is not None
    return found


async def the_plan(energy: EnergyStation) -> ChargingPlan:
    assert energy.plan_id is not None
    found = await ChargingPlans.find(energy.plan_id)
    assert found is not None
    return found


async def events_of(station: Station) -> list[Envelope]:
    found = OutboxEvent.find({"envelope.topic": "energy", "envelope.key": station.id}).sort("position")
    return [envelope_of(event.model_dump()) for event in await found.to_list()]


async def planned(runtime: Runtime, station: Station) -> EnergyStation:
    await EnergyServices.of(runtime).stations.register_all()
    await charging(runtime).plan_due()
    return await state(station)


async def promise(runtime: Runtime, station: Station, *, soc_percent: float) -> Pack:
    """Hold the pack in slot 1 for a rider, as if it had lost charge since."""
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    await Packs.collection().update_one(
        {"_id": packs[0].id}, {"$set": {"held_by": new_id(), "soc_percent": soc_percent}}
    )
    return packs[0]


async def test_a_new_station_is_planned_and_its_chargers_are_commanded(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=4)
    assert await EnergyServices.of(runtime).stations.register_all() == 1
    assert await EnergyServices.of(runtime).stations.register_all() == 0
    assert await charging(runtime).plan_due() == 1
    assert await charging(runtime).plan_due() == 0
    energy = await state(station)
    [event] = await events_of(station)
    assert event.type == COMMAND
    changed = read_fact(CommandIssued, event.payload)
    assert changed.commands == changed.station.setpoints == energy.setpoints
    assert event.streams == {f"energy:{station.id}": 1}
    assert 0 < energy.charging_kw <= 3.0 - AUXILIARY_KW
    assert energy.due_at == runtime.clock.now() + timedelta(minutes=15)


async def test_a_plan_is_stored_with_the_forecast_that_it_was_made_from(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=3, faulty=1)
    plan = await the_plan(await planned(runtime, station))
    assert (plan.cause, plan.made_at, plan.currency) == (PlanCause.SCHEDULE, runtime.clock.now(), "INR")
    assert plan.tariff_id == station.information.tariff_id
    assert [pack.evse_id for pack in plan.schedule.packs] == [1, 2, 3]
    assert all(len(pack.power_kw) == len(plan.schedule.steps) for pack in plan.schedule.packs)
    assert (plan.forecast.source, plan.forecast.as_of) == (Source.BASELINE, runtime.clock.now())
    assert plan.forecast.swaps_by_hour == (0.0,) * 24
    drawn = sum(
        power * step.hours * step.price_per_kwh
        for pack in plan.schedule.packs
        for power, step in zip(pack.power_kw, plan.schedule.steps, strict=True)
    )
    assert plan.schedule.cost == pytest.approx(drawn)


async def test_the_next_step_brings_its_own_commands(runtime: Runtime, clock: ManualClock) -> None:
    station = await a_charging_station(runtime, charging=1, charged=3)
    assert (await planned(runtime, station)).setpoints == ()
    clock.advance(timedelta(hours=14))
    assert await charging(runtime).plan_due() == 1
    assert [setpoint.evse_id for setpoint in (await state(station)).setpoints], "the night is cheap"
    assert [event.type for event in await events_of(station)] == [CHANGED, COMMAND]


async def test_a_shed_is_obeyed_in_one_transaction_and_ends_by_itself(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0)
    usual = (await planned(runtime, station)).charging_kw
    until = clock.now() + timedelta(minutes=10)
    shed = await charging(runtime).shed(station.id, 1.0, until, "Voltage sag", ADMIN)
    assert shed.charging_kw <= 1.0 - AUXILIARY_KW < usual
    assert (shed.limit_kw, shed.due_at) == (1.0, until)
    command, feeder = (await events_of(station))[-2:]
    assert (command.type, command.payload["station"]["shed"]["reason"]) == (COMMAND, "Voltage sag")
    assert (feeder.payload["state"], feeder.payload["limit_kw"]) == ("LIMITED", 1.0)
    assert (await the_plan(shed)).cause is PlanCause.SHED
    clock.advance(timedelta(minutes=10))
    assert await charging(runtime).plan_due() == 1
    after = await state(station)
    assert (after.shed, after.limit_kw) == (None, 6.0)
    assert after.charging_kw > 1.0
    assert (await events_of(station))[-1].payload["state"] == "NORMAL"


async def test_a_shed_breaks_no_promise_that_the_limit_can_keep(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0)
    pack = await promise(runtime, station, soc_percent=70.0)
    await planned(runtime, station)
    until = runtime.clock.now() + timedelta(hours=1)
    energy = await charging(runtime).shed(station.id, 1.1, until, "Sag", ADMIN)
    plan = await the_plan(energy)
    assert plan.schedule.late_promises == ()
    powers = {setpoint.evse_id: setpoint.power_kw for setpoint in energy.setpoints}
    assert powers[pack.place.evse_id or 0] > 0.7
    assert sum(powers.values()) <= 1.1 - AUXILIARY_KW


async def test_a_promise_that_no_limit_could_keep_is_reported(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=2)
    pack = await promise(runtime, station, soc_percent=20.0)
    until = runtime.clock.now() + timedelta(hours=1)
    await charging(runtime).shed(station.id, 0.0, until, "Outage", ADMIN)
    energy = await state(station)
    assert energy.setpoints == ()
    assert (await the_plan(energy)).schedule.late_promises == (pack.id,)


async def test_a_shed_writes_the_audit_log_with_the_order_that_it_replaces(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    until = runtime.clock.now() + timedelta(hours=1)
    orders = [{"limit_kw": limit, "ends_at": until.isoformat(), "reason": "Sag"} for limit in (2.0, 1.0)]
    for limit_kw in (2.0, 1.0):
        await charging(runtime).shed(station.id, limit_kw, until, "Sag", ADMIN)
    entries = (
        await AuditLogEntry.find({"action": "shedFeeder", "subject_id": station.id}).sort("_id").to_list()
    )
    assert [(entry.before, entry.after) for entry in entries] == [({}, orders[0]), (orders[0], orders[1])]


async def test_one_order_sheds_many_stations_as_an_order_for_each_would(runtime: Runtime) -> None:
    model_id = await a_big_model()
    mixed = (model_id, STANDARD_PACK.id, model_id)
    stations = [
        await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0),
        await a_station(runtime, charged=1, charging=2, slot_count=3, slot_models=mixed),
        await a_station(runtime, charged=0, charging=3),
        await a_station(runtime, charged=2),
    ]
    pack = await promise(runtime, stations[0], soc_percent=70.0)
    for station in stations:
        await planned(runtime, station)
    until = runtime.clock.now() + timedelta(hours=1)
    each = [await charging(runtime).shed(station.id, 1.1, until, "Sag", ADMIN) for station in stations]
    alone = [await the_plan(energy) for energy in each]
    ids = [station.id for station in reversed(stations)]
    together = await charging(runtime).shed_all([ids[0], "nowhere", *ids[1:]], 1.1, until, "Sag", ADMIN)
    assert [energy.id for energy in together] == ids
    for energy, plan, before in zip(reversed(together), alone, each, strict=True):
        found = await the_plan(energy)
        assert found.schedule == plan.schedule
        assert (found.cause, found.tariff_id, found.currency) == (plan.cause, plan.tariff_id, plan.currency)
        stored = await EnergyStations.find(energy.id)
        assert stored is not None
        assert (stored.revision, stored.setpoints) == (energy.revision, energy.setpoints)
        assert (energy.setpoints, energy.limit_kw) == (before.setpoints, before.limit_kw)
        assert energy.charging_kw <= 1.1 - AUXILIARY_KW
        assert energy.revision == before.revision + 1
    assert pack.id in {ready.serial_number for ready in together[-1].ready_times}


async def test_an_order_for_many_is_published_and_recorded_of_each(runtime: Runtime) -> None:
    stations = [await a_charging_station(runtime) for _ in range(3)]
    until = runtime.clock.now() + timedelta(hours=1)
    await charging(runtime).shed_all([station.id for station in stations], 1.0, until, "Sag", ADMIN)
    for station in stations:
        assert [event.type for event in await events_of(station)] == [COMMAND, "energy.feeder.changed"]
    entries = await AuditLogEntry.find({"action": "shedFeeders"}).to_list()
    assert {entry.subject_id for entry in entries} == {station.id for station in stations}
    assert {entry.after["limit_kw"] for entry in entries} == {1.0}


async def test_an_order_for_many_moves_the_holds_that_it_breaks(runtime: Runtime) -> None:
    stations = [await a_charging_station(runtime, charged=1, charging=0) for _ in range(3)]
    rider, _ = await a_rider()
    entry = await confirm(runtime, rider.id, stations[1])
    for station in stations:
        await planned(runtime, station)
    [serial_number] = entry.serial_numbers
    await SwappingServices.of(runtime).reports.report_packs(
        stations[1].id, [PackReading(serial_number, 75.0)]
    )
    assert (await QueueEntries.get(entry.id)).state is EntryState.CONFIRMED, "charged again within the hold"
    until = runtime.clock.now() + timedelta(hours=1)
    await charging(runtime).shed_all([station.id for station in stations], 0.0, until, "Sag", ADMIN)
    moved = await QueueEntries.get(entry.id)
    assert moved.station_id != stations[1].id, "another station has a pack that is charged"


async def test_stations_that_cannot_be_planned_leave_the_rest_of_an_order_shed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("navswap.features.energy.service.charging.SHEDS_AT_A_TIME", 1)
    broken, other = await a_charging_station(runtime), await a_charging_station(runtime)
    await Packs.collection().update_many({"place.holder_id": broken.id}, {"$set": {"model_id": "unknown"}})
    until = runtime.clock.now() + timedelta(hours=1)
    with pytest.raises(PackModelNotFoundError):
        await charging(runtime).shed_all([broken.id, other.id], 1.0, until, "Sag", ADMIN)
    assert (await state(other)).shed is not None


async def test_one_that_cannot_be_planned_keeps_no_other_of_its_group_waiting(runtime: Runtime) -> None:
    broken, *others = [await a_charging_station(runtime) for _ in range(3)]
    await EnergyServices.of(runtime).stations.register_all()
    await Packs.collection().update_many({"place.holder_id": broken.id}, {"$set": {"model_id": "unknown"}})
    with pytest.raises(PackModelNotFoundError):
        await charging(runtime).plan_due()
    assert None not in [(await state(station)).plan_id for station in others]
    assert (await state(broken)).plan_id is None


async def test_each_pack_charges_as_its_model_does(runtime: Runtime) -> None:
    model_id = await a_big_model()
    slot_models = (model_id, STANDARD_PACK.id, model_id)
    station = await a_station(runtime, charged=0, charging=2, slot_count=3, slot_models=slot_models)
    schedule = (await the_plan(await planned(runtime, station))).schedule
    [model] = (await PacksServices.of(runtime).models.list_by_ids([model_id])).values()
    big, standard = schedule.packs
    assert (big.charger_kw, standard.charger_kw) == (model.max_charge_kw, STANDARD_PACK.max_charge_kw)
    assert big.capacity_kwh / standard.capacity_kwh == pytest.approx(
        model.capacity_kwh / STANDARD_PACK.capacity_kwh
    )
    together = 2 * model.max_charge_kw + STANDARD_PACK.max_charge_kw
    assert [step.limit_kw for step in schedule.steps] == pytest.approx([together] * len(schedule.steps))


async def test_a_faulty_pack_and_one_that_is_shut_in_do_not_charge(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=4)
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    await planned(runtime, station)
    await SwappingServices.of(runtime).reports.report_packs(
        station.id, [PackReading(packs[0].id, packs[0].soc_percent, faulty=True)]
    )

    async def shut_in(session: Session) -> None:
        await PacksServices.of(runtime).packs.shut_in_slots(station.id, [2], session)

    await runtime.mongo.in_transaction(shut_in)
    until = runtime.clock.now() + timedelta(hours=1)
    energy = await charging(runtime).shed(station.id, 3.0, until, "Test", ADMIN)
    assert [pack.evse_id for pack in (await the_plan(energy)).schedule.packs] == [3, 4]


async def test_sheds_and_plans_at_once_leave_one_order_of_changes(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=6, feeder_limit_kw=6.0)
    await EnergyServices.of(runtime).stations.register_all()
    until = runtime.clock.now() + timedelta(hours=1)
    await asyncio.gather(
        *(charging(runtime).shed(station.id, limit / 4, until, "Sag", ADMIN) for limit in range(8)),
        *(charging(runtime).plan_due() for _ in range(4)),
    )
    events = [event for event in await events_of(station) if event.streams]
    energy = await state(station)
    assert [event.streams[f"energy:{station.id}"] for event in events] == list(range(1, len(events) + 1))
    assert energy.revision == len(events) == await ChargingPlans.collection().count_documents({})
    assert events[-1].payload["station"]["plan_id"] == energy.plan_id
    assert sum(setpoint.power_kw for setpoint in energy.setpoints) <= (energy.limit_kw or 0)


async def test_workers_share_the_plans_that_are_due_and_make_each_once(runtime: Runtime) -> None:
    stations = [await a_charging_station(runtime) for _ in range(20)]
    await EnergyServices.of(runtime).stations.register_all()
    shares = await asyncio.gather(*(charging(runtime).plan_due() for _ in range(3)))
    assert sum(shares) == await ChargingPlans.collection().count_documents({}) == len(stations)
    assert min(shares) > 0


async def test_a_station_that_cannot_be_planned_keeps_no_other_waiting(
    runtime: Runtime, clock: ManualClock
) -> None:
    gone, other = await a_charging_station(runtime), await a_charging_station(runtime)
    await EnergyServices.of(runtime).stations.register_all()
    await Stations.collection().delete_one({"_id": gone.id})
    with pytest.raises(StationNotFoundError):
        await charging(runtime).plan_due()
    assert (await state(other)).plan_id is not None
    assert await charging(runtime).plan_due() == 0, "it is left alone for a while"
    clock.advance(timedelta(seconds=30))
    with pytest.raises(StationNotFoundError):
        await charging(runtime).plan_due()


@pytest.mark.parametrize(
    ("limit_kw", "minutes", "reason"),
    [
        (-1.0, 10, "Sag"),
        (float("nan"), 10, "Sag"),
        (2000.0, 10, "Sag"),
        (1.0, 0, "Sag"),
        (1.0, 1441, "Sag"),
        (1.0, 10, " "),
    ],
)
async def test_an_impossible_shed_is_refused(
    runtime: Runtime, limit_kw: float, minutes: int, reason: str
) -> None:
    station = await a_charging_station(runtime)
    until = runtime.clock.now() + timedelta(minutes=minutes)
    with pytest.raises(InvalidInputError):
        await charging(runtime).shed(station.id, limit_kw, until, reason, ADMIN)
    with pytest.raises(StationNotFoundError):
        await charging(runtime).shed("nowhere", 1.0, runtime.clock.now() + timedelta(hours=1), "Sag", ADMIN)


def consumer(runtime: Runtime) -> FactConsumer:
    return FactConsumer(
        runtime.settings,
        runtime.mongo,
        runtime.clock,
        group="energy",
        topics=(),
        reactions=reactions(charging(runtime)),
    )


async def test_a_change_of_stock_makes_the_plan_due_and_a_hold_does_not(
    runtime: Runtime, clock: ManualClock
) -> None:
    station = await a_charging_station(runtime, charged=2, charging=2)
    before = (await planned(runtime, station)).due_at
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    [*_, published] = (
        await OutboxEvent.find({"envelope.type": "stations.station.changed"}).sort("position").to_list()
    )
    await consumer(runtime).handle_once(envelope_of(published.model_dump()))
    assert (await state(station)).due_at == before, "the plan was made for this stock"
    await SwappingServices.of(runtime).reports.report_packs(station.id, [PackReading(packs[2].id, 85.0)])
    [*_, published] = (
        await OutboxEvent.find({"envelope.type": "stations.station.changed"}).sort("position").to_list()
    )
    await consumer(runtime).handle_once(envelope_of(published.model_dump()))
    assert (await state(station)).due_at == clock.now() + timedelta(seconds=2)


async def test_swaps_are_counted_once_and_forecast_a_week_later(runtime: Runtime, clock: ManualClock) -> None:
    moment = clock.now() + timedelta(minutes=100)
    swap = SwapCompleted(a_swap("S", moment))
    envelope = Envelope.around(swap, moment, new_id())
    handled = [await consumer(runtime).handle_once(envelope) for _ in range(3)]
    assert handled == ["done", "repeated", "repeated"]
    await consumer(runtime).handle_once(Envelope.around(swap, moment, new_id()))
    assert await HourlySwaps.find({"station_id": "S"}).count() == 1
    clock.advance(timedelta(days=7))
    reader = StationsServices.of(runtime).reader
    forecasts = await SameHourLastWeek(reader, None, AUXILIARY_KW).forecast(["S", "T"], clock.now(), 3)
    assert forecasts["S"].swaps_by_hour == (0.0, 2.0, 0.0)
    assert forecasts["T"].swaps_by_hour == (0.0, 0.0, 0.0)
    assert forecasts["S"].source is Source.BASELINE


async def test_the_demonstration_city_is_planned_whole_and_under_every_limit(runtime: Runtime) -> None:
    await seed_city(runtime)
    assert await EnergyServices.of(runtime).stations.register_all() == 60
    while await charging(runtime).plan_due():
        pass
    plans = await ChargingPlans.list_where({})
    assert len(plans) == 60
    assert {plan.tariff_id for plan in plans} == {"COM-TOD", "IND-TOD", "INST-FLAT"}
    for plan in plans:
        for place, step in enumerate(plan.schedule.steps):
            assert sum(pack.power_kw[place] for pack in plan.schedule.packs) <= step.limit_kw + 1e-9
        assert plan.schedule.late_promises == ()


async def in_transaction(runtime: Runtime, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
    await runtime.mongo.in_transaction(lambda session: work(*arguments, session))


async def test_a_charger_is_derated_while_its_fault_is_open(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=4, feeder_limit_kw=10.0)
    await planned(runtime, station)
    packs = await PacksServices.of(runtime).packs.list_at_station(station.id)
    for _ in range(2):
        await in_transaction(runtime, charging(runtime).derate, station.id, "F-1", 2)
    assert await charging(runtime).plan_due() == 1
    plan = await the_plan(await state(station))
    assert [pack.charger_kw for pack in plan.schedule.packs] == [0.9, 0.45, 0.9, 0.9]
    assert max(plan.schedule.packs[1].power_kw) <= 0.45 + 1e-9
    assert plan.schedule.packs[1].serial_number == packs[1].id
    await in_transaction(runtime, charging(runtime).restore, station.id, "another")
    assert await charging(runtime).plan_due() == 0
    await in_transaction(runtime, charging(runtime).restore, station.id, "F-1")
    assert await charging(runtime).plan_due() == 1
    assert {pack.charger_kw for pack in (await the_plan(await state(station))).schedule.packs} == {0.9}


async def test_a_fault_that_calls_for_less_power_derates_its_charger(runtime: Runtime) -> None:
    station = await a_charging_station(runtime, charging=2)
    await planned(runtime, station)
    found = Finding(station.id, FaultCode.SLOT_HOT, FaultSource.TELEMETRY, runtime.clock.now(), evse_id=1)
    reported = await FaultsServices.of(runtime).faults.report(found)
    await advance(runtime)
    issued = OutboxEvent.find({"envelope.type": "faults.command.issued"})
    for event in await issued.to_list():
        await consumer(runtime).handle_once(envelope_of(event.model_dump()))
    assert [(derating.fault_id, derating.evse_id) for derating in (await state(station)).derated] == [
        (reported.fault.id, 1)
    ]


async def test_a_station_that_lost_its_power_has_an_outage_until_the_fault_is_over(runtime: Runtime) -> None:
    station = await a_charging_station(runtime)
    now = runtime.clock.now()
    lost = Finding(station.id, FaultCode.STATION_POWER_LOST, FaultSource.TELEMETRY, now)
    fault = (await FaultsServices.of(runtime).faults.report(lost)).fault
    for event in await OutboxEvent.find({"envelope.type": "faults.fault.raised"}).to_list():
        await consumer(runtime).handle_once(envelope_of(event.model_dump()))
    assert (await state(station)).power_lost_by == fault.id
    await in_transaction(runtime, charging(runtime).restore, station.id, fault.id)
    feeder = [event for event in await events_of(station) if not event.streams]
    assert [event.payload["state"] for event in feeder] == ["OUTAGE", "NORMAL"]
