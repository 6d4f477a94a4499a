"""The life of a stock order: PROPOSED, then APPROVED, REJECTED or SUPERSEDED; an approved one ends as RECEIVED."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from navswap.features.procurement.domain.values import MAX_PACKS, OrderInputs, OrderState, StockOrder
from navswap.features.procurement.errors import MorePacksThanOrderedError, StockOrderDecidedError
from navswap.features.procurement.events import (
    StockOrderApproved,
    StockOrderPacksReceived,
    StockOrderProposed,
    StockOrderReceived,
    StockOrderRejected,
    StockOrderSuperseded,
)
from navswap.kit.charging import STANDARD_PACK
from navswap.kit.lifecycle import Transition, unchanged


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided on an order, when, and why."""

    decided_by: str
    decided_at: datetime
    note: str = ""


def propose(
    order_id: str,
    depot_id: str,
    day: str,
    packs: int,
    inputs: OrderInputs,
    pack_model_id: str = STANDARD_PACK.id,
) -> Transition[StockOrder]:
    """Return a new proposal, of at most MAX_PACKS packs."""
    packs = min(packs, MAX_PACKS)
    order = StockOrder(order_id, depot_id, day, packs, inputs, inputs.as_of, pack_model_id)
    return Transition(None, order, (StockOrderProposed(order),))


def supersede(order: StockOrder) -> Transition[StockOrder]:
    """End a proposal that no one decided on, for a newer one; raises StockOrderDecidedError."""
    _require(order, OrderState.PROPOSED)
    superseded = replace(order, state=OrderState.SUPERSEDED, revision=order.revision + 1)
    return Transition(order, superseded, (StockOrderSuperseded(superseded),))


def approve(order: StockOrder, decision: Decision, packs: int | None = None) -> Transition[StockOrder]:
    """Order the packs proposed, or another number; approving the same again changes nothing.

    Raises StockOrderDecidedError.
    """
    wanted = order.packs if packs is None else packs
    if order.state is OrderState.APPROVED and order.packs == wanted:
        return unchanged(order)
    _require(order, OrderState.PROPOSED)
    approved = replace(_decided(order, OrderState.APPROVED, decision), packs=wanted)
    return Transition(order, approved, (StockOrderApproved(approved),))


def reject(order: StockOrder, decision: Decision) -> Transition[StockOrder]:
    """Order nothing; rejecting again changes nothing. Raises StockOrderDecidedError."""
    if order.state is OrderState.REJECTED:
        return unchanged(order)
    _require(order, OrderState.PROPOSED)
    rejected = _decided(order, OrderState.REJECTED, decision)
    return Transition(order, rejected, (StockOrderRejected(rejected),))


def receive(order: StockOrder, serial_numbers: Sequence[str], now: datetime) -> Transition[StockOrder]:
    """Take packs in that have come; those scanned before change nothing, the last one completes the order.

    Raises StockOrderDecidedError, MorePacksThanOrderedError for more packs than were ordered.
    """
    new = tuple(serial for serial in serial_numbers if serial not in order.received)
    if not new:
        return unchanged(order)
    _require(order, OrderState.APPROVED)
    received = (*order.received, *new)
    if len(received) > order.packs:
        raise MorePacksThanOrderedError(f"This order is for {order.packs} packs; more were scanned.")
    taken = replace(order, received=received, revision=order.revision + 1)
    if len(received) < order.packs:
        return Transition(order, taken, (StockOrderPacksReceived(taken),))
    complete = replace(taken, state=OrderState.RECEIVED, received_at=now)
    return Transition(order, complete, (StockOrderReceived(complete),))


def _decided(order: StockOrder, state: OrderState, decision: Decision) -> StockOrder:
    return replace(
        order,
        state=state,
        decided_at=decision.decided_at,
        decided_by=decision.decided_by,
        note=decision.note,
        revision=order.revision + 1,
    )


def _require(order: StockOrder, state: OrderState) -> None:
    if order.state is not state:
        raise StockOrderDecidedError(f"This order is {order.state}; it would have to be {state}.")
