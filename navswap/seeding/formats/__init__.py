"""Reads a station network from a file of any usual kind; bad rows are reported, good ones kept."""

from navswap.seeding.formats.detection import parse_network, read_network
from navswap.seeding.formats.options import ReadingOptions, read_mapping
from navswap.seeding.formats.rows import (
    Flaw,
    NetworkFormat,
    ParsedNetwork,
    RejectedRow,
    StationRow,
    UnreadableNetworkError,
)

__all__ = [
    "Flaw",
    "NetworkFormat",
    "ParsedNetwork",
    "ReadingOptions",
    "RejectedRow",
    "StationRow",
    "UnreadableNetworkError",
    "parse_network",
    "read_mapping",
    "read_network",
]
