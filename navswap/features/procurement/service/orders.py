"""Stock orders: decided by an administrator, and received pack by pack."""

from navswap.auth.principal import Principal
from navswap.events.audit_log import AuditLog
from navswap.events.outbox import Outbox
from navswap.features.packs.service import PackService
from navswap.features.procurement.domain import lifecycle
from navswap.features.procurement.domain.lifecycle import Decision
from navswap.features.procurement.domain.values import MAX_PACKS, StockOrder
from navswap.features.procurement.errors import StockOrderNotFoundError
from navswap.features.procurement.service.scans import checked_scans
from navswap.features.procurement.storage import OrderFilter, StockOrders
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.errors import InvalidInputError
from navswap.kit.lifecycle import Transition

MAX_NOTE_CHARACTERS = 500


class StockOrderService:
    """Keeps what became of the proposals."""

    def __init__(
        self, mongo: Mongo, clock: Clock, outbox: Outbox, packs: PackService, audit_log: AuditLog
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._outbox = outbox
        self._packs = packs
        self._audit_log = audit_log

    async def approve(self, order_id: str, by: Principal, packs: int | None, remark: str) -> StockOrder:
        """Order the packs that were proposed, or another number; approving again returns the approved order.

        Raises StockOrderNotFoundError, StockOrderDecidedError, InvalidInputError.
        """
        if packs is not None and not 1 <= packs <= MAX_PACKS:
            raise InvalidInputError("packs", f"Order 1 to {MAX_PACKS} packs, or reject the order.")
        decision = self._decision(by, remark)

        async def work(session: Session) -> StockOrder:
            approval = lifecycle.approve(await self._get(order_id, session), decision, packs)
            return await self._decide(approval, by, "approveStockOrder", session)

        return await self._mongo.in_transaction(work)

    async def reject(self, order_id: str, by: Principal, remark: str) -> StockOrder:
        """Order nothing; rejecting again returns the rejected order.

        Raises StockOrderNotFoundError, StockOrderDecidedError, InvalidInputError.
        """
        decision = self._decision(by, remark)

        async def work(session: Session) -> StockOrder:
            rejection = lifecycle.reject(await self._get(order_id, session), decision)
            return await self._decide(rejection, by, "rejectStockOrder", session)

        return await self._mongo.in_transaction(work)

    async def receive(self, order_id: str, by: Principal, serial_numbers: list[str]) -> StockOrder:
        """Take new packs of an approved order into its depot; scanning again changes nothing.

        Raises StockOrderNotFoundError, StockOrderDecidedError, MorePacksThanOrderedError, InvalidInputError, PackKnownError.
        """
        scanned = checked_scans(serial_numbers)

        async def work(session: Session) -> StockOrder:
            order = await self._get(order_id, session)
            received = await self._store(lifecycle.receive(order, scanned, self._clock.now()), session)
            new = list(received.received[len(order.received) :])
            if new:
                await self._packs.commission(new, order.depot_id, session, order.pack_model_id)
                subject, taken = ("StockOrder", order_id), {"received": new}
                await self._audit_log.record(
                    session, self._clock.now(), by, "receiveStockOrder", subject, before={}, after=taken
                )
            return received

        return await self._mongo.in_transaction(work)

    async def list_waiting(self, limit: int) -> tuple[list[StockOrder], int]:
        """Return the orders that wait for a decision, oldest first, and how many there are in all."""
        return await StockOrders.list_proposed(limit), await StockOrders.count_proposed()

    async def find_by_ids(self, ids: list[str]) -> dict[str, StockOrder]:
        """Return orders by id; unknown ids are left out."""
        return await StockOrders.find_by_ids(ids)

    async def list_page(self, wanted: OrderFilter, *, before: str | None, limit: int) -> list[StockOrder]:
        """Return orders, newest first, older than the one with id `before`."""
        return list(await StockOrders.list_page(wanted, before=before, limit=limit))

    async def _decide(
        self, decided: Transition[StockOrder], by: Principal, action: str, session: Session
    ) -> StockOrder:
        before, order = decided.before, await self._store(decided, session)
        if before is not None and decided.is_change:
            await self._audit_log.record(
                session,
                self._clock.now(),
                by,
                action,
                ("StockOrder", order.id),
                before={"state": before.state, "packs": before.packs},
                after={"state": order.state, "packs": order.packs},
            )
        return order

    async def _store(self, transition: Transition[StockOrder], session: Session) -> StockOrder:
        order = await StockOrders.apply(transition, session)
        await self._outbox.publish(session, self._clock.now(), *transition.facts)
        return order

    async def _get(self, order_id: str, session: Session) -> StockOrder:
        order = await StockOrders.find(order_id, session)
        if order is None:
            raise StockOrderNotFoundError("There is no such stock order.")
        return order

    def _decision(self, by: Principal, remark: str) -> Decision:
        if len(remark) > MAX_NOTE_CHARACTERS:
            raise InvalidInputError("note", f"A note has at most {MAX_NOTE_CHARACTERS} characters.")
        return Decision(by.user_id, self._clock.now(), remark)
