import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.features.packs.errors import PackElsewhereError, PackKnownError, PackNotFoundError
from navswap.features.packs.service import Condition, PlaceKind
from navswap.features.packs.storage import Packs
from navswap.features.positions.errors import NotAtPlaceError
from navswap.features.procurement.errors import (
    DepotNotFoundError,
    MorePacksThanOrderedError,
    StockOrderDecidedError,
    StockOrderNotFoundError,
    TransporterNotFoundError,
)
from navswap.features.procurement.service import Depot, OrderState, ProcurementServices, StockOrder
from navswap.features.procurement.storage import DepotDay, StockOrders
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from navswap.worker import fact_consumers
from tests.factories.logistics import drive
from tests.factories.network import TAIPEI, a_big_model
from tests.factories.positions import a_principal
from tests.factories.procurement import a_depot, a_proposal, depot_packs
from tests.factories.users import a_user
from tests.support.geo import destination

BOSS = a_principal("admin", Role.ADMIN)

DAY = timedelta(days=1)


async def published() -> list[str]:
    events = await OutboxEvent.find({"envelope.topic": "procurement"}).sort("position").to_list()
    return [event.envelope["type"].rpartition(".")[2] for event in events]


async def a_day(depot: Depot, day: str, *, issued: int, model_id: str = STANDARD_PACK.id) -> None:
    key = f"{depot.id}:{model_id}:{day}"
    await DepotDay(id=key, depot_id=depot.id, pack_model_id=model_id, day=day, issued=issued).insert()


async def test_a_proposal_keeps_what_it_was_computed_from(runtime: Runtime, clock: ManualClock) -> None:
    depot = await a_depot(lead_time_days=13)
    today = clock.now().date()
    for number in range(1, 29):
        day = (today - number * DAY).isoformat()
        await a_day(depot, day, issued=2)
    await depot_packs(depot, 5)
    await depot_packs(depot, 3, Condition.FAULTY)
    await depot_packs(depot, 2, Condition.RETIRED)
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 1
    [order] = await StockOrders.list_where({})
    inputs = order.inputs
    assert (inputs.mean_per_day, inputs.sigma_per_day, inputs.observed_days) == (2.0, 0.0, 28)
    assert (inputs.base_stock, inputs.on_hand, inputs.on_order, inputs.to_replace) == (28, 5, 0, 3)
    assert (order.packs, inputs.source, inputs.as_of) == (26, "BASELINE", clock.now())
    assert order.day == "2026-03-02"


async def test_a_depot_is_proposed_one_order_a_day_by_however_many_workers(
    runtime: Runtime, clock: ManualClock
) -> None:
    depot, service = await a_depot(), ProcurementServices.of(runtime).proposals
    await depot_packs(depot, 2, Condition.FAULTY)
    assert sum(await asyncio.gather(*(service.propose_due() for _ in range(8)))) == 1
    clock.advance(DAY)
    assert await service.propose_due() == 1
    states = [order.state for order in await StockOrders.list_where({}, sort=[("day", 1)])]
    assert states == [OrderState.SUPERSEDED, OrderState.PROPOSED]
    assert await published() == ["proposed", "superseded", "proposed"]


async def test_each_model_has_its_own_demand_proposal_and_packs(runtime: Runtime, clock: ManualClock) -> None:
    depot, model_id, services = await a_depot(), await a_big_model(), ProcurementServices.of(runtime)
    yesterday = (clock.now() - DAY).date().isoformat()
    await a_day(depot, (clock.now() - 28 * DAY).date().isoformat(), issued=0, model_id=model_id)
    await a_day(depot, yesterday, issued=28, model_id=model_id)
    await depot_packs(depot, 60)
    await depot_packs(depot, 2, Condition.FAULTY)
    assert await services.proposals.propose_due() == 1
    [order] = await StockOrders.list_where({})
    assert (order.pack_model_id, order.inputs.mean_per_day, order.inputs.on_hand) == (model_id, 1.0, 0)
    await services.orders.approve(order.id, BOSS, 1, "")
    await services.orders.receive(order.id, BOSS, ["B-1"])
    received = await Packs.find("B-1")
    assert received is not None
    assert received.model_id == model_id
    assert await services.proposals.propose_due() == 0, "both have their proposal of today, or lack nothing"


