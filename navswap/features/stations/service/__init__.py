"""Use cases of stations: find, record stock, open and close, take out of use, load a network."""

from dataclasses import dataclass

from navswap.features.stations.domain.hours import (
    OpeningTimes,
    closes_at,
    gives_holds,
    is_open_at,
    is_out_of_hours,
    next_closing,
    next_opening,
    open_at,
    read_times,
    reopens_at,
)
from navswap.features.stations.domain.lifecycle import block, new_station, unblock
from navswap.features.stations.domain.stock import CountedPacks, CountsByModel, stock_by_model, total
from navswap.features.stations.domain.values import (
    Block,
    Information,
    ModelStock,
    SlotState,
    Station,
    StationNow,
    StationState,
    Status,
    Stock,
)
from navswap.features.stations.reading import StationReader, StationReadModel, StoredStationReader
from navswap.features.stations.service.broken_holds import BrokenHolds
from navswap.features.stations.service.contacts import ContactService
from navswap.features.stations.service.stations import StationService
from navswap.features.stations.storage import EVERY_STATION, FoundStation, Near, StationFilter
from navswap.services import SliceServices

__all__ = [
    "EVERY_STATION",
    "Block",
    "BrokenHolds",
    "ContactService",
    "CountedPacks",
    "CountsByModel",
    "FoundStation",
    "Information",
    "ModelStock",
    "Near",
    "OpeningTimes",
    "SlotState",
    "Station",
    "StationFilter",
    "StationNow",
    "StationReadModel",
    "StationReader",
    "StationService",
    "StationState",
    "StationsServices",
    "Status",
    "Stock",
    "StoredStationReader",
    "block",
    "closes_at",
    "gives_holds",
    "is_open_at",
    "is_out_of_hours",
    "new_station",
    "next_closing",
    "next_opening",
    "open_at",
    "read_times",
    "reopens_at",
    "stock_by_model",
    "total",
    "unblock",
]


@dataclass(frozen=True, slots=True)
class StationsServices(SliceServices):
    """What the slice stations offers."""

    reader: StationReadModel
    stations: StationService
    contacts: ContactService
    broken_holds: BrokenHolds
