"""Builds the services of every slice on the ground of a process, low floors first; nothing is opened here."""

from dataclasses import dataclass

from redis.asyncio import Redis

from navswap.auth.sign_in_limit import SignInGuard
from navswap.auth.tokens import AccessTokens, QrTokens
from navswap.edge.rate_limit import OperationGuard
from navswap.features.credits.service import CreditService
from navswap.features.energy.service import ChargingService, MeterService, SameHourLastWeek, TariffService
from navswap.features.faults.service import FaultDesk, TicketService
from navswap.features.faults.service import build_services as build_fault_services
from navswap.features.geofences.reactions import VisitHandler
from navswap.features.geofences.service import GeofenceService, VisitTracker
from navswap.features.logistics.service import Collaborators as LogisticsCollaborators
from navswap.features.logistics.service import (
    CustodyService,
    JobKeeper,
    JobService,
    MatchingService,
    RebalancingService,
    StockLessDemandLastWeek,
    StorageCollectionService,
    TransporterService,
    TransportReader,
)
from navswap.features.network.service import (
    FleetService,
    JournalReader,
    LiveService,
    LogisticsService,
    LogisticsSources,
    NetworkStatistics,
    NetworkTraffic,
    Sources,
    StatusService,
    StatusSources,
)
from navswap.features.packs.service import PackService, WithdrawalService
from navswap.features.partners.service import (
    LastValues,
    ShopRegister,
    ShopService,
    StorageFeeService,
    StoragePlanService,
    StorageRequestService,
)
from navswap.features.positions.service import PositionService, TrailService
from navswap.features.positions.service.consumer import PositionConsumer
from navswap.features.positions.service.hub import PositionHub
from navswap.features.positions.storage import GpsLog, LatestPositions
from navswap.features.procurement.service import LastWeeks, ProcurementService
from navswap.features.staffing.service import (
    AssignmentKeeper,
    AssignmentService,
    LastHour,
    ProposalService,
    RosterService,
    StaffService,
)
from navswap.features.stations.service import StationService
from navswap.features.swapping.service import Collaborators as SwappingCollaborators
from navswap.features.swapping.service import (
    HoldService,
    MoveService,
    Presence,
    QueueingBaseline,
    QueueKeeper,
    QueueService,
    RecommendationService,
    SameSlotLastWeek,
    StatisticsService,
    SwapService,
)
from navswap.features.traffic.reactions import ProbeHandler
from navswap.features.traffic.service import (
    LastValue,
    ProbeCounter,
    TrafficMapUpdater,
    TrafficService,
    TravelTimes,
)
from navswap.features.users.service import UserService
from navswap.graphql.context import Services
from navswap.infra.kafka import Producer
from navswap.infra.mongo import Mongo
from navswap.infra.rate_limiter import RateLimiter
from navswap.kit.clock import Clock
from navswap.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """What all services stand on: settings, time, the stores, and the tokens of sessions."""

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: Redis
    producer: Producer
    access_tokens: AccessTokens


def build_services(ground: Ground) -> Services:
    """Return the services of every slice; each floor finds those below it by their class."""
    slices = Services(_users_and_stock(ground))
    for floor in (
        _positions,
        _geofences,
        _traffic,
        _logged_positions,
        _partners,
        _swapping,
        _logistics,
        _staffing,
        _energy,
        _faults,
        _network,
    ):
        slices = slices.with_more(floor(ground, slices))
    return slices


def _users_and_stock(ground: Ground) -> list[object]:
    """Build who may come in, and what everything else is about: users, credits, stations, packs."""
    settings, mongo, clock = ground.settings, ground.mongo, ground.clock
    limiter = RateLimiter(ground.redis, settings.redis_prefix, clock)
    users = UserService(settings, mongo, clock, ground.access_tokens)
    return [
        OperationGuard(limiter, settings),
        SignInGuard(limiter, settings),
        users,
        CreditService(mongo, clock, users),
        StationService(mongo, clock),
        PackService(clock),
        WithdrawalService(clock),
    ]


def _positions(ground: Ground, slices: Services) -> list[object]:
    settings, clock = ground.settings, ground.clock
    users = slices.get(UserService)
    gps_log = GpsLog(ground.mongo.database)
    latest = LatestPositions(settings, ground.redis)
    return [
        gps_log,
        PositionService(settings, clock, ground.producer, latest, gps_log, users),
        PositionHub(settings, clock),
        TrailService(gps_log, users),
    ]


def _geofences(ground: Ground, slices: Services) -> list[object]:
    return [
        GeofenceService(ground.clock),
        VisitTracker(ground.mongo, ground.clock, slices.get(GpsLog)),
    ]


def _traffic(ground: Ground, slices: Services) -> list[object]:  # noqa: ARG001 - it stands on no other slice
    return [
        ProbeCounter(),
        TrafficMapUpdater(ground.settings, ground.mongo, ground.clock, LastValue()),
        TrafficService(ground.clock),
        TravelTimes(ground.clock, ground.settings.roads),
    ]


