"""Procurement at the edge: types, queries and mutations."""

from navswap.features.procurement.graphql.depots import DepotsMutation
from navswap.features.procurement.graphql.mutations import ProcurementMutation
from navswap.features.procurement.graphql.queries import ProcurementQuery
from navswap.features.procurement.graphql.types import Depot, StockOrder

__all__ = ["Depot", "DepotsMutation", "ProcurementMutation", "ProcurementQuery", "StockOrder"]
