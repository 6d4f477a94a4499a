"""Energy at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.energy.graphql.fields import EnergyMutation, EnergyQuery, EnergySubscription
from navswap.features.energy.graphql.tariffs import TariffsMutation, TariffsQuery
from navswap.features.energy.graphql.types import ChargingPlan

__all__ = [
    "ChargingPlan",
    "EnergyMutation",
    "EnergyQuery",
    "EnergySubscription",
    "TariffsMutation",
    "TariffsQuery",
]