def _logged_positions(ground: Ground, slices: Services) -> list[object]:
    """Build the one consumer of positions, with what each slice does with them."""
    handlers = (VisitHandler(slices.get(VisitTracker)), ProbeHandler(slices.get(ProbeCounter)))
    return [PositionConsumer(ground.settings, ground.clock, slices.get(GpsLog), handlers)]


def _partners(ground: Ground, slices: Services) -> list[object]:
    """Build the services of partner shops and of depots."""
    mongo, clock = ground.mongo, ground.clock
    users, packs = slices.get(UserService), slices.get(PackService)
    shops = ShopService(mongo, clock, packs)
    return [
        shops,
        ShopRegister(mongo, clock, users),
        StoragePlanService(mongo, clock, slices.get(StationService), shops, LastValues()),
        StorageRequestService(mongo, clock, packs, shops, users),
        StorageFeeService(mongo, clock, slices.get(CreditService)),
        ProcurementService(mongo, clock, packs, users, LastWeeks()),
    ]


def _swapping(ground: Ground, slices: Services) -> list[object]:
    settings, clock = ground.settings, ground.clock
    stations, packs = slices.get(StationService), slices.get(PackService)
    work = SwappingCollaborators(
        settings=settings,
        mongo=ground.mongo,
        clock=clock,
        stations=stations,
        packs=packs,
        geofences=slices.get(GeofenceService),
        travel=slices.get(TravelTimes),
        queue=QueueKeeper(clock, stations, packs, settings.promised_soc_percent),
        presence=Presence(settings, clock, slices.get(PositionService)),
        forecaster=SameSlotLastWeek(),
        estimator=QueueingBaseline(),
    )
    return [
        QueueService(stations),
        HoldService(work),
        MoveService(work, slices.get(CreditService)),
        SwapService(work, QrTokens(settings)),
        RecommendationService(work),
        StatisticsService(),
    ]


def _logistics(ground: Ground, slices: Services) -> list[object]:
    work = LogisticsCollaborators(
        settings=ground.settings,
        mongo=ground.mongo,
        clock=ground.clock,
        stations=slices.get(StationService),
        packs=slices.get(PackService),
        positions=slices.get(PositionService),
        travel=slices.get(TravelTimes),
        keeper=JobKeeper(ground.clock, slices.get(CreditService)),
        forecaster=StockLessDemandLastWeek(),
    )
    return [
        RebalancingService(work),
        MatchingService(work),
        JobService(work),
        CustodyService(work),
        StorageCollectionService(work, slices.get(StorageRequestService)),
        TransporterService(work),
        TransportReader(),
    ]


def _staffing(ground: Ground, slices: Services) -> list[object]:
    mongo, clock = ground.mongo, ground.clock
    stations, positions = slices.get(StationService), slices.get(PositionService)
    assignments = AssignmentKeeper(ground.settings, clock, stations, slices.get(GeofenceService))
    travel = slices.get(TravelTimes)
    return [
        StaffService(),
        RosterService(mongo, clock, slices.get(UserService), stations),
        AssignmentService(mongo, clock, assignments),
        ProposalService(mongo, clock, stations, positions, travel, assignments, LastHour()),
    ]


def _energy(ground: Ground, slices: Services) -> list[object]:
    settings, mongo, clock = ground.settings, ground.mongo, ground.clock
    stations, packs = slices.get(StationService), slices.get(PackService)
    tariffs = TariffService(mongo, clock, stations)
    return [
        tariffs,
        MeterService(mongo, clock, stations, tariffs),
        ChargingService(settings, mongo, clock, stations, packs, tariffs, SameHourLastWeek()),
    ]


def _faults(ground: Ground, slices: Services) -> list[object]:
    return [
        *build_fault_services(
            ground.settings,
            ground.mongo,
            ground.clock,
            slices.get(StationService),
            slices.get(PackService),
            slices.get(UserService),
        )
    ]


def _network(ground: Ground, slices: Services) -> list[object]:
    """Build the services that look over all slices."""
    settings, mongo, clock = ground.settings, ground.mongo, ground.clock
    sources = Sources(
        stations=slices.get(StationService),
        packs=slices.get(PackService),
        statistics=slices.get(StatisticsService),
        transports=slices.get(TransportReader),
        requests=slices.get(StorageRequestService),
        energy=slices.get(ChargingService),
        tickets=slices.get(TicketService),
        staff=slices.get(StaffService),
        assignments=slices.get(AssignmentService),
    )
    return [
        LiveService(clock, sources),
        NetworkStatistics(sources.stations, sources.statistics),
        FleetService(settings, mongo, clock, sources.stations, sources.packs, slices.get(WithdrawalService)),
        LogisticsService(
            clock,
            LogisticsSources(
                transports=sources.transports,
                plans=slices.get(RebalancingService),
                shops=slices.get(ShopService),
                requests=slices.get(StorageRequestService),
                orders=slices.get(ProcurementService),
            ),
        ),
        StatusService(
            clock,
            StatusSources(
                packs=sources.packs,
                outlooks=slices.get(RecommendationService),
                faults=slices.get(FaultDesk),
                tickets=sources.tickets,
                staff=sources.staff,
                energy=slices.get(ChargingService),
            ),
        ),
        NetworkTraffic(sources.stations, slices.get(TrafficService)),
        JournalReader(),
    ]
