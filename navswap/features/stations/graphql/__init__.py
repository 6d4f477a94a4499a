"""Stations at the edge: their types, and their queries, mutations and subscriptions."""

from navswap.features.stations.graphql.fields import StationsMutation, StationsQuery, StationsSubscription
from navswap.features.stations.graphql.types import (
    Slot,
    Station,
    StationClosed,
    StationNotFound,
    StationStatus,
    load_station,
)

__all__ = [
    "Slot",
    "Station",
    "StationClosed",
    "StationNotFound",
    "StationStatus",
    "StationsMutation",
    "StationsQuery",
    "StationsSubscription",
    "load_station",
]
