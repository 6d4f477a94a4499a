"""Use cases of logistics: plan, match, take, carry, look."""

from navswap.features.logistics.documents import JobState
from navswap.features.logistics.service.collaborators import Collaborators
from navswap.features.logistics.service.custody import CustodyService, ScannedPack
from navswap.features.logistics.service.jobs import JobService
from navswap.features.logistics.service.keeper import JobKeeper
from navswap.features.logistics.service.matching import MatchingService
from navswap.features.logistics.service.planning import RebalancingService
from navswap.features.logistics.service.ports import StockLessDemandLastWeek, SurplusForecaster
from navswap.features.logistics.service.reading import (
    HistoryTotals,
    JobFilter,
    TransportReader,
    UnfinishedJobs,
)
from navswap.features.logistics.service.storage import StorageCollectionService
from navswap.features.logistics.service.transporters import TransporterService

__all__ = [
    "Collaborators",
    "CustodyService",
    "HistoryTotals",
    "JobFilter",
    "JobKeeper",
    "JobService",
    "JobState",
    "MatchingService",
    "RebalancingService",
    "ScannedPack",
    "StockLessDemandLastWeek",
    "StorageCollectionService",
    "SurplusForecaster",
    "TransportReader",
    "TransporterService",
    "UnfinishedJobs",
]
