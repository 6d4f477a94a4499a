"""Plans: which shops are asked to store packs, and what that was decided from."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.partners.domain import lifecycle
from navswap.features.partners.domain.parameters import StorageParameters
from navswap.features.partners.domain.plans import plan_storage
from navswap.features.partners.domain.values import StoragePlan, StorageRequest, Wanted
from navswap.features.partners.service.candidates import CandidateReader
from navswap.features.partners.storage import Shops, StoragePlans, StorageRequests
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import Ids

MAX_PACKS = 200


class PlannedStorage(NamedTuple):
    """A plan with the requests that it made, by shop."""

    plan: StoragePlan
    requests: Sequence[StorageRequest]

    @property
    def id(self) -> str:
        """Return the id of the plan."""
        return self.plan.id


class StoragePlanService:
    """Decides where packs are stored, and asks the shops."""

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        outbox: Outbox,
        audit_log: AuditLog,
        idempotency: Idempotency,
        candidates: CandidateReader,
        parameters: StorageParameters,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._outbox = outbox
        self._audit_log = audit_log
        self._idempotency = idempotency
        self._candidates = candidates
        self._parameters = parameters

    async def request(self, wanted: Wanted, by: Principal, key: str) -> PlannedStorage:
        """Ask the best shops to store packs; the same key of the same user returns the first answer.

        Places are kept free for what is asked until the shops answer; the plan says how many packs found none. Raises
        InvalidInputError, PackModelNotFoundError, StationNotFoundError, ShopNotFoundError, NoStoragePlaceError,
        IdempotencyConflictError.
        """
        if not 1 <= wanted.packs <= MAX_PACKS:
            raise InvalidInputError("packs", f"Ask for 1 to {MAX_PACKS} packs at once.")

        async def work(session: Session) -> PlannedStorage:
            return await self._plan(wanted, by, session)

        async def load(plan_id: str) -> PlannedStorage:
            return (await self.find_by_ids([plan_id]))[plan_id]

        request = KeyedRequest(by.user_id, "requestStorage", key, asdict(wanted))
        return await self._idempotency.answer(request, work, load)

    async def find_by_ids(self, ids: Sequence[str]) -> dict[str, PlannedStorage]:
        """Return plans by id, each with its requests; unknown ids are left out."""
        plans = await StoragePlans.find_by_ids(ids)
        requests: dict[str, list[StorageRequest]] = {plan_id: [] for plan_id in plans}
        for request in await StorageRequests.list_of_plans(list(plans)):
            requests[request.plan_id].append(request)
        return {plan_id: PlannedStorage(plan, requests[plan_id]) for plan_id, plan in plans.items()}

    async def _plan(self, wanted: Wanted, by: Principal, session: Session) -> PlannedStorage:
        shops, facts = await self._candidates.read(wanted, session)
        now = self._clock.now()
        plan = plan_storage(self._ids.new(), wanted, facts, self._parameters, by.user_id, now)
        await StoragePlans.insert(plan, session)
        due_at = now + self._parameters.answer_within
        steps = [
            lifecycle.ask(shops[candidate.shop_id], plan, self._ids.new(), candidate.packs, due_at)
            for candidate in sorted(plan.candidates, key=lambda candidate: candidate.shop_id)
            if candidate.packs
        ]
        await Shops.apply_all([step.shop for step in steps], session)
        await StorageRequests.apply_all([step.request for step in steps], session)
        await self._outbox.publish(session, now, *(fact for step in steps for fact in step.facts))
        subject, asked = ("StoragePlan", plan.id), asdict(wanted)
        await self._audit_log.record(session, now, by, "requestStorage", subject, before={}, after=asked)
        return PlannedStorage(plan, [step.request.after for step in steps])
