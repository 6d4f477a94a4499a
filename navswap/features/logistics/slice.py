"""The manifest of logistics."""

from collections.abc import Sequence

from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.documents import (
    JobOffer,
    RebalancingPlan,
    StationDemand,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.graphql import (
    LogisticsMutation,
    LogisticsQuery,
    LogisticsSubscription,
    RecoveryMutation,
    StorageCollectionMutation,
)
from navswap.features.logistics.graphql import RebalancingPlan as RebalancingPlanNode
from navswap.features.logistics.graphql import Transporter as TransporterNode
from navswap.features.logistics.graphql import TransportJob as TransportJobNode
from navswap.features.logistics.reactions import reactions
from navswap.features.logistics.service import (
    CustodyService,
    Dependencies,
    JobKeeper,
    JobService,
    LogisticsServices,
    MatchingService,
    RebalancingService,
    StockLessDemandLastWeek,
    StorageCollectionService,
    TransporterService,
    TransportReader,
)
from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import StationsServices
from navswap.features.traffic.service import TrafficServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.slice import Scheduled, Slice

OFFER_SECONDS = 1.0
"""How often offers that were not answered in time are looked for."""
MATCH_SECONDS = 5.0
"""How often open transport jobs and free transporters are matched: long enough for a batch to gather."""
TRANSPORT_SECONDS = 15.0
"""How often late transport jobs, and a plan that is due, are looked for."""


def _build(platform: Platform, lower: Services) -> LogisticsServices:
    dependencies = Dependencies(
        settings=platform.settings,
        mongo=platform.mongo,
        clock=platform.clock,
        stations=lower.of(StationsServices).stations,
        packs=lower.of(PacksServices).packs,
        positions=lower.of(PositionsServices).positions,
        travel=lower.of(TrafficServices).travel_times,
        keeper=JobKeeper(platform.clock, lower.of(CreditsServices).credits),
        forecaster=StockLessDemandLastWeek(),
    )
    return LogisticsServices(
        rebalancing=RebalancingService(dependencies),
        matching=MatchingService(dependencies),
        jobs=JobService(dependencies),
        custody=CustodyService(dependencies),
        storage_collections=StorageCollectionService(dependencies, lower.of(PartnersServices).requests),
        transporters=TransporterService(dependencies),
        transports=TransportReader(),
    )


def _schedule(own: LogisticsServices) -> Sequence[Scheduled]:
    return [
        Scheduled(OFFER_SECONDS, own.matching.expire_due, "expire_offers"),
        Scheduled(MATCH_SECONDS, own.matching.match_due, "match_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, own.jobs.lapse_due, "lapse_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, own.rebalancing.plan_due, "plan_rebalancing"),
    ]


SLICE = Slice(
    name="logistics",
    services=LogisticsServices,
    build=_build,
    topic="logistics",
    documents=(RebalancingPlan, TransportJob, JobOffer, Transporter, StationDemand),
    reactions=lambda _own: reactions(),
    schedule=_schedule,
    query=(LogisticsQuery,),
    mutation=(LogisticsMutation, StorageCollectionMutation, RecoveryMutation),
    subscription=(LogisticsSubscription,),
    nodes=(RebalancingPlanNode, TransportJobNode, TransporterNode),
)
