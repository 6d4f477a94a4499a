"""Stations at the edge: their types, and their queries, mutations and subscriptions."""

from navswap.features.stations.graphql.mutations import StationsMutation
from navswap.features.stations.graphql.queries import StationsQuery
from navswap.features.stations.graphql.scopes import WatchedStations, stream_of_stations
from navswap.features.stations.graphql.subscriptions import StationsSubscription
from navswap.features.stations.graphql.types import (
    ModelStock,
    Slot,
    Station,
    StationStatus,
    load_station,
)

__all__ = [
    "ModelStock",
    "Slot",
    "Station",
    "StationStatus",
    "StationsMutation",
    "StationsQuery",
    "StationsSubscription",
    "WatchedStations",
    "load_station",
    "stream_of_stations",
]
