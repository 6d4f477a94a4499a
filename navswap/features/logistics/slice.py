"""The manifest of logistics."""

from collections.abc import Sequence
from datetime import timedelta

from navswap.features.credits.service import CreditsServices
from navswap.features.logistics.domain.parameters import (
    JobParameters,
    LogisticsParameters,
    MatchingParameters,
    PayParameters,
    PlanningParameters,
)
from navswap.features.logistics.graphql import (
    CustodyMutation,
    JobOffer,
    LogisticsMutation,
    LogisticsQuery,
    LogisticsSubscription,
    RebalancingPlan,
    ReturnMutation,
    Transporter,
    TransportJob,
)
from navswap.features.logistics.reactions import reactions
from navswap.features.logistics.service import (
    CustodyService,
    DemandService,
    InventoryReader,
    JobService,
    LogisticsServices,
    MatchingService,
    PickListService,
    RebalancingService,
    ReturnService,
    StopReader,
    TransporterService,
    TransportReader,
    TripPlanner,
)
from navswap.features.logistics.service.forecasts import StockLessDemandLastWeek
from navswap.features.logistics.service.handovers import ShopHandovers
from navswap.features.logistics.service.inventories import PackStocks
from navswap.features.logistics.service.job_writer import JobWriter
from navswap.features.logistics.service.loading import Loading
from navswap.features.logistics.service.matching_inputs import MatchingInputs
from navswap.features.logistics.service.model_forecasts import ModelBalances
from navswap.features.logistics.service.offers import OfferWriter
from navswap.features.logistics.service.planning import PlanWriter
from navswap.features.logistics.service.station_stock import StationStock
from navswap.features.logistics.service.trip_opener import TripOpener
from navswap.features.logistics.service.vehicles import VehicleReader
from navswap.features.logistics.storage.jobs import TransportJobDocument
from navswap.features.logistics.storage.offers import JobOfferDocument, TransporterDocument
from navswap.features.logistics.storage.plans import RebalancingPlanDocument, StationDemand
from navswap.features.packs.service import PacksServices
from navswap.features.partners.service import PartnersServices
from navswap.features.positions.service import PositionsServices, PresenceReader, transporter_proof
from navswap.features.procurement.service import ProcurementServices
from navswap.features.stations.service import StationsServices
from navswap.features.traffic.service import TrafficServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice

OFFER_SECONDS = 1.0
"""How often offers that were not answered in time are looked for."""
MATCH_SECONDS = 5.0
"""How often open transport jobs and free transporters are matched: long enough for a batch to gather."""
TRANSPORT_SECONDS = 15.0
"""How often late transport jobs, a plan that is due, and storage requests without their trips are looked for."""


