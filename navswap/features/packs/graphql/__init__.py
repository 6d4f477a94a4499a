"""Packs at the edge: their types, query and mutation, and the fields that they join to stations and users."""

from navswap.features.packs.graphql.fields import ModelOfStock, RiderPacks, SlotPacks, VehiclePacks
from navswap.features.packs.graphql.mutations import PacksMutation
from navswap.features.packs.graphql.queries import PacksQuery
from navswap.features.packs.graphql.types import (
    Pack,
    PackElsewhere,
    PackKnown,
    PackModel,
    PackNotFound,
    PackPlace,
    SlotTaken,
    load_model,
)

__all__ = [
    "ModelOfStock",
    "Pack",
    "PackElsewhere",
    "PackKnown",
    "PackModel",
    "PackNotFound",
    "PackPlace",
    "PacksMutation",
    "PacksQuery",
    "RiderPacks",
    "SlotPacks",
    "SlotTaken",
    "VehiclePacks",
    "load_model",
]