async def test_a_depot_that_lacks_nothing_is_proposed_nothing(runtime: Runtime) -> None:
    await depot_packs(await a_depot(), 2)
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 0


async def test_what_is_on_order_is_not_ordered_again(runtime: Runtime, clock: ManualClock) -> None:
    order, services = await a_proposal(runtime, 3), ProcurementServices.of(runtime)
    await services.orders.approve(order.id, BOSS, None, "")
    clock.advance(DAY)
    assert await services.proposals.propose_due() == 0


async def test_of_ten_decisions_at_once_one_counts(runtime: Runtime) -> None:
    order, service = await a_proposal(runtime), ProcurementServices.of(runtime).orders
    answers = await asyncio.gather(
        *(service.approve(order.id, BOSS, None, "") for _ in range(5)),
        *(service.reject(order.id, BOSS, "") for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, StockOrder) for answer in answers) == 5
    assert sum(isinstance(answer, StockOrderDecidedError) for answer in answers) == 5
    assert len(await published()) == 2


async def test_an_administrator_may_order_another_number(runtime: Runtime) -> None:
    order, service = await a_proposal(runtime), ProcurementServices.of(runtime).orders
    for packs in (0, 100_001):
        with pytest.raises(InvalidInputError):
            await service.approve(order.id, BOSS, packs, "")
    with pytest.raises(InvalidInputError):
        await service.reject(order.id, BOSS, "n" * 501)
    with pytest.raises(StockOrderNotFoundError):
        await service.reject("none", BOSS, "")
    approved = await service.approve(order.id, BOSS, 7, "A batch of seven is cheaper")
    assert (approved.packs, approved.state, approved.decided_by) == (7, OrderState.APPROVED, "admin")
    assert await service.approve(order.id, BOSS, None, "") == approved
    with pytest.raises(StockOrderDecidedError):
        await service.approve(order.id, BOSS, 8, "")


async def test_new_packs_come_into_the_depot_once(runtime: Runtime) -> None:
    order, service = await a_proposal(runtime, 3), ProcurementServices.of(runtime).orders
    with pytest.raises(StockOrderDecidedError):
        await service.receive(order.id, BOSS, ["N-1"])
    await service.approve(order.id, BOSS, None, "")
    await asyncio.gather(*(service.receive(order.id, BOSS, ["N-1", "N-2"]) for _ in range(5)))
    with pytest.raises(MorePacksThanOrderedError):
        await service.receive(order.id, BOSS, ["N-3", "N-4"])
    with pytest.raises(InvalidInputError):
        await service.receive(order.id, BOSS, [])
    [old, *_] = await Packs.list_where({"condition": "FAULTY"})
    with pytest.raises(PackKnownError):
        await service.receive(order.id, BOSS, [old.id])
    done = await service.receive(order.id, BOSS, ["N-3"])
    assert (done.state, done.received) == (OrderState.RECEIVED, ("N-1", "N-2", "N-3"))
    assert await service.receive(order.id, BOSS, ["N-3"]) == done
    logged = await AuditLogEntry.find({"action": "receiveStockOrder"}).sort("_id").to_list()
    assert [entry.after for entry in logged] == [{"received": ["N-1", "N-2"]}, {"received": ["N-3"]}]
    assert await ProcurementServices.of(runtime).depots.count_stock([order.depot_id]) == {order.depot_id: 3}


