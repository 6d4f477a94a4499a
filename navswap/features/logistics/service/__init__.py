"""Use cases of logistics: plan, match, accept, carry, read."""

from dataclasses import dataclass

from navswap.features.logistics.domain.needs import BalanceForecast, StationInventory
from navswap.features.logistics.domain.slots import ScannedPack
from navswap.features.logistics.domain.values import (
    JobOffer,
    JobState,
    OfferState,
    RebalancingPlan,
    Stop,
    StopKind,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.service.custody import CustodyService
from navswap.features.logistics.service.demand import DemandService
from navswap.features.logistics.service.forecasts import BalanceForecaster
from navswap.features.logistics.service.inventories import InventoryReader
from navswap.features.logistics.service.jobs import JobService
from navswap.features.logistics.service.matching import MatchingService
from navswap.features.logistics.service.pick_lists import PickListService
from navswap.features.logistics.service.planning import RebalancingService
from navswap.features.logistics.service.reading import PlanProgress, TransporterCounts, TransportReader
from navswap.features.logistics.service.returns import ReturnService, WantedReturn
from navswap.features.logistics.service.stops import StopFacts, StopReader
from navswap.features.logistics.service.transporters import TransporterService
from navswap.features.logistics.service.trips import TripPlanner
from navswap.features.logistics.storage.jobs import HistoryTotals, JobFilter, JobTotals, UnfinishedJobs
from navswap.features.logistics.storage.offers import OfferCounts
from navswap.services import SliceServices

__all__ = [
    "BalanceForecast",
    "BalanceForecaster",
    "CustodyService",
    "DemandService",
    "HistoryTotals",
    "InventoryReader",
    "JobFilter",
    "JobOffer",
    "JobService",
    "JobState",
    "JobTotals",
    "LogisticsServices",
    "MatchingService",
    "OfferCounts",
    "OfferState",
    "PickListService",
    "PlanProgress",
    "RebalancingPlan",
    "RebalancingService",
    "ReturnService",
    "ScannedPack",
    "StationInventory",
    "Stop",
    "StopFacts",
    "StopKind",
    "StopReader",
    "TransportJob",
    "TransportReader",
    "Transporter",
    "TransporterCounts",
    "TransporterService",
    "TripPlanner",
    "UnfinishedJobs",
    "WantedReturn",
]


@dataclass(frozen=True, slots=True)
class LogisticsServices(SliceServices):
    """What the slice logistics offers."""

    inventories: InventoryReader
    demand: DemandService
    rebalancing: RebalancingService
    matching: MatchingService
    jobs: JobService
    custody: CustodyService
    trips: TripPlanner
    returns: ReturnService
    stops: StopReader
    transporters: TransporterService
    transports: TransportReader
    pick_lists: PickListService
