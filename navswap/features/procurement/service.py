"""Use cases of procurement: foresee demand, propose, decide, receive, give out."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError
from pymongo.errors import DuplicateKeyError

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.journal import note
from navswap.events.outbox import publish
from navswap.features.packs.service import PackService
from navswap.features.procurement.documents import Depot, DepotDay, OrderBasis, OrderState, StockOrder
from navswap.features.procurement.errors import (
    BadDepotError,
    BadStockOrderError,
    CourierNotFoundError,
    DepotNotFoundError,
    StockOrderDecidedError,
    StockOrderNotFoundError,
)
from navswap.features.procurement.events import EVENT_OF_STATE
from navswap.features.procurement.rules import (
    DemandForecast,
    Supply,
    mean_and_sigma,
    order_up_to,
    packs_to_order,
    service_level,
    share_of,
)
from navswap.features.users.service import UserService
from navswap.infra.mongo import Mongo, Session
from navswap.kit.clock import Clock
from navswap.kit.forecasts import Source
from navswap.kit.ids import new_id
from navswap.services import SliceServices

__all__ = [
    "DemandForecast",
    "DemandForecaster",
    "Depot",
    "LastWeeks",
    "OrderBasis",
    "OrderState",
    "ProcurementService",
    "ProcurementServices",
    "StockOrder",
]

MAX_PACKS = 100_000
MAX_SCANS = 500
MAX_NOTE_CHARACTERS = 500
DEPOT_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


class DemandForecaster(Protocol):
    """Foresees how many packs a depot gives out in a day."""

    async def foresee(self, depot_id: str, today: date) -> DemandForecast:
        """Return the demand of the days from `today` on."""
        ...


class LastWeeks:
    """The baseline forecast: mean and deviation of the last 28 whole days."""

    DAYS = 28

    async def foresee(self, depot_id: str, today: date) -> DemandForecast:
        """Count what left the depot, days without any included."""
        days = [(today - timedelta(days=number)).isoformat() for number in range(1, self.DAYS + 1)]
        issued = await DepotDay.by_day(depot_id, days[-1], today.isoformat())
        mean, sigma = mean_and_sigma([issued.get(day, 0) for day in days])
        return DemandForecast(mean, sigma, self.DAYS, Source.BASELINE)


class ProcurementService:
    """Proposes what depots should order, and keeps what became of it."""

    def __init__(
        self,
        mongo: Mongo,
        clock: Clock,
        packs: PackService,
        users: UserService,
        forecaster: DemandForecaster,
    ) -> None:
        self._mongo = mongo
        self._clock = clock
        self._packs = packs
        self._users = users
        self._forecaster = forecaster

    async def add_missing(self, depots: list[Depot]) -> int:
        """Store the depots that are not there yet (by id) and return how many were new."""
        return await Depot.add_missing(depots)

    async def save_depot(self, values: dict[str, Any], by: Principal) -> Depot:
        """Store a depot in place of the one with its id, and write down who did; the same again changes nothing.

        Raises BadDepotError.
        """
        depot = _valid_depot(values)

        async def work(session: Session) -> Depot:
            known = await Depot.put(depot, session)
            before = {} if known is None else known.model_dump(mode="json", exclude={"id"})
            after = depot.model_dump(mode="json", exclude={"id"})
            if before != after:
                subject = ("Depot", depot.id)
                await note(session, self._clock.now(), by, "saveDepot", subject, before=before, after=after)
            return depot

        return await self._mongo.in_transaction(work)

    async def list_depots(self) -> list[Depot]:
        """Return all depots, by id."""
        return await Depot.find_all().sort("_id").to_list()

    async def count_stock(self, depot_ids: list[str]) -> dict[str, int]:
        """Return how many fit packs each depot has."""
        return {one: await self._packs.count_at_depot(one) for one in depot_ids}

    async def propose_due(self) -> int:
        """Propose an order for each depot that lacks packs and has no proposal of today; returns how many are new."""
        depots = await self.list_depots()
        proposed = [await self._propose(depot, len(depots), place) for place, depot in enumerate(depots)]
        return sum(proposed)

    async def approve(self, order_id: str, by: Principal, packs: int | None, remark: str) -> StockOrder:
        """Order the packs that were proposed, or another number; approving again returns the approved order.

        Who decided is written down.

        Raises StockOrderNotFoundError, StockOrderDecidedError, BadStockOrderError.
        """
        if packs is not None and not 1 <= packs <= MAX_PACKS:
            raise BadStockOrderError(f"Order 1 to {MAX_PACKS} packs, or reject the order.")
        values = {} if packs is None else {"packs": packs}
        return await self._decide(order_id, OrderState.APPROVED, by, remark, values)

    async def reject(self, order_id: str, by: Principal, remark: str) -> StockOrder:
        """Order nothing; rejecting again returns the rejected order. Who decided is written down.

        Raises StockOrderNotFoundError, StockOrderDecidedError, BadStockOrderError.
        """
        return await self._decide(order_id, OrderState.REJECTED, by, remark, {})

    async def receive(self, order_id: str, serial_numbers: list[str]) -> StockOrder:
        """Take new packs of an approved order into its depot; scanning again changes nothing.

        Raises StockOrderNotFoundError, StockOrderDecidedError, BadStockOrderError for more packs than were ordered,
        PackKnownError.
        """
        scanned = _checked(serial_numbers)
        return await self._mongo.in_transaction(lambda session: self._receive(order_id, scanned, session))

    async def issue(self, depot_id: str, transporter_id: str, serial_numbers: list[str]) -> Depot:
        """Give packs of a depot to a transporter; those that the transporter has already change nothing.

        Raises DepotNotFoundError, CourierNotFoundError, BadStockOrderError, PackNotFoundError, PackElsewhereError.
        """
        scanned = _checked(serial_numbers)
        depot = await Depot.get(depot_id)
        if depot is None:
            raise DepotNotFoundError("There is no such depot.")
        courier = await self._users.find(transporter_id)
        if courier is None or courier.role is not Role.TRANSPORTER:
            raise CourierNotFoundError("There is no transporter with this id.")

        async def work(session: Session) -> None:
            await self._packs.issue(scanned, depot_id, transporter_id, session)

        await self._mongo.in_transaction(work)
        return depot

    async def hand_in(self, depot_id: str, transporter_id: str, serial_numbers: list[str]) -> Depot:
        """Take packs of a transporter into a depot; those that are there already change nothing.

        Raises DepotNotFoundError, BadStockOrderError, PackNotFoundError, PackElsewhereError.
        """
        scanned = _checked(serial_numbers)
        depot = await Depot.get(depot_id)
        if depot is None:
            raise DepotNotFoundError("There is no such depot.")

        async def work(session: Session) -> None:
            await self._packs.hand_in(scanned, transporter_id, depot_id, session)

        await self._mongo.in_transaction(work)
        return depot

    async def list_waiting(self, limit: int) -> tuple[list[StockOrder], int]:
        """Return the orders that wait for a decision, oldest first, and how many there are in all."""
        return await StockOrder.list_proposed(limit), await StockOrder.count_proposed()

    async def count_issued(self, depot_id: str, left_at: datetime, session: Session) -> None:
        """Count a pack that has left a depot as demand of its local day."""
        depot = await Depot.get(depot_id)
        if depot is not None:
            day = left_at.astimezone(ZoneInfo(depot.time_zone)).date()
            await DepotDay.count_issued(depot_id, day.isoformat(), session)

    async def list_by_ids(self, ids: list[str]) -> dict[str, StockOrder]:
        """Return orders by id; unknown ids are left out."""
        return {order.id: order async for order in StockOrder.find({"_id": {"$in": ids}})}

    async def list_page(
        self, depot_id: str | None, state: OrderState | None, before: str | None, limit: int
    ) -> list[StockOrder]:
        """Return orders, newest first, older than the one with id `before`."""
        wanted: dict[str, Any] = {"depot_id": depot_id, "state": state}
        return await StockOrder.list_page({name: one for name, one in wanted.items() if one}, before, limit)

    def _today(self, depot: Depot) -> date:
        return self._clock.now().astimezone(ZoneInfo(depot.time_zone)).date()

    async def _propose(self, depot: Depot, depots: int, place: int) -> bool:
        today = self._today(depot)
        if await StockOrder.find_one({"depot_id": depot.id, "day": today.isoformat()}) is not None:
            return False
        forecast = await self._forecaster.foresee(depot.id, today)
        level = service_level(depot.shortage_cost, depot.holding_cost)
        base_stock = order_up_to(forecast, depot.lead_time_days, level)

        async def work(session: Session) -> bool:
            now = self._clock.now()
            supply = await self._supply(depot.id, depots, place, session)
            packs = min(MAX_PACKS, packs_to_order(base_stock, supply))
            if packs < 1:
                return False
            for old in await StockOrder.list_in(depot.id, OrderState.PROPOSED, session):
                await self._end(old, OrderState.PROPOSED, {"state": OrderState.SUPERSEDED}, session)
            order = StockOrder(
                id=new_id(),
                depot_id=depot.id,
                day=today.isoformat(),
                packs=packs,
                basis=OrderBasis(
                    mean_per_day=forecast.mean_per_day,
                    sigma_per_day=forecast.sigma_per_day,
                    observed_days=forecast.days,
                    source=forecast.source,
                    lead_time_days=depot.lead_time_days,
                    service_level=level,
                    base_stock=base_stock,
                    on_hand=supply.on_hand,
                    on_order=supply.on_order,
                    to_replace=supply.to_replace,
                    as_of=now,
                ),
                proposed_at=now,
            )
            await order.insert(session=session)
            await publish(session, now, EVENT_OF_STATE[order.state].of(order))
            return True

        try:
            return await self._mongo.in_transaction(work)
        except DuplicateKeyError:  # another worker proposed for this day first
            return False

    async def _supply(self, depot_id: str, depots: int, place: int, session: Session) -> Supply:
        approved = await StockOrder.list_in(depot_id, OrderState.APPROVED, session)
        faulty = await self._packs.count_out_of_use(session)
        return Supply(
            on_hand=await self._packs.count_at_depot(depot_id, session),
            on_order=sum(order.packs - len(order.received) for order in approved),
            to_replace=share_of(faulty, depots, place),
        )

    async def _decide(
        self, order_id: str, state: OrderState, by: Principal, remark: str, values: dict[str, Any]
    ) -> StockOrder:
        if len(remark) > MAX_NOTE_CHARACTERS:
            raise BadStockOrderError(f"A note has at most {MAX_NOTE_CHARACTERS} characters.")

        async def work(session: Session) -> StockOrder:
            order = await self._get(order_id, session)
            if order.state is state and order.packs == values.get("packs", order.packs):
                return order
            now = self._clock.now()
            decided = {
                "state": state,
                "decided_at": now,
                "decided_by": by.user_id,
                "note": remark,
            }
            ended = await self._end(order, OrderState.PROPOSED, {**decided, **values}, session)
            await note(
                session,
                now,
                by,
                "approveStockOrder" if state is OrderState.APPROVED else "rejectStockOrder",
                ("StockOrder", order_id),
                before={"state": order.state, "packs": order.packs},
                after={"state": ended.state, "packs": ended.packs},
            )
            return ended

        return await self._mongo.in_transaction(work)

    async def _receive(self, order_id: str, scanned: list[str], session: Session) -> StockOrder:
        order = await self._get(order_id, session)
        new = [serial for serial in scanned if serial not in order.received]
        if not new:
            return order
        received = [*order.received, *new]
        if len(received) > order.packs:
            raise BadStockOrderError(f"This order is for {order.packs} packs; more were scanned.")
        values: dict[str, Any] = {"received": received}
        if len(received) == order.packs:
            values |= {"state": OrderState.RECEIVED, "received_at": self._clock.now()}
        changed = await self._end(order, OrderState.APPROVED, values, session)
        await self._packs.commission(new, order.depot_id, session)
        return changed

    async def _get(self, order_id: str, session: Session) -> StockOrder:
        order = await StockOrder.read(order_id, session)
        if order is None:
            raise StockOrderNotFoundError("There is no such stock order.")
        return order

    async def _end(
        self, order: StockOrder, needed: OrderState, values: dict[str, Any], session: Session
    ) -> StockOrder:
        """Change an order that is in the state needed, and tell it; raises StockOrderDecidedError."""
        changed = await StockOrder.change(order.id, needed, values, session)
        if changed is None:
            raise StockOrderDecidedError(f"This order is {order.state}; it would have to be {needed}.")
        await publish(session, self._clock.now(), EVENT_OF_STATE[changed.state].of(changed))
        return changed


def _valid_depot(values: dict[str, Any]) -> Depot:
    try:
        depot = Depot(**values)
    except ValidationError as error:
        raise BadDepotError("Give a lead time of 1 to 365 days and costs above 0.") from error
    if not DEPOT_ID.fullmatch(depot.id) or not depot.name.strip():
        raise BadDepotError(
            "A depot has a name, and a key of 1 to 50 letters, digits, hyphens or underscores."
        )
    if depot.time_zone not in available_timezones():
        raise BadDepotError(f"There is no time zone {depot.time_zone}.")
    return depot


def _checked(serial_numbers: list[str]) -> list[str]:
    scanned = list(dict.fromkeys(serial_numbers))
    if not 1 <= len(scanned) <= MAX_SCANS or not all(1 <= len(one) <= 50 for one in scanned):
        raise BadStockOrderError(
            f"Scan 1 to {MAX_SCANS} packs at once; a serial number has 1 to 50 characters."
        )
    return scanned


@dataclass(frozen=True, slots=True)
class ProcurementServices(SliceServices):
    """What the slice procurement offers."""

    orders: ProcurementService