async def test_packs_that_leave_a_depot_are_its_demand_once(runtime: Runtime, clock: ManualClock) -> None:
    depot, driver = await a_depot(), await a_user(Role.TRANSPORTER)
    service = ProcurementServices.of(runtime).depots
    first, second = await depot_packs(depot, 2)
    for refusal, asked in (
        (DepotNotFoundError, ("none", BOSS, driver.id, [first.id])),
        (TransporterNotFoundError, (depot.id, BOSS, "none", [first.id])),
        (PackNotFoundError, (depot.id, BOSS, driver.id, ["none"])),
        (InvalidInputError, (depot.id, BOSS, driver.id, [])),
    ):
        with pytest.raises(refusal):
            await service.issue(*asked)
    clock.advance(datetime(2026, 3, 2, 18, 31, tzinfo=UTC) - clock.now())
    await asyncio.gather(*(service.issue(depot.id, BOSS, driver.id, [first.id, second.id]) for _ in range(4)))
    with pytest.raises(PackElsewhereError):
        await service.issue(depot.id, BOSS, (await a_user(Role.TRANSPORTER)).id, [first.id])
    moved = await Packs.find(first.id)
    assert moved is not None
    assert moved.place.kind is PlaceKind.TRANSPORTER
    [consumer] = [found for found in fact_consumers(runtime) if found.group == "procurement"]
    [logged] = await AuditLogEntry.find({"action": "issueDepotPacks"}).to_list()
    assert logged.after == {"transporter_id": driver.id, "packs": [first.id, second.id]}
    events = await OutboxEvent.collection().find({"envelope.type": "packs.pack.moved"}).to_list()
    assert len(events) == 2
    for _ in range(2):
        for event in events:
            await consumer.handle_once(envelope_of(event))
    [day] = await DepotDay.find_all().to_list()
    assert (day.pack_model_id, day.day, day.issued) == (STANDARD_PACK.id, "2026-03-03", 2), (
        "it is past midnight in Kolkata"
    )


async def test_packs_enter_and_leave_a_depot_only_with_a_transporter_who_is_there(runtime: Runtime) -> None:
    depot, driver = await a_depot(point=TAIPEI), await a_user(Role.TRANSPORTER)
    service, [pack] = ProcurementServices.of(runtime).depots, await depot_packs(depot, 1)
    with pytest.raises(NotAtPlaceError, match="no position is known"):
        await service.issue(depot.id, BOSS, driver.id, [pack.id])
    assert await AuditLogEntry.find({"action": "issueDepotPacks"}).to_list() == []
    await drive(runtime, driver.id, TAIPEI)
    await service.issue(depot.id, BOSS, driver.id, [pack.id])
    await drive(runtime, driver.id, destination(TAIPEI, 90, 2_000))
    await service.issue(depot.id, BOSS, driver.id, [pack.id])
    with pytest.raises(NotAtPlaceError, match="Not at Depot: the newest position is 2000 m away"):
        await service.hand_in(depot.id, driver.id, [pack.id])
    await drive(runtime, driver.id, TAIPEI)
    await service.hand_in(depot.id, driver.id, [pack.id])
    await drive(runtime, driver.id, destination(TAIPEI, 90, 2_000))
    await service.hand_in(depot.id, driver.id, [pack.id])
    assert await service.count_stock([depot.id]) == {depot.id: 1}


async def test_a_saved_depot_is_proposed_orders_and_its_change_is_recorded_once(runtime: Runtime) -> None:
    depots = ProcurementServices.of(runtime).depots
    admin = Principal("admin", Role.ADMIN, new_id(), runtime.clock.now() + timedelta(hours=1))
    for _ in range(2):
        depot = await depots.save(Depot("north", "North", "UTC", lead_time_days=7), admin)
    await depot_packs(depot, 3, Condition.FAULTY)
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 1
    [recorded] = await AuditLogEntry.find_all().to_list()
    assert (recorded.action, recorded.before, recorded.after["lead_time_days"]) == ("saveDepot", {}, 7)
