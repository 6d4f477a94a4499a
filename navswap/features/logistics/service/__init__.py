"""Use cases of logistics: plan, match, take, carry, look."""

from dataclasses import dataclass

from navswap.features.logistics.documents import (
    EndedJobs,
    JobState,
    OfferState,
    RebalancingPlan,
    TransportJob,
)
from navswap.features.logistics.rules import BalanceForecast, StationFacts
from navswap.features.logistics.service.custody import CustodyService, ScannedPack
from navswap.features.logistics.service.dependencies import Dependencies
from navswap.features.logistics.service.jobs import JobService
from navswap.features.logistics.service.keeper import JobKeeper
from navswap.features.logistics.service.matching import MatchingService
from navswap.features.logistics.service.planning import RebalancingService
from navswap.features.logistics.service.ports import StockLessDemandLastWeek, SurplusForecaster
from navswap.features.logistics.service.reading import (
    HistoryTotals,
    JobFilter,
    OfferCounts,
    PlanProgress,
    TransporterCounts,
    TransportReader,
    UnfinishedJobs,
)
from navswap.features.logistics.service.storage import StorageCollectionService
from navswap.features.logistics.service.transporters import TransporterService
from navswap.services import SliceServices

__all__ = [
    "BalanceForecast",
    "CustodyService",
    "Dependencies",
    "EndedJobs",
    "HistoryTotals",
    "JobFilter",
    "JobKeeper",
    "JobService",
    "JobState",
    "LogisticsServices",
    "MatchingService",
    "OfferCounts",
    "OfferState",
    "PlanProgress",
    "RebalancingPlan",
    "RebalancingService",
    "ScannedPack",
    "StationFacts",
    "StockLessDemandLastWeek",
    "StorageCollectionService",
    "SurplusForecaster",
    "TransportJob",
    "TransportReader",
    "TransporterCounts",
    "TransporterService",
    "UnfinishedJobs",
]


@dataclass(frozen=True, slots=True)
class LogisticsServices(SliceServices):
    """What the slice logistics offers."""

    rebalancing: RebalancingService
    matching: MatchingService
    jobs: JobService
    custody: CustodyService
    storage_collections: StorageCollectionService
    transporters: TransporterService
    transports: TransportReader
