"""The bench of the planner: a rebalancing plan from the database and back, beside the optimiser's bare time."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count

from navswap.bench.contest import Comparison, Contender, Contest, Pace, Progress, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.load import Round, drive
from navswap.bench.machine import describe_machine
from navswap.bench.report import Report
from navswap.bench.workspace import own_names
from navswap.features.logistics.domain.flow import FlowProblem, solve
from navswap.features.logistics.domain.needs import demand_span
from navswap.features.logistics.domain.parameters import PlanningParameters
from navswap.features.logistics.domain.rebalancing import TransportProblem, rebalance
from navswap.features.logistics.service import LogisticsServices
from navswap.features.logistics.storage.plans import RebalancingPlanDocument, StationDemand
from navswap.features.stations.service import (
    Information,
    Station,
    StationsServices,
    Status,
    Stock,
)
from navswap.features.stations.storage import StationDocument
from navswap.infra.mongo import Stored
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import Clock, ManualClock, SystemClock
from navswap.kit.geo import Point
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

SIZES = (100, 1_000, 2_500)
SLOTS = 12
STATION_DEGREES = 0.006
"""Distance of neighbouring stations, about 600 m, as in a real network."""
CITY = Point(121.5, 25.0)
SEED = 20_260_302
WEEK = timedelta(days=7)

NAVSWAP = "RebalancingService.plan"
RULE = "rebalance, the pure rule"
BARE = "bare OR-Tools solve"


async def bench_plan(
    servers: Settings, rounds: int, seconds: float, sizes: Sequence[int], progress: Progress
) -> Report:
    """Measure plans on servers that run; what it writes there is gone when it returns.

    Raises BenchError when a plan does not move what the optimiser moves.
    """
    pace = Pace(rounds, seconds, concurrency=1)
    comparisons: list[Comparison] = []
    async with own_names(servers) as settings, open_runtime(settings, standing_clock()) as runtime:
        machine = await describe_machine(runtime)
        for size in sizes:
            progress(f"Building {size} stations")
            await build_stations(runtime, size)
            contests = await plan_contests(runtime, size)
            comparisons += await hold_contests(contests, pace, progress)
    options: dict[str, float] = {"rounds": rounds, "seconds": seconds}
    return Report("plan", machine, options, comparisons, delays=[])


def standing_clock() -> Clock:
    """Return a clock that stands: what is expected depends on the half hour, which may end while plans are measured."""
    return ManualClock(SystemClock().now())


async def plan_contests(runtime: Runtime, size: int) -> list[Contest]:
    """Prepare the contests for the stations that are there: the use case, and the pure rule, each beside the solver."""
    planner = LogisticsServices.of(runtime).rebalancing
    inventories, forecasts = await LogisticsServices.of(runtime).inventories.forecast()
    parameters = PlanningParameters(roads=runtime.settings.roads)
    flow = TransportProblem.of(inventories, forecasts, parameters).as_flow()
    decided = rebalance(inventories, forecasts, parameters)
    moved = sum(transport.packs for transport in decided.transports)

    async def plan() -> None:
        made = await planner.plan(is_dry_run=True)
        if (made.inputs.stations_considered, sum(load.packs for load in made.loads)) != (size, moved):
            raise BenchError("The plan is not that of the optimiser for these stations.")

    async def apply_rule() -> None:
        rebalance(inventories, forecasts, parameters)

    return [
        Contest(f"{size} stations, {moved} packs to move", "plans", (NAVSWAP, _contender(plan)), _bare(flow)),
        Contest(f"{size} stations, the rule alone", "plans", (RULE, _contender(apply_rule)), _bare(flow)),
    ]


async def build_stations(runtime: Runtime, size: int) -> None:
    """Replace the stations by others whose stock and demand of the last week leave surplus and deficit."""
    kinds: tuple[type[Stored], ...] = (StationDocument, StationDemand, RebalancingPlanDocument)
    for kind in kinds:
        await kind.collection().delete_many({})
    draw = random.Random(SEED)  # noqa: S311 - the same network every time, not a secret
    now = runtime.clock.now()
    columns = int(size**0.5) + 1
    stations, demand = [], []
    start = demand_span(now) - WEEK
    for number in range(size):
        charged = draw.randint(0, SLOTS)
        held = draw.randint(0, min(3, charged))
        place = Point(
            CITY.longitude + STATION_DEGREES * (number % columns + draw.random() / 2),
            CITY.latitude + STATION_DEGREES * (number // columns + draw.random() / 2),
        )
        stations.append(
            Station(
                id=f"bench-station-{number:05}",
                information=Information(name=f"Station {number}", point=place, slot_count=SLOTS),
                status=Status(
                    stock=Stock(charged_packs=charged, held_packs=held, empty_slots=SLOTS - charged),
                    queue_length=held,
                    last_reported=now,
                ),
            )
        )
        demand.append(
            StationDemand(
                id=f"bench-{number}",
                station_id=stations[-1].id,
                start=start + timedelta(minutes=15),
                pack_model_id=STANDARD_PACK.id,
                packs=max(0, round(draw.gauss(6, 4))),
            )
        )
    await StationsServices.of(runtime).stations.save_information(stations)
    await StationDemand.insert_many(demand)


def _contender(work: Callable[[], Awaitable[None]]) -> Contender:
    async def run(seconds: float) -> Round:
        return await drive(count(), lambda _: work(), concurrency=1, seconds=seconds)

    return run


def _bare(flow: FlowProblem) -> tuple[str, Contender]:
    async def work() -> None:
        solve(flow)

    return BARE, _contender(work)
