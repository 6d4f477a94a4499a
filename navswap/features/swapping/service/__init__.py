"""Use cases of swapping, by what a rider lives through: recommendation, hold, swap."""

from dataclasses import dataclass

from navswap.features.swapping.documents import BonusQuote, EntryState, MoveCause
from navswap.features.swapping.service.dependencies import Dependencies
from navswap.features.swapping.service.holds import HoldService
from navswap.features.swapping.service.keeper import QueueKeeper
from navswap.features.swapping.service.moves import MoveService, Why
from navswap.features.swapping.service.ports import (
    DemandForecaster,
    QueueingBaseline,
    SameSlotLastWeek,
    WaitEstimator,
)
from navswap.features.swapping.service.presence import Presence
from navswap.features.swapping.service.queues import QueueService
from navswap.features.swapping.service.recommendations import Outlook, RecommendationService
from navswap.features.swapping.service.statistics import (
    ActiveHolds,
    Bucket,
    HoldCount,
    Span,
    StatisticsService,
    SwapCount,
)
from navswap.features.swapping.service.swaps import ReturnedPack, SwapService
from navswap.services import SliceServices

__all__ = [
    "ActiveHolds",
    "BonusQuote",
    "Bucket",
    "DemandForecaster",
    "Dependencies",
    "EntryState",
    "HoldCount",
    "HoldService",
    "MoveCause",
    "MoveService",
    "Outlook",
    "Presence",
    "QueueKeeper",
    "QueueService",
    "QueueingBaseline",
    "RecommendationService",
    "ReturnedPack",
    "SameSlotLastWeek",
    "Span",
    "StatisticsService",
    "SwapCount",
    "SwapService",
    "SwappingServices",
    "WaitEstimator",
    "Why",
]


@dataclass(frozen=True, slots=True)
class SwappingServices(SliceServices):
    """What the slice swapping offers."""

    queues: QueueService
    holds: HoldService
    moves: MoveService
    swaps: SwapService
    recommendations: RecommendationService
    statistics: StatisticsService
