"""Use cases of swapping, by what a rider lives through: recommendation, hold, scan, swap."""

from dataclasses import dataclass

from navswap.features.swapping.domain.lifecycle import MoveReason
from navswap.features.swapping.domain.parameters import SwappingParameters
from navswap.features.swapping.domain.ranking import VisitNeed
from navswap.features.swapping.domain.statistics import ActiveHolds, Bucket, HoldCount, Span, SwapCount
from navswap.features.swapping.domain.values import (
    BonusQuote,
    EntryState,
    MoveCause,
    QueueEntry,
    ReturnedPack,
    Swap,
)
from navswap.features.swapping.service.buffers import BufferReader, HoldTerms
from navswap.features.swapping.service.confirming import ConfirmService
from navswap.features.swapping.service.forecasts import (
    DemandForecaster,
    HoldTimer,
    QueueingEstimator,
    RankingForecasts,
    SameSpanLastWeek,
    UsualHolds,
    WaitEstimator,
)
from navswap.features.swapping.service.history import HistoryService, LoadedHistory
from navswap.features.swapping.service.holds import HoldService
from navswap.features.swapping.service.model_forecasts import ModelDemand, ModelHolds, ModelOutages
from navswap.features.swapping.service.moves import MoveService
from navswap.features.swapping.service.queues import QueueService
from navswap.features.swapping.service.recommendations import Outlook, RecommendationService
from navswap.features.swapping.service.recording import QueueRecorder
from navswap.features.swapping.service.reports import PackReport, PackReportService
from navswap.features.swapping.service.riders import RiderService
from navswap.features.swapping.service.scans import ScanService
from navswap.features.swapping.service.statistics import StatisticsService
from navswap.features.swapping.service.supplies import SupplyReader
from navswap.features.swapping.service.swaps import SwapService
from navswap.features.swapping.storage import SwapFilter
from navswap.services import SliceServices

__all__ = [
    "ActiveHolds",
    "BonusQuote",
    "Bucket",
    "BufferReader",
    "ConfirmService",
    "DemandForecaster",
    "EntryState",
    "HistoryService",
    "HoldCount",
    "HoldService",
    "HoldTerms",
    "HoldTimer",
    "LoadedHistory",
    "ModelDemand",
    "ModelHolds",
    "ModelOutages",
    "MoveCause",
    "MoveReason",
    "MoveService",
    "Outlook",
    "PackReport",
    "PackReportService",
    "QueueEntry",
    "QueueRecorder",
    "QueueService",
    "QueueingEstimator",
    "RankingForecasts",
    "RecommendationService",
    "ReturnedPack",
    "RiderService",
    "SameSpanLastWeek",
    "ScanService",
    "Span",
    "StatisticsService",
    "SupplyReader",
    "Swap",
    "SwapCount",
    "SwapFilter",
    "SwapService",
    "SwappingParameters",
    "SwappingServices",
    "UsualHolds",
    "VisitNeed",
    "WaitEstimator",
]


@dataclass(frozen=True, slots=True)
class SwappingServices(SliceServices):
    """The services of swapping."""

    queues: QueueService
    riders: RiderService
    confirmations: ConfirmService
    holds: HoldService
    scans: ScanService
    swaps: SwapService
    moves: MoveService
    reports: PackReportService
    recommendations: RecommendationService
    statistics: StatisticsService
    history: HistoryService
