"""Depots and their packs."""

from navswap.features.packs.service import Condition, Pack, Place, PlaceKind
from navswap.features.procurement.service import Depot, ProcurementServices, StockOrder
from navswap.features.procurement.storage import Depots, StockOrders
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.network import a_pack


async def a_depot(*, lead_time_days: int = 14, point: Point | None = None) -> Depot:
    """Store a depot without packs."""
    depot = Depot(
        id=new_id(),
        name="Depot",
        time_zone="Asia/Kolkata",
        lead_time_days=lead_time_days,
        point=point,
    )
    await Depots.insert_missing([depot])
    return depot


async def depot_packs(depot: Depot, count: int, condition: Condition = Condition.FIT) -> list[Pack]:
    """Store packs in a depot."""
    place = Place(kind=PlaceKind.DEPOT, holder_id=depot.id)
    return [await a_pack(place, condition=condition) for _ in range(count)]


async def a_proposal(runtime: Runtime, packs: int = 3) -> StockOrder:
    """Propose an order for a new depot, because so many packs of the network are faulty."""
    depot = await a_depot()
    await depot_packs(depot, packs, Condition.FAULTY)
    assert await ProcurementServices.of(runtime).proposals.propose_due() == 1
    order = await StockOrders.find_where({"depot_id": depot.id})
    assert order is not None
    return order
