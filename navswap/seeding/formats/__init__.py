"""Reads a station network from CSV, GeoJSON, GBFS or GoStation JSON; bad rows are reported, good ones kept."""

from navswap.seeding.formats.detection import parse_network, read_network
from navswap.seeding.formats.rows import (
    NetworkFormat,
    ParsedNetwork,
    RejectedRow,
    StationRow,
    UnreadableNetworkError,
)

__all__ = [
    "NetworkFormat",
    "ParsedNetwork",
    "RejectedRow",
    "StationRow",
    "UnreadableNetworkError",
    "parse_network",
    "read_network",
]
