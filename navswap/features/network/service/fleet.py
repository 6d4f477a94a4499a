"""Orders about many packs: retire, recall, release. Chosen once, carried out in short transactions, resumed by a retry."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditedChange, AuditLog
from navswap.features.network.domain.fleet import FleetAction, FleetOrder, FleetRequest, record_changes
from navswap.features.network.storage import FleetOrders
from navswap.features.packs.service import (
    Change,
    PackAction,
    PackFilter,
    PacksServices,
    PlaceKind,
    WithdrawalService,
)
from navswap.features.stations.service import StationReader, StationService
from navswap.infra.idempotency import Idempotency, KeyedRequest
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.ids import Ids
from navswap.kit.lifecycle import Transition

BATCH = 20
"""Packs of one transaction: few, so that it seldom conflicts with riders at the same stations."""

MUTATIONS = {
    FleetAction.RETIRE: "retirePacks",
    FleetAction.RECALL: "recallPacks",
    FleetAction.RELEASE: "releasePacks",
}


class FleetSteps:
    """Carries an order out for some packs at a time, in the transaction of its caller."""

    def __init__(
        self,
        clock: Clock,
        audit_log: AuditLog,
        stations: StationService,
        packs: PacksServices,
        promised_soc_percent: float,
    ) -> None:
        self._clock = clock
        self._audit_log = audit_log
        self._stations = stations
        self._packs = packs.packs
        self._withdrawals = packs.withdrawals
        self._promised_soc_percent = promised_soc_percent

    async def change(
        self, order_id: str, serial_numbers: Sequence[str], by: Principal, session: Session
    ) -> FleetOrder:
        """Change those of some packs that remain to be changed, and record each in the audit log."""
        order = await FleetOrders.get(order_id, session)
        remaining = [serial_number for serial_number in order.remaining if serial_number in serial_numbers]
        changes = await self._withdrawals.change(
            PackAction(order.action), remaining, order.id, order.reason, session
        )
        step = record_changes(
            order,
            changed=[change.after.id for change in changes],
            held=[change.after.id for change in changes if change.breaks_hold],
        )
        if step.is_change:
            recorded = [_recorded(order, change) for change in changes]
            await self._audit_log.record_all(
                session, self._clock.now(), by, MUTATIONS[order.action], recorded
            )
            await self._recount(changes, session)
        return await FleetOrders.apply(step, session)

    async def _recount(self, changes: Iterable[Change], session: Session) -> None:
        """Count the packs at the stations in whose slots changed ones are."""
        places = (change.after.place for change in changes)
        for station_id in sorted({place.holder_id for place in places if place.kind is PlaceKind.SLOT}):
            packs = await self._packs.count(station_id, self._promised_soc_percent, session)
            await self._stations.record_packs(station_id, packs, session)


class FleetService:
    """Takes packs out of use by a selection, and gives them back."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        ids: Ids,
        idempotency: Idempotency,
        stations: StationReader,
        withdrawals: WithdrawalService,
        steps: FleetSteps,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._ids = ids
        self._idempotency = idempotency
        self._stations = stations
        self._withdrawals = withdrawals
        self._steps = steps

    async def count(self, request: FleetRequest) -> int:
        """Return how many packs a request means, changing none; raises StationNotFoundError."""
        if request.packs.station_id is not None:
            await self._stations.get(request.packs.station_id)
        return await self._withdrawals.count(PackAction(request.action), _filter(request))

    async def carry_out(self, request: FleetRequest, idempotency_key: str, by: Principal) -> FleetOrder:
        """Change the packs that a request means; the same key again goes on with those chosen then.

        A pack that was changed otherwise meanwhile is left out. Holds on a changed pack move by its event. Raises
        StationNotFoundError, IdempotencyConflictError, InvalidInputError for the key.
        """
        order = await self._give(request, idempotency_key, by)
        remaining = order.remaining
        for start in range(0, len(remaining), BATCH):
            change = partial(self._steps.change, order.id, remaining[start : start + BATCH], by)
            order = await self._mongo.in_transaction(change)
        return order

    async def _give(self, request: FleetRequest, idempotency_key: str, by: Principal) -> FleetOrder:
        """Return the order of a key, new where there was none."""
        keyed = KeyedRequest(by.user_id, MUTATIONS[request.action], idempotency_key, asdict(request))

        async def work(session: Session) -> FleetOrder:
            order = FleetOrder(
                id=self._ids.new(),
                action=request.action,
                reason=request.reason,
                ordered_by=by.user_id,
                ordered_at=self._clock.now(),
                matched_packs=await self.count(request),
                chosen=tuple(
                    await self._withdrawals.choose(
                        PackAction(request.action), _filter(request), request.limit
                    )
                ),
            )
            return await FleetOrders.apply(Transition(None, order), session)

        return await self._idempotency.answer(keyed, work, FleetOrders.get)


def _filter(request: FleetRequest) -> PackFilter:
    return PackFilter(**asdict(request.packs))


def _recorded(order: FleetOrder, change: Change) -> AuditedChange:
    return AuditedChange(
        subject=("Pack", change.after.id),
        before={"condition": change.before.condition},
        after={"condition": change.after.condition, "reason": order.reason, "order_id": order.id},
    )
