import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from navswap.auth.roles import Role
from navswap.events.audit_log import AuditLogEntry
from navswap.events.envelope import Envelope
from navswap.events.outbox import OutboxEvent
from navswap.features.logistics.domain.needs import BalanceForecast, demand_span
from navswap.features.logistics.domain.values import RebalancingPlan, TransportJob
from navswap.features.logistics.errors import PlanningUnderWayError
from navswap.features.logistics.reactions import reactions
from navswap.features.logistics.service import JobFilter, LogisticsServices
from navswap.features.logistics.service.forecasts import StockLessDemandLastWeek
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.plans import RebalancingPlans, StationDemand
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.events import SwapCompleted
from navswap.infra.idempotency import IdempotencyConflictError
from navswap.infra.mongo import Session
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.clock import ManualClock
from navswap.kit.demand import PRIORS, SiteKind
from navswap.kit.errors import InvalidInputError
from navswap.kit.forecasts import Source
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.logistics import a_transporter, demand
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.swapping import a_swap
from tests.features.swapping.steps import confirm
from tests.support.geo import destination

HORIZON = timedelta(hours=2)
NEARBY = destination(TAIPEI, 90, 2_000)


async def last_week(runtime: Runtime, station: Station, swaps: int) -> None:
    """Remember swaps of the same span a week ago."""
    then = demand_span(runtime.clock.now()) - timedelta(days=7)
    await demand(runtime, station.id, then + timedelta(minutes=20), swaps)


async def plan(runtime: Runtime, *, is_dry_run: bool = False, key: str | None = None) -> RebalancingPlan:
    admin = a_principal("admin", Role.ADMIN)
    return await LogisticsServices.of(runtime).rebalancing.plan(
        HORIZON, by=admin, is_dry_run=is_dry_run, key=key
    )


async def a_surplus_and_a_deficit(runtime: Runtime) -> tuple[Station, Station]:
    surplus = await a_station(runtime, charged=10)
    short = await a_station(runtime, charged=1, point=NEARBY)
    await last_week(runtime, surplus, 2)
    await last_week(runtime, short, 6)
    return surplus, short


async def all_jobs() -> list[TransportJob]:
    return await TransportJobs.list_page(JobFilter(), None, 100)


async def types_published() -> list[str]:
    events = await OutboxEvent.find({"envelope.type": {"$regex": "^logistics"}}).sort("position").to_list()
    return [event.envelope["type"] for event in events]


async def test_a_plan_opens_the_jobs_that_serve_the_deficit(runtime: Runtime) -> None:
    surplus, short = await a_surplus_and_a_deficit(runtime)
    made = await plan(runtime)
    [job] = await all_jobs()
    assert (job.origin_id, job.target_id, job.packs) == (surplus.id, short.id, 5)
    assert (job.plan_id, job.due_at) == (made.id, runtime.clock.now() + timedelta(minutes=30))
    assert [load.job_id for load in made.loads] == [job.id]
    assert job.reward_credits == made.loads[0].reward_credits > 0
    assert await types_published() == ["logistics.plan.made", "logistics.job.opened"]


async def test_packs_that_will_be_charged_in_time_are_not_brought(runtime: Runtime) -> None:
    surplus = await a_station(runtime, charged=10)
    short = await a_station(runtime, charged=1, charging=6, point=NEARBY)
    await last_week(runtime, short, 6)
    await plan(runtime)
    [job] = await all_jobs()
    # the six are charged after 49 minutes, and until then two riders and a half come
    assert (job.origin_id, job.target_id, job.packs) == (surplus.id, short.id, 2)


