"""The manifest of swapping."""

from collections.abc import Sequence
from datetime import timedelta

from navswap.auth.tokens import QrTokens
from navswap.features.credits.service import CreditsServices
from navswap.features.geofences.service import GeofencesServices
from navswap.features.packs.service import PacksServices
from navswap.features.positions.service import PositionsServices
from navswap.features.stations.service import StationsServices
from navswap.features.swapping.graphql import (
    PackReportMutation,
    StationSwapping,
    SwappingMutation,
    SwappingQuery,
    SwappingSubscription,
    VehicleMutation,
)
from navswap.features.swapping.graphql import QueueEntry as QueueEntryNode
from navswap.features.swapping.graphql import Swap as SwapNode
from navswap.features.swapping.reactions import reactions
from navswap.features.swapping.service import (
    BufferReader,
    ConfirmService,
    HistoryService,
    HoldService,
    HoldTerms,
    ModelDemand,
    ModelHolds,
    ModelOutages,
    MoveService,
    PackReportService,
    QueueingEstimator,
    QueueRecorder,
    QueueService,
    RankingForecasts,
    RecommendationService,
    RiderService,
    SameSpanLastWeek,
    ScanService,
    StatisticsService,
    SupplyReader,
    SwappingParameters,
    SwappingServices,
    SwapService,
    UsualHolds,
)
from navswap.features.swapping.storage import QueueEntryDocument, SwapDocument
from navswap.features.traffic.service import TrafficServices
from navswap.features.users.service import UsersServices
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Scheduled, Slice

LAPSE_SECONDS = 1.0
"""How often lapsed holds are looked for; the slot of a lapsed hold is free at most so much later."""


def _build(platform: Platform, lower: Services) -> SwappingServices:
    settings, mongo, clock, ids = platform.settings, platform.mongo, platform.clock, platform.ids
    outbox, idempotency, parameters = platform.outbox, platform.idempotency, parameters_of(settings)
    stations, packs = lower.of(StationsServices).stations, lower.of(PacksServices).packs
    positions, travel = lower.of(PositionsServices).positions, lower.of(TrafficServices).travel_times
    ledger, geofences = lower.of(CreditsServices).credits, lower.of(GeofencesServices).geofences
    contacts = lower.of(StationsServices).contacts
    station_reader, pack_reader = lower.of(StationsServices).reader, lower.of(PacksServices).reader
    models = lower.of(PacksServices).models
    riders = RiderService(mongo, lower.of(UsersServices), models, positions, parameters)
    share = settings.prior_walk_in_share
    last_week = SameSpanLastWeek(station_reader, settings.swap_prior, share)
    forecaster = ModelDemand(platform.forecaster, last_week, share)
    readiness = lower.of(PacksServices).readiness
    queue = QueueRecorder(clock, outbox, stations, packs, geofences, parameters, platform.turns)
    moves = MoveService(clock, station_reader, queue, ledger, models, readiness, parameters)
    lower.of(StationsServices).broken_holds.are_moved_by(moves)
    terms = HoldTerms(
        BufferReader(clock, riders, forecaster, readiness, parameters),
        ModelHolds(platform.forecaster, UsualHolds(parameters), parameters),
    )
    return SwappingServices(
        queues=QueueService(station_reader, parameters),
        confirmations=ConfirmService(clock, ids, idempotency, queue, riders, terms, parameters),
        riders=riders,
        holds=HoldService(mongo, clock, queue),
        scans=ScanService(mongo, clock, idempotency, queue, riders, QrTokens(settings), parameters),
        swaps=SwapService(mongo, clock, ids, outbox, packs, queue, parameters),
        moves=moves,
        reports=PackReportService(mongo, clock, stations, contacts, packs, parameters.promised_soc_percent),
        recommendations=RecommendationService(
            clock,
            station_reader,
            SupplyReader(pack_reader, models, readiness, parameters),
            travel,
            RankingForecasts(forecaster, QueueingEstimator(parameters), ModelOutages(platform.forecaster)),
            parameters,
        ),
        statistics=StatisticsService(),
        history=HistoryService(),
    )


def parameters_of(settings: Settings) -> SwappingParameters:
    """Return what an operator has set of swapping."""
    return SwappingParameters(
        hold=timedelta(minutes=settings.hold_minutes),
        swap_time=timedelta(minutes=settings.swap_minutes),
        promised_soc_percent=settings.promised_soc_percent,
        fence_metres=settings.fence_metres,
        position_age=timedelta(minutes=settings.rider_position_minutes),
        move_within_metres=settings.move_within_metres,
        compensation_credits=settings.compensation_credits,
        waited_minute=settings.waited_minute,
        roads=settings.roads,
        visits=settings.visits,
    )


def _schedule(own: SwappingServices) -> Sequence[Scheduled]:
    return [Scheduled(LAPSE_SECONDS, own.holds.lapse_due, "lapse_holds")]


SLICE = Slice(
    name="swapping",
    services=SwappingServices,
    build=_build,
    topic="swapping",
    documents=(QueueEntryDocument, SwapDocument),
    reactions=lambda own: reactions(own.holds),
    schedule=_schedule,
    query=(SwappingQuery,),
    mutation=(SwappingMutation, VehicleMutation, PackReportMutation),
    subscription=(SwappingSubscription,),
    nodes=(QueueEntryNode, SwapNode),
    extensions=(StationSwapping,),
)
