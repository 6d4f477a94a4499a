"""Energy at the edge: its types, and its queries, mutations and subscriptions."""

from navswap.features.energy.graphql.fields import EnergyMutation, EnergyQuery, EnergySubscription

__all__ = ["EnergyMutation", "EnergyQuery", "EnergySubscription"]