def _build(platform: Platform, lower: Services) -> LogisticsServices:
    mongo, clock, ids, outbox = platform.mongo, platform.clock, platform.ids, platform.outbox
    stations, packs = lower.of(StationsServices), lower.of(PacksServices)
    travel = lower.of(TrafficServices).travel_times
    parameters = parameters_of(platform.settings)
    partners, depots = lower.of(PartnersServices), lower.of(ProcurementServices).depots
    stops = StopReader(clock, stations.reader, partners.shops, depots)
    offers = OfferWriter(clock, ids, outbox, parameters.matching.offer_life)
    writer = JobWriter(
        clock, outbox, lower.of(CreditsServices).credits, offers, partners.requests, platform.turns
    )
    vehicles = VehicleReader(packs.packs)
    promised_soc_percent = float(platform.settings.promised_soc_percent)
    stock = StationStock(clock, stations.stations, packs.packs, promised_soc_percent)
    inventories = InventoryReader(
        clock,
        stations.reader,
        depots,
        PackStocks(packs.reader, packs.models, packs.readiness, promised_soc_percent),
        travel,
        ModelBalances(platform.forecaster, StockLessDemandLastWeek(platform.settings.swap_prior)),
        parameters.planning.horizon,
    )
    matching_inputs = MatchingInputs(
        clock,
        stops,
        packs.reader,
        lower.of(PositionsServices).positions,
        timedelta(minutes=platform.settings.transporter_position_minutes),
    )
    presence = PresenceReader(lower.of(PositionsServices).positions, parameters.proof)
    plans = PlanWriter(outbox, platform.audit_log, parameters.jobs)
    partners.handovers.trips.are_tracked_by(ShopHandovers(clock, writer, vehicles))
    trips = TripOpener(clock, ids, writer, stops, travel, parameters)
    return LogisticsServices(
        inventories=inventories,
        demand=DemandService(),
        rebalancing=RebalancingService(
            mongo, clock, ids, platform.idempotency, inventories, plans, parameters
        ),
        matching=MatchingService(mongo, clock, writer, offers, matching_inputs, travel, parameters.matching),
        jobs=JobService(mongo, clock, writer, offers, vehicles, parameters.jobs, platform.audit_log),
        custody=CustodyService(
            mongo, clock, writer, vehicles, stock, Loading(stock, depots, partners.requests), presence
        ),
        trips=TripPlanner(mongo, clock, writer, trips, partners.requests),
        returns=ReturnService(
            clock,
            platform.idempotency,
            platform.audit_log,
            trips,
            stations.stations,
            packs.packs,
            timedelta(minutes=platform.settings.storage_delivery_minutes),
        ),
        stops=stops,
        transporters=TransporterService(mongo, clock, offers),
        transports=TransportReader(),
        pick_lists=PickListService(packs.reader, stations.reader, promised_soc_percent),
    )


def parameters_of(settings: Settings) -> LogisticsParameters:
    """Return what the operator has set."""
    return LogisticsParameters(
        pay=PayParameters(
            trip_credits=settings.job_trip_credits,
            minute_credits=settings.job_minute_credits,
            pack_credits=settings.job_pack_credits,
            promise_factor=settings.job_promise_factor,
        ),
        jobs=JobParameters(
            open_for=timedelta(minutes=settings.job_open_minutes),
            handling=timedelta(minutes=settings.job_handling_minutes),
            drive_allowance=settings.job_drive_allowance,
            max_attempts=settings.job_max_attempts,
        ),
        matching=MatchingParameters(
            offer_life=timedelta(seconds=settings.offer_seconds),
            max_pickup_minutes=settings.max_pickup_minutes,
            fairness_minutes=settings.fairness_minutes,
            roads=settings.roads,
        ),
        planning=PlanningParameters(
            interval=timedelta(minutes=settings.rebalancing_minutes),
            horizon=timedelta(minutes=settings.rebalancing_horizon_minutes),
            worth_minutes=settings.pack_worth_minutes,
            usual_load_packs=settings.transport_load_packs,
            roads=settings.roads,
        ),
        proof=transporter_proof(settings),
    )


def _schedule(own: LogisticsServices) -> Sequence[Scheduled]:
    return [
        Scheduled(OFFER_SECONDS, own.matching.expire_due, "expire_offers"),
        Scheduled(MATCH_SECONDS, own.matching.match_due, "match_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, own.jobs.lapse_due, "lapse_transport_jobs"),
        Scheduled(TRANSPORT_SECONDS, own.rebalancing.plan_due, "plan_rebalancing"),
        Scheduled(TRANSPORT_SECONDS, own.trips.follow_due, "follow_storage_requests"),
    ]


SLICE = Slice(
    name="logistics",
    services=LogisticsServices,
    build=_build,
    topic="logistics",
    documents=(
        RebalancingPlanDocument,
        TransportJobDocument,
        JobOfferDocument,
        TransporterDocument,
        StationDemand,
    ),
    reactions=lambda own: reactions(own.trips),
    schedule=_schedule,
    query=(LogisticsQuery,),
    mutation=(LogisticsMutation, CustodyMutation, ReturnMutation),
    subscription=(LogisticsSubscription,),
    nodes=(RebalancingPlan, TransportJob, JobOffer, Transporter),
)
