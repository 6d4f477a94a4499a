"""Rebalancing: stock, forecast, flow, jobs; the decision is stored with its inputs."""

import asyncio
from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.logistics.domain.parameters import JobParameters, LogisticsParameters
from navswap.features.logistics.domain.planning import PlanRequest, make_plan, open_jobs
from navswap.features.logistics.domain.values import RebalancingPlan
from navswap.features.logistics.errors import PlanningUnderWayError
from navswap.features.logistics.service.inventories import InventoryReader
from navswap.features.logistics.storage.jobs import TransportJobs
from navswap.features.logistics.storage.plans import RebalancingPlans
from navswap.infra.idempotency import MAX_KEY_CHARACTERS, Idempotency, KeyedRequest
from navswap.infra.lease import Lease
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition

LEASE = timedelta(minutes=2)
"""Longer than a plan takes."""
MINUTE = timedelta(minutes=1)
MIN_HORIZON, MAX_HORIZON = timedelta(minutes=15), timedelta(hours=8)


class PlanWriter:
    """Stores plans, with what follows from them."""

    def __init__(self, outbox: Outbox, audit_log: AuditLog, parameters: JobParameters) -> None:
        self._outbox = outbox
        self._audit_log = audit_log
        self._parameters = parameters

    async def store(self, made: Transition[RebalancingPlan], by: Principal | None, session: Session) -> None:
        """Store a plan with the jobs that it opens, publish both, and record the person who asked for it."""
        plan = await RebalancingPlans.apply(made, session)
        opened = open_jobs(plan, self._parameters)
        await TransportJobs.apply_all(opened, session)
        if by is not None and not plan.is_dry_run:
            await self._audit_log.record(
                session,
                plan.made_at,
                by,
                "planRebalancing",
                ("RebalancingPlan", plan.id),
                before={},
                after={
                    "number": plan.number,
                    "horizon_minutes": plan.inputs.horizon_minutes,
                    "jobs": [step.after.id for step in opened],
                },
            )
        facts = [fact for step in opened for fact in step.facts]
        await self._outbox.publish(session, plan.made_at, *made.facts, *facts)


class RebalancingService:
    """Plans what to move, and opens the jobs."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        idempotency: Idempotency,
        inventories: InventoryReader,
        writer: PlanWriter,
        parameters: LogisticsParameters,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._idempotency = idempotency
        self._inventories = inventories
        self._writer = writer
        self._parameters = parameters

    async def plan_due(self) -> RebalancingPlan | None:
        """Plan if the newest plan is old enough and no other process is at it; for the schedule."""
        last = await RebalancingPlans.find_last()
        if last is not None and last.made_at + self._parameters.planning.interval > self._clock.now():
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
        is_dry_run: bool = False,
        key: str | None = None,
    ) -> RebalancingPlan:
        """Plan now, store the decision and open its jobs; a dry run stores the decision only.

        Without a horizon it looks as far ahead as the schedule does. The same key of the same person again returns
        the first plan. Raises InvalidInputError, IdempotencyConflictError, PlanningUnderWayError.
        """
        span = self._parameters.planning.horizon if horizon is None else horizon
        if not MIN_HORIZON <= span <= MAX_HORIZON:
            raise InvalidInputError("horizon_minutes", "A plan looks 15 to 480 minutes ahead.")
        request = PlanRequest(span // MINUTE, is_dry_run, None if by is None else by.user_id)
        keyed = _keyed(request, key)
        earlier = None if keyed is None else await self._idempotency.find_answer(keyed)
        if earlier is not None:
            return await self._get(earlier)
        if is_dry_run:
            return await self._plan(request, by, keyed)
        lease = Lease("rebalancing", LEASE)
        if not await lease.take():
            raise _under_way()
        try:
            return await self._plan(request, by, keyed)
        finally:
            await lease.release()

    async def _plan(
        self, request: PlanRequest, by: Principal | None, keyed: KeyedRequest | None
    ) -> RebalancingPlan:
        last = await RebalancingPlans.find_last()
        network = await self._inventories.view(
            self._clock.now(), request.horizon_minutes * MINUTE, 0 if last is None else last.number
        )
        made = await asyncio.to_thread(make_plan, request, network, self._parameters, self._ids)

        async def store(session: Session) -> str:
            await self._writer.store(made, by, session)
            return made.after.id

        try:
            if keyed is None:
                await self._mongo.in_transaction(store)
                return made.after
            answer = await self._idempotency.once(keyed, store)
        except DuplicateKeyError as error:  # another plan has the number of this one
            raise _under_way() from error
        return made.after if answer == made.after.id else await self._get(answer)

    async def _get(self, plan_id: str) -> RebalancingPlan:
        plan = await RebalancingPlans.find(plan_id)
        if plan is None:
            raise LookupError(f"plan {plan_id} is gone before the key that made it")
        return plan


def _keyed(request: PlanRequest, key: str | None) -> KeyedRequest | None:
    if request.made_by is None or key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
        raise InvalidInputError(
            "idempotency_key", f"An idempotency key has 1 to {MAX_KEY_CHARACTERS} characters."
        )
    content = {"horizon_minutes": request.horizon_minutes, "is_dry_run": request.is_dry_run}
    return KeyedRequest(request.made_by, "planRebalancing", key, content)


def _under_way() -> PlanningUnderWayError:
    return PlanningUnderWayError(
        "Another plan is made at this moment; look at its jobs before you plan again."
    )
