"""Energy at the edge: its types, its mutations, sheds and subscription, and what it joins to Station."""

from navswap.features.energy.graphql.mutations import EnergyMutation
from navswap.features.energy.graphql.queries import EnergyQuery, StationEnergyFields
from navswap.features.energy.graphql.sheds import ShedMutation
from navswap.features.energy.graphql.subscriptions import EnergySubscription
from navswap.features.energy.graphql.types import ChargingPlan, Tariff

__all__ = [
    "ChargingPlan",
    "EnergyMutation",
    "EnergyQuery",
    "EnergySubscription",
    "ShedMutation",
    "StationEnergyFields",
    "Tariff",
]
