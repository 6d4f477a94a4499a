"""The bench of the planner, tiny, on the real servers of the tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from navswap.bench.contest import Pace, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.plan import BARE, NAVSWAP, RULE, build_stations, plan_contests, standing_clock
from navswap.bench.workspace import own_names
from navswap.devstack.stack import silent
from navswap.features.logistics.storage.plans import RebalancingPlans, StationDemand
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

pytestmark = pytest.mark.xdist_group("bench")  # one worker runs all, so that none sees the names of another
PACE = Pace(rounds=1, seconds=0.1, concurrency=1)


@pytest_asyncio.fixture
async def ground(settings: Settings) -> AsyncIterator[Runtime]:
    """A runtime on names of a bench's own."""
    async with own_names(settings) as own, open_runtime(own, standing_clock()) as runtime:
        yield runtime


async def test_the_planner_and_its_rule_are_measured_beside_the_bare_optimiser(ground: Runtime) -> None:
    await build_stations(ground, 30)
    whole, rule = await hold_contests(await plan_contests(ground, 30), PACE, silent)
    assert [whole.candidate.name, rule.candidate.name] == [NAVSWAP, RULE]
    assert {whole.reference.name, rule.reference.name} == {BARE}
    assert len(await RebalancingPlans.list_where({"number": None})) >= whole.candidate.latency.operations
    assert whole.name.startswith("30 stations, ")
    assert " 0 packs" not in whole.name


async def test_a_plan_for_other_stations_than_those_of_the_optimiser_is_no_figure(ground: Runtime) -> None:
    await build_stations(ground, 30)
    contests = await plan_contests(ground, 30)
    await StationDemand.collection().delete_many({})
    with pytest.raises(BenchError):
        await hold_contests(contests, PACE, silent)
