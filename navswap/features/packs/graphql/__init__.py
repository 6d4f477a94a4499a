"""Packs at the edge: their types, query and mutation, and the fields that they join to stations and users."""

from navswap.features.packs.graphql.fields import ModelOfStock, RiderPacks, SlotPacks, VehiclePacks
from navswap.features.packs.graphql.mutations import PacksMutation
from navswap.features.packs.graphql.queries import PacksQuery
from navswap.features.packs.graphql.types import (
    Pack,
    PackModel,
    PackPlace,
    load_model,
)

__all__ = [
    "ModelOfStock",
    "Pack",
    "PackModel",
    "PackPlace",
    "PacksMutation",
    "PacksQuery",
    "RiderPacks",
    "SlotPacks",
    "VehiclePacks",
    "load_model",
]
