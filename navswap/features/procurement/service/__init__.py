"""Use cases of procurement: depots, proposals, orders."""

from dataclasses import dataclass

from navswap.features.procurement.domain.values import Depot, OrderInputs, OrderState, StockOrder
from navswap.features.procurement.service.depots import DepotService
from navswap.features.procurement.service.forecasts import DemandForecaster, RecentWeeksForecaster
from navswap.features.procurement.service.model_forecasts import ModelStockDemand
from navswap.features.procurement.service.orders import StockOrderService
from navswap.features.procurement.service.proposals import StockProposalService
from navswap.features.procurement.storage import OrderFilter
from navswap.services import SliceServices

__all__ = [
    "DemandForecaster",
    "Depot",
    "DepotService",
    "ModelStockDemand",
    "OrderFilter",
    "OrderInputs",
    "OrderState",
    "ProcurementServices",
    "RecentWeeksForecaster",
    "StockOrder",
    "StockOrderService",
    "StockProposalService",
]


@dataclass(frozen=True, slots=True)
class ProcurementServices(SliceServices):
    """The services of procurement."""

    depots: DepotService
    orders: StockOrderService
    proposals: StockProposalService
