"""What the procurement slice publishes."""

from dataclasses import dataclass
from typing import ClassVar

from navswap.features.procurement.domain.values import StockOrder
from navswap.kit.facts import Fact


@dataclass(frozen=True, slots=True)
class StockOrderChanged(Fact):
    """A stock order changed; the payload is the whole order."""

    order: StockOrder

    def key(self) -> str:
        """Order by depot."""
        return self.order.depot_id


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
    """No one decided, and a newer proposal took its place."""

    type: ClassVar[str] = "procurement.stock_order.superseded"


class StockOrderPacksReceived(StockOrderChanged):
    """Some of the packs have come; others are still to come."""

    type: ClassVar[str] = "procurement.stock_order.packs_received"


class StockOrderReceived(StockOrderChanged):
    """All of the packs have come."""

    type: ClassVar[str] = "procurement.stock_order.received"
