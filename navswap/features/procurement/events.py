"""What the procurement slice publishes."""

from datetime import datetime
from typing import ClassVar, Self

from navswap.events.envelope import DomainEvent
from navswap.features.procurement.documents import OrderState, StockOrder


class StockOrderChanged(DomainEvent):
    """A stock order changed."""

    order_id: str
    depot_id: str
    day: str
    packs: int
    state: OrderState
    received: list[str]
    proposed_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    revision: int

    @classmethod
    def of(cls, order: StockOrder) -> Self:
        """Tell an order as it was just written."""
        names = cls.model_fields.keys() & StockOrder.model_fields.keys()
        return cls(order_id=order.id, **{name: getattr(order, name) for name in names})

    def key(self) -> str:
        """Order by depot."""
        return self.depot_id


class StockOrderProposed(StockOrderChanged):
    """A depot should order packs."""

    type: ClassVar[str] = "procurement.stock_order.proposed"


class StockOrderApproved(StockOrderChanged):
    """The packs are on order."""

    type: ClassVar[str] = "procurement.stock_order.approved"


class StockOrderRejected(StockOrderChanged):
    """The packs are not ordered."""

    type: ClassVar[str] = "procurement.stock_order.rejected"


class StockOrderSuperseded(StockOrderChanged):
    """Nobody decided, and a newer proposal took its place."""

    type: ClassVar[str] = "procurement.stock_order.superseded"


class StockOrderReceived(StockOrderChanged):
    """The packs have come."""

    type: ClassVar[str] = "procurement.stock_order.received"


EVENT_OF_STATE: dict[OrderState, type[StockOrderChanged]] = {
    OrderState.PROPOSED: StockOrderProposed,
    OrderState.APPROVED: StockOrderApproved,
    OrderState.REJECTED: StockOrderRejected,
    OrderState.SUPERSEDED: StockOrderSuperseded,
    OrderState.RECEIVED: StockOrderReceived,
}
