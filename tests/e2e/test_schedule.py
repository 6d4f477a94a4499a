"""What the worker does by the clock, all of it at once, on the demonstration city."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

from navswap.features.energy.storage import ChargingPlans
from navswap.features.logistics.storage.plans import RebalancingPlans
from navswap.features.procurement.storage import StockOrders
from navswap.features.staffing.storage import WaitingRiders
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from navswap.seeding.demo import seed_demo
from navswap.worker import schedule

READ_WHOLE = {
    "staff_members": "some hundred people, compared as a whole",
    "depots": "a handful",
    "partner_shops": "some hundred ids, all of which are counted",
    "stations": "the plan of transports weighs every open station; no index knows all that it reads",
}
"""Collections that a look reads from end to end, and why that is bounded."""


async def test_what_is_looked_for_again_and_again_is_found_through_an_index(
    runtime: Runtime, clock: ManualClock
) -> None:
    await seed_demo(runtime)
    database = runtime.mongo.database
    await database.create_collection("system.profile", capped=True, size=64_000_000)
    await WaitingRiders(id="MRG-001", entry_ids=[f"entry-{number}" for number in range(9)], riders=9).insert()
    for seconds in (0, 3600):
        clock.advance(timedelta(seconds=seconds))
        await database.command("profile", 2)
        for one in schedule(runtime):
            await one.work()
        await database.command("profile", 0)
    scanned: Counter[str] = Counter()
    async for line in database["system.profile"].find({"planSummary": "COLLSCAN"}):
        scanned[_collection(line)] += 1
    await database.drop_collection("system.profile")
    assert set(scanned) <= READ_WHOLE.keys() | {"system.profile"}


async def test_two_workers_side_by_side_decide_once(runtime: Runtime, clock: ManualClock) -> None:
    await seed_demo(runtime)
    for _ in range(2):
        clock.advance(timedelta(minutes=16))
        await asyncio.gather(*(one.work() for one in (*schedule(runtime), *schedule(runtime))))
    plans = await RebalancingPlans.list_where({})
    assert sorted(plan.number or 0 for plan in plans) == list(range(1, len(plans) + 1))
    made = Counter((plan.station_id, plan.made_at) for plan in await ChargingPlans.list_where({}))
    assert set(made.values()) == {1}
    orders = Counter((order.depot_id, order.day) for order in await StockOrders.list_where({}))
    assert set(orders.values()) <= {1}


def _collection(line: dict[str, Any]) -> str:
    return str(line["ns"]).partition(".")[2]
