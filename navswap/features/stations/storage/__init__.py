"""Stations and when they were last seen, in MongoDB."""

from navswap.features.stations.storage.links import StationLink
from navswap.features.stations.storage.stations import (
    EVERY_STATION,
    FoundStation,
    Near,
    StationDocument,
    StationFilter,
    Stations,
    comparable_metres,
)

__all__ = [
    "EVERY_STATION",
    "FoundStation",
    "Near",
    "StationDocument",
    "StationFilter",
    "StationLink",
    "Stations",
    "comparable_metres",
]
