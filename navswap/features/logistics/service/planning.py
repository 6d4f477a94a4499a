"""Rebalancing: stock, forecast, flow, jobs; the decision is stored with what it rested on."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.journal import note
from navswap.events.outbox import publish
from navswap.features.logistics.documents import (
    PlannedLoad,
    PlannedStation,
    RebalancingPlan,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.errors import BadHorizonError, BadPlanKeyError, PlanningUnderWayError
from navswap.features.logistics.events import JobOpened, PlanMade
from navswap.features.logistics.rules import (
    BalanceForecast,
    Need,
    Rebalancing,
    StationFacts,
    Transport,
    load_limit,
    open_until,
    rebalance,
    reward_credits,
    split_into_loads,
)
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.features.stations.service import Station, StationFilter, StationState
from navswap.infra.lease import Lease
from navswap.infra.mongo import Session
from navswap.kit.ids import new_id

PAGE = 1_000
LEASE = timedelta(minutes=2)
"""Longer than a plan takes."""
MIN_HORIZON, MAX_HORIZON = timedelta(minutes=15), timedelta(hours=8)
MAX_KEY = 100


@dataclass(frozen=True, slots=True)
class _Request:
    """What to plan, and for whom; without `by` for the schedule."""

    horizon: timedelta
    dry_run: bool
    by: Principal | None = None
    key: str | None = None

    @property
    def made_by(self) -> str | None:
        return None if self.by is None else self.by.user_id

    @property
    def horizon_minutes(self) -> int:
        return self.horizon // timedelta(minutes=1)


class RebalancingService:
    """Plans what to move, and opens the jobs."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._mongo = dependencies.mongo
        self._clock = dependencies.clock
        self._stations = dependencies.stations
        self._travel = dependencies.travel
        self._forecaster = dependencies.forecaster
        self._usual_load = dependencies.settings.transport_load_packs
        self._interval = timedelta(minutes=dependencies.settings.rebalancing_minutes)
        self._horizon = timedelta(minutes=dependencies.settings.rebalancing_horizon_minutes)

    async def plan_due(self) -> RebalancingPlan | None:
        """Plan if the newest plan is old enough and no other process is at it; for the schedule."""
        newest = await RebalancingPlan.find_newest()
        if newest is not None and newest.made_at + self._interval > self._clock.now():
            return None
        try:
            return await self.plan()
        except PlanningUnderWayError:
            return None

    async def plan(
        self,
        horizon: timedelta | None = None,
        *,
        by: Principal | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> RebalancingPlan:
        """Plan now, store the decision and open its jobs; a dry run stores the decision only.

        Without a horizon it looks as far ahead as the schedule does. The same key of the same person again returns
        the first plan. Raises BadHorizonError, BadPlanKeyError, PlanningUnderWayError.
        """
        span = self._horizon if horizon is None else horizon
        if not MIN_HORIZON <= span <= MAX_HORIZON:
            raise BadHorizonError("A plan looks 15 to 480 minutes ahead.")
        if key is not None and not 1 <= len(key) <= MAX_KEY:
            raise BadPlanKeyError(f"An idempotency key has 1 to {MAX_KEY} characters.")
        request = _Request(span, dry_run, by, key)
        if (first := await _find_first(request)) is not None:
            return first
        if dry_run:
            return await self._plan(request)
        lease = Lease(self._mongo.database, "rebalancing", self._clock, LEASE)
        if not await lease.take():
            raise _under_way()
        try:
            return await self._plan(request)
        finally:
            await lease.release()

    async def look(
        self, horizon: timedelta | None = None
    ) -> tuple[list[StationFacts], dict[str, BalanceForecast]]:
        """Return what a plan made now would rest on: the open stations, and what is foreseen of them."""
        facts = await self._facts()
        span = self._horizon if horizon is None else horizon
        return facts, await self._forecaster.balances(facts, self._clock.now(), span)

    async def _plan(self, request: _Request) -> RebalancingPlan:
        newest = await RebalancingPlan.find_newest()
        now = self._clock.now()
        facts, forecasts = await self.look(request.horizon)
        decided = await asyncio.to_thread(rebalance, facts, forecasts, await self._travel.look())
        limit = load_limit([one.capacity_packs for one in await Transporter.list_online()], self._usual_load)
        loads = [load for one in decided.transports for load in split_into_loads(one, limit)]
        plan = RebalancingPlan(
            id=new_id(),
            number=None if request.dry_run else 1 + (newest.number or 0 if newest else 0),
            dry_run=request.dry_run,
            made_at=now,
            made_by=request.made_by,
            idempotency_key=request.key,
            horizon_minutes=request.horizon_minutes,
            stations_considered=len(facts),
            stations=_what_it_rested_on(facts, forecasts, decided),
            loads=[_planned(load, None if request.dry_run else new_id()) for load in loads],
            load_limit_packs=limit,
            pack_minutes=decided.pack_minutes,
            unmet_packs=decided.unmet_packs,
            unmet_promised_packs=decided.unmet_promised_packs,
        )
        return await self._store(plan, request)

    async def _store(self, plan: RebalancingPlan, request: _Request) -> RebalancingPlan:
        """Store a plan with its jobs; returns the first one where the same request came twice at once."""

        async def work(session: Session) -> None:
            await plan.insert(session=session)
            if plan.number is None:
                return
            jobs = [_job(plan.id, load.job_id, load, plan.made_at) for load in plan.loads if load.job_id]
            if jobs:
                await TransportJob.insert_many(jobs, session=session)
            if request.by is not None:
                await note(
                    session,
                    plan.made_at,
                    request.by,
                    "planRebalancing",
                    ("RebalancingPlan", plan.id),
                    before={},
                    after={
                        "number": plan.number,
                        "horizon_minutes": plan.horizon_minutes,
                        "jobs": [job.id for job in jobs],
                    },
                )
            events = [JobOpened.of(job) for job in jobs]
            await publish(session, plan.made_at, PlanMade.of(plan, plan.number), *events)

        try:
            await self._mongo.in_transaction(work)
        except DuplicateKeyError as error:
            if (first := await _find_first(request)) is not None:
                return first
            raise _under_way() from error
        return plan

    async def _facts(self) -> list[StationFacts]:
        """Return all open stations with the packs that are under way to and from them."""
        incoming: Counter[str] = Counter()
        outgoing: Counter[str] = Counter()
        for job in await TransportJob.list_where({"ended": False}):
            incoming[job.target_id] += job.packs - len(job.delivered)
            outgoing[job.origin_id] += job.packs - len(job.picked_up)
        return [
            _facts_of(station, incoming[station.id], outgoing[station.id])
            for station in await self._open_stations()
        ]

    async def _open_stations(self) -> list[Station]:
        wanted = StationFilter(state=StationState.OPEN)
        stations: list[Station] = []
        while True:
            after = (0.0, stations[-1].id) if stations else None
            page = await self._stations.list_page(wanted, after=after, limit=PAGE)
            stations += [one.station for one in page]
            if len(page) < PAGE:
                return stations


async def _find_first(request: _Request) -> RebalancingPlan | None:
    """Return the plan that this request made before; raises BadPlanKeyError where its key made another one."""
    if request.made_by is None or request.key is None:
        return None
    first = await RebalancingPlan.find_by_key(request.made_by, request.key)
    asked = (request.dry_run, request.horizon_minutes)
    if first is not None and (first.dry_run, first.horizon_minutes) != asked:
        raise BadPlanKeyError("This idempotency key was used for another plan; use a new key for a new plan.")
    return first


def _facts_of(station: Station, incoming: int, outgoing: int) -> StationFacts:
    stock = station.status.stock
    return StationFacts(
        station_id=station.id,
        point=station.information.point,
        charged_packs=stock.charged_packs,
        held_packs=stock.held_packs,
        waiting_riders=station.status.queue_length,
        empty_slots=stock.empty_slots,
        incoming_packs=incoming,
        outgoing_packs=outgoing,
    )


def _what_it_rested_on(
    facts: Sequence[StationFacts], forecasts: Mapping[str, BalanceForecast], decided: Rebalancing
) -> list[PlannedStation]:
    """Return the stations that give or lack packs, as they were known."""

    def rested_on(one: StationFacts, need: Need) -> PlannedStation:
        forecast = forecasts[one.station_id]
        return PlannedStation(
            station_id=one.station_id,
            charged_packs=one.charged_packs,
            held_packs=one.held_packs,
            waiting_riders=one.waiting_riders,
            empty_slots=one.empty_slots,
            incoming_packs=one.incoming_packs,
            outgoing_packs=one.outgoing_packs,
            forecast_packs=forecast.packs,
            source=forecast.source,
            supply_packs=need.supply,
            promised_deficit_packs=need.promised,
            foreseen_deficit_packs=need.foreseen,
        )

    needs = ((one, decided.needs[one.station_id]) for one in facts)
    return [rested_on(one, need) for one, need in needs if need.supply or need.deficit]


def _planned(load: Transport, job_id: str | None) -> PlannedLoad:
    return PlannedLoad(
        origin_id=load.origin_id,
        target_id=load.target_id,
        packs=load.packs,
        promised_packs=load.promised,
        trip_minutes=load.trip_minutes,
        reward_credits=reward_credits(load.packs, load.promised, load.trip_minutes),
        job_id=job_id,
    )


def _job(plan_id: str, job_id: str, load: PlannedLoad, now: datetime) -> TransportJob:
    return TransportJob(
        id=job_id,
        plan_id=plan_id,
        opened_at=now,
        deadline=open_until(now),
        **load.model_dump(exclude={"job_id"}),
    )


def _under_way() -> PlanningUnderWayError:
    return PlanningUnderWayError(
        "Another plan is made at this moment; look at its jobs before you plan again."
    )
