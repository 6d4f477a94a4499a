"""Procurement at the edge: types, queries and mutations."""

from navswap.features.procurement.graphql.depots import DepotsMutation
from navswap.features.procurement.graphql.mutations import ProcurementMutation
from navswap.features.procurement.graphql.queries import ProcurementQuery

__all__ = ["DepotsMutation", "ProcurementMutation", "ProcurementQuery"]
