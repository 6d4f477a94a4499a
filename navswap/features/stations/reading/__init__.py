"""Reading stations as last committed, outside transactions: from the memory of a web process, or from the database."""

from navswap.features.stations.reading.model import StationReadModel
from navswap.features.stations.reading.reader import StationReader, StoredStationReader

__all__ = ["StationReadModel", "StationReader", "StoredStationReader"]
