"""Orders about many packs in MongoDB."""

from navswap.features.network.domain.fleet import FleetOrder
from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository


class FleetOrderDocument(Stored):
    """Where orders are; the fields are those of `FleetOrder`."""

    class Settings:
        name = "fleet_orders"


class FleetOrders(Repository[FleetOrder]):
    """The orders about packs."""

    document = FleetOrderDocument
    value = FleetOrder

    @classmethod
    async def get(cls, order_id: str, session: Session | None = None) -> FleetOrder:
        """Return an order that exists; raises LookupError."""
        order = await cls.find(order_id, session)
        if order is None:
            raise LookupError(f"there is no order {order_id}")
        return order
