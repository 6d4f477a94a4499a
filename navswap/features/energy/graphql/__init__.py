"""Energy at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.energy.graphql.fields import EnergyMutation, EnergyQuery, EnergySubscription
from navswap.features.energy.graphql.tariffs import TariffsMutation, TariffsQuery

__all__ = ["EnergyMutation", "EnergyQuery", "EnergySubscription", "TariffsMutation", "TariffsQuery"]