async def test_a_plan_made_by_hand_is_recorded_once_and_one_of_the_schedule_is_not(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    await LogisticsServices.of(runtime).rebalancing.plan(HORIZON)
    await plan(runtime, is_dry_run=True)
    assert await AuditLogEntry.count() == 0
    for _ in range(2):
        made = await plan(runtime, key="a")
    [recorded] = await AuditLogEntry.find_all().to_list()
    assert (recorded.action, recorded.actor_id, recorded.subject_id) == ("planRebalancing", "admin", made.id)
    jobs = [load.job_id for load in made.loads]
    assert (recorded.before, recorded.after) == ({}, {"number": 2, "horizon_minutes": 120, "jobs": jobs})


async def test_a_plan_is_stored_with_its_inputs(runtime: Runtime) -> None:
    surplus, short = await a_surplus_and_a_deficit(runtime)
    made = await plan(runtime)
    stored = await RebalancingPlans.find(made.id)
    assert stored == made
    assert (stored.number, stored.made_by, stored.inputs.horizon_minutes) == (1, "admin", 120)
    assert (stored.inputs.stations_considered, stored.unmet_packs) == (2, 0)
    known = {one.station_id: one for one in stored.inputs.stations}
    assert known[surplus.id].forecast_packs == 8
    assert known[short.id].forecast_packs == -5
    assert {one.source for one in stored.inputs.stations} == {Source.BASELINE}
    assert (known[surplus.id].supply_packs, known[short.id].expected_deficit_packs) == (8, 5)
    assert stored.pack_minutes == pytest.approx(5 * made.loads[0].trip_minutes)


async def test_a_dry_run_decides_the_same_and_moves_nothing(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    tried = await plan(runtime, is_dry_run=True)
    assert await all_jobs() == []
    assert await types_published() == []
    assert (tried.number, [load.job_id for load in tried.loads]) == (None, [None])
    made = await plan(runtime)
    assert [load.packs for load in made.loads] == [load.packs for load in tried.loads]


@pytest.mark.parametrize(("opens_in", "packs"), [(119, [5]), (121, [])])
async def test_a_station_is_supplied_before_it_opens_but_not_where_it_stays_closed_for_the_horizon(
    runtime: Runtime, opens_in: int, packs: list[int]
) -> None:
    _, short = await a_surplus_and_a_deficit(runtime)
    opening = runtime.clock.now() + timedelta(minutes=opens_in)
    closing = runtime.clock.now() - timedelta(hours=1)
    hours = f"Mo-Su {opening:%H:%M}-{closing:%H:%M}"
    information = replace(short.information, opening_hours=hours)
    await StationsServices.of(runtime).stations.save_information([replace(short, information=information)])
    made = await plan(runtime)
    assert [job.packs for job in await all_jobs()] == packs
    assert made.inputs.stations_considered == 1 + len(packs)


async def test_what_is_under_way_is_not_planned_again(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    await plan(runtime)
    again = await plan(runtime)
    assert again.number == 2
    assert again.loads == ()
    assert len(await all_jobs()) == 1


async def test_of_plans_made_at_once_one_is_carried_out(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    results = await asyncio.gather(*(plan(runtime) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, RebalancingPlan) for one in results) >= 1
    assert all(isinstance(one, (RebalancingPlan, PlanningUnderWayError)) for one in results)
    jobs = await all_jobs()
    assert sum(job.packs for job in jobs) == 5
    numbers = sorted(one.number or 0 for one in results if isinstance(one, RebalancingPlan))
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("is_dry_run", [False, True])
async def test_a_retry_with_the_key_of_a_plan_returns_it_and_opens_nothing(
    runtime: Runtime, *, is_dry_run: bool
) -> None:
    surplus, _ = await a_surplus_and_a_deficit(runtime)
    made = await plan(runtime, is_dry_run=is_dry_run, key="a")
    jobs = await all_jobs()
    await last_week(runtime, surplus, 1)
    assert await plan(runtime, is_dry_run=is_dry_run, key="a") == made
    assert await all_jobs() == jobs
    assert (await plan(runtime, is_dry_run=is_dry_run, key="b")).id != made.id
    with pytest.raises(IdempotencyConflictError):
        await plan(runtime, is_dry_run=not is_dry_run, key="a")


async def test_of_one_key_sent_at_once_there_is_one_plan(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    tried = await asyncio.gather(*(plan(runtime, is_dry_run=True, key="a") for _ in range(6)))
    assert len({one.id for one in tried}) == await RebalancingPlans.collection().count_documents({}) == 1


@pytest.mark.parametrize("key", ["", "k" * 101])
async def test_a_key_of_no_length_or_too_long_plans_nothing(runtime: Runtime, key: str) -> None:
    with pytest.raises(InvalidInputError):
        await plan(runtime, key=key)
    assert await RebalancingPlans.collection().count_documents({}) == 0


async def test_a_plan_leaves_held_packs_and_closed_stations_alone(runtime: Runtime) -> None:
    surplus = await a_station(runtime, charged=3)
    await a_station(runtime, charged=9, state=StationState.CLOSED)
    short = await a_station(runtime, charged=0, point=NEARBY)
    await last_week(runtime, short, 9)
    rider, _ = await a_rider()
    await confirm(runtime, rider.id, surplus)
    made = await plan(runtime)
    assert [(load.origin_id, load.packs) for load in made.loads] == [(surplus.id, 2)]
    assert made.unmet_packs == 7


async def test_loads_fit_the_vehicles_that_are_online(runtime: Runtime) -> None:
    await a_surplus_and_a_deficit(runtime)
    await a_transporter(runtime, capacity=2)
    made = await plan(runtime)
    assert [load.packs for load in made.loads] == [2, 2, 1]


@pytest.mark.parametrize("minutes", [14, 481])
async def test_a_plan_looks_neither_too_near_nor_too_far(runtime: Runtime, minutes: int) -> None:
    with pytest.raises(InvalidInputError):
        await LogisticsServices.of(runtime).rebalancing.plan(timedelta(minutes=minutes))


async def test_the_schedule_plans_when_the_last_plan_is_old_enough(
    runtime: Runtime, clock: ManualClock
) -> None:
    planner = LogisticsServices.of(runtime).rebalancing
    assert await planner.plan_due() is not None
    assert await planner.plan_due() is None
    clock.advance(timedelta(minutes=runtime.settings.rebalancing_minutes))
    second = await planner.plan_due()
    assert second is not None
    assert (second.number, second.made_by) == (2, None)


async def test_a_completed_swap_is_remembered_as_demand_of_its_quarter_hour(runtime: Runtime) -> None:
    now = runtime.clock.now()
    swap = SwapCompleted(a_swap("here", now + timedelta(minutes=16), minutes=16))
    [count] = reactions(LogisticsServices.of(runtime).trips)[SwapCompleted.type]

    async def work(session: Session) -> None:
        await count(Envelope.around(swap, now, new_id()), session)

    for _ in range(2):
        await runtime.mongo.in_transaction(work)
    assert await StationDemand.sum_between(["here"], now, now + timedelta(minutes=15)) == {}
    assert await StationDemand.sum_between(["here"], now, now + timedelta(minutes=30)) == {
        ("here", STANDARD_PACK.id): 2
    }


async def test_on_the_first_day_the_prior_stands_in_until_a_week_was_observed(runtime: Runtime) -> None:
    full, empty = await a_station(runtime, charged=10), await a_station(runtime, charged=0, point=NEARBY)
    known = await a_station(runtime, charged=10)
    await last_week(runtime, full, 0)
    for quiet in (known, empty):
        await demand(runtime, quiet.id, runtime.clock.now() - timedelta(days=8), 1)
    inventories, _ = await LogisticsServices.of(runtime).inventories.forecast()
    forecasts = await StockLessDemandLastWeek(PRIORS[SiteKind.URBAN]).balances(
        inventories, runtime.clock.now(), HORIZON
    )
    by_station = {station_id: forecast for (station_id, _), forecast in forecasts.items()}
    assert by_station[full.id].source is by_station[empty.id].source is Source.PRIOR
    assert by_station[empty.id].packs < 0 < by_station[full.id].packs < 10
    assert by_station[known.id] == BalanceForecast(10.0, Source.BASELINE)


async def test_a_station_without_any_pack_is_short_whatever_is_expected(runtime: Runtime) -> None:
    await a_station(runtime, charged=3)
    empty = await a_station(runtime, charged=0, point=NEARBY)
    [load] = (await plan(runtime)).loads
    assert (load.target_id, load.packs) == (empty.id, 1)
