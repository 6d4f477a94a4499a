"""Opens MongoDB, Redis, Kafka and the hub once, builds the services on them, and closes all of it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from beanie import init_beanie
from redis.asyncio import Redis

from navswap.auth.tokens import AccessTokens, QrTokens
from navswap.events.consumer import DeadEvent, HandledEvent
from navswap.events.hub import Hub
from navswap.events.journal import JournalEntry
from navswap.events.outbox import OutboxEvent
from navswap.events.topics import full_names
from navswap.features.admin.documents import FleetOrder
from navswap.features.admin.service import (
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
from navswap.features.batteries.documents import Battery
from navswap.features.batteries.service import BatteryService, WithdrawalService
from navswap.features.credits.documents import CreditAccount, LedgerEntry
from navswap.features.credits.service import CreditService
from navswap.features.energy.documents import (
    ChargingPlan,
    EnergyStation,
    HourlySwaps,
    MeterReading,
    Tariff,
)
from navswap.features.energy.service import ChargingService, MeterService, SameHourLastWeek, TariffService
from navswap.features.faults.documents import Fault, StationLink, Ticket
from navswap.features.faults.service import FaultDesk, TicketService
from navswap.features.faults.service import build_services as build_fault_services
from navswap.features.logistics.documents import (
    JobOffer,
    RebalancingPlan,
    StationDemand,
    Transporter,
    TransportJob,
)
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
from navswap.features.partners.documents import PartnerShop, Stay, StoragePlan, StorageRequest
from navswap.features.partners.service import (
    LastValues,
    ShopRegister,
    ShopService,
    StorageFeeService,
    StoragePlanService,
    StorageRequestService,
)
from navswap.features.procurement.documents import Depot, DepotDay, StockOrder
from navswap.features.procurement.service import LastWeeks, ProcurementService
from navswap.features.staffing.documents import StaffAssignment, StaffMember, StationWork, StrainedStation
from navswap.features.staffing.service import (
    AssignmentKeeper,
    AssignmentService,
    LastHour,
    ProposalService,
    RosterService,
    StaffService,
)
from navswap.features.stations.documents import Station
from navswap.features.stations.service import StationService
from navswap.features.swapping.documents import QueueEntry, Swap
from navswap.features.swapping.service import (
    Collaborators,
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
from navswap.features.tracking.consumer import PositionConsumer
from navswap.features.tracking.documents import (
    FenceWatch,
    GpsLog,
    PositionMinute,
    TrafficCell,
    TrafficMap,
    TrafficMinute,
)
from navswap.features.tracking.latest import LatestPositions
from navswap.features.tracking.live import PositionHub
from navswap.features.tracking.service import (
    LastValue,
    TrackingService,
    TrafficKeeper,
    TrafficService,
    TrailService,
    TravelTimes,
)
from navswap.features.users.documents import SignInSession, User
from navswap.features.users.service import UserService
from navswap.graphql.context import Services
from navswap.graphql.rate_limit import OperationGuard, SignInGuard
from navswap.infra.kafka import KafkaUnavailableError, Producer, ensure_topics
from navswap.infra.mongo import Mongo, Stored
from navswap.infra.rate_limiter import RateLimiter
from navswap.infra.redis import open_redis
from navswap.kit.clock import Clock, SystemClock
from navswap.settings import Settings

log = structlog.get_logger(__name__)

DOCUMENTS: tuple[type[Stored], ...] = (
    User,
    SignInSession,
    Station,
    Battery,
    QueueEntry,
    Swap,
    FenceWatch,
    TrafficMinute,
    TrafficCell,
    TrafficMap,
    PositionMinute,
    PartnerShop,
    StoragePlan,
    StorageRequest,
    Stay,
    Depot,
    DepotDay,
    StockOrder,
    CreditAccount,
    LedgerEntry,
    RebalancingPlan,
    TransportJob,
    JobOffer,
    Transporter,
    StationDemand,
    Tariff,
    EnergyStation,
    ChargingPlan,
    MeterReading,
    HourlySwaps,
    Fault,
    Ticket,
    StationLink,
    StaffMember,
    StaffAssignment,
    StationWork,
    StrainedStation,
    FleetOrder,
    JournalEntry,
    OutboxEvent,
    HandledEvent,
    DeadEvent,
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that a process works with."""

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: Redis
    producer: Producer
    hub: Hub
    access_tokens: AccessTokens
    services: Services

    async def ping_redis(self) -> None:
        """Raise a redis error when Redis does not answer."""
        await self.redis.ping()

    async def probe_streams(self) -> None:
        """Raise KafkaUnavailableError unless the broker answers and the hub reads from it."""
        await self.producer.probe()
        if not self.hub.connected:
            raise KafkaUnavailableError("the hub does not read from the broker")


@asynccontextmanager
async def open_runtime(
    settings: Settings, clock: Clock | None = None, *, build_indexes: bool = True
) -> AsyncIterator[Runtime]:
    """Open a runtime; MongoDB must answer, Redis and Kafka may come later."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        mongo = await stack.enter_async_context(Mongo(settings))
        await init_beanie(mongo.database, document_models=list(DOCUMENTS), skip_indexes=not build_indexes)
        if build_indexes:
            await GpsLog(mongo.database).prepare(settings.gps_retention_days)
        redis = open_redis(settings)
        stack.push_async_callback(redis.aclose)
        producer = Producer(settings)
        await producer.start()
        stack.push_async_callback(producer.stop)
        access_tokens = AccessTokens(settings, clock)
        yield Runtime(
            settings=settings,
            clock=clock,
            mongo=mongo,
            redis=redis,
            producer=producer,
            hub=Hub(settings, clock),
            access_tokens=access_tokens,
            services=_services(settings, clock, mongo, redis, producer, access_tokens),
        )


def _services(
    settings: Settings,
    clock: Clock,
    mongo: Mongo,
    redis: Redis,
    producer: Producer,
    access_tokens: AccessTokens,
) -> Services:
    """Build every slice's service, low floors first."""
    limiter = RateLimiter(redis, settings.redis_prefix, clock)
    users = UserService(settings, mongo, clock, access_tokens)
    credit = CreditService(mongo, clock, users)
    stations = StationService(mongo, clock)
    batteries = BatteryService(clock)
    gps_log = GpsLog(mongo.database)
    tracking = TrackingService(settings, clock, producer, LatestPositions(settings, redis), gps_log, users)
    travel = TravelTimes(clock)
    swapping = Collaborators(
        settings=settings,
        mongo=mongo,
        clock=clock,
        stations=stations,
        batteries=batteries,
        tracking=tracking,
        travel=travel,
        queue=QueueKeeper(clock, stations, batteries, settings.promised_soc_percent),
        presence=Presence(settings, clock, tracking),
        forecaster=SameSlotLastWeek(),
        estimator=QueueingBaseline(),
    )
    logistics = LogisticsCollaborators(
        settings=settings,
        mongo=mongo,
        clock=clock,
        stations=stations,
        batteries=batteries,
        tracking=tracking,
        travel=travel,
        keeper=JobKeeper(clock, credit),
        forecaster=StockLessDemandLastWeek(),
    )
    shops = ShopService(mongo, clock, batteries)
    storage = StorageRequestService(mongo, clock, batteries, shops, users)
    tariffs = TariffService(mongo, clock, stations)
    assignments = AssignmentKeeper(settings, clock, stations, tracking)
    slices = Services(
        [
            OperationGuard(limiter, settings),
            SignInGuard(limiter, settings),
            users,
            credit,
            stations,
            batteries,
            WithdrawalService(clock),
            tracking,
            PositionHub(settings, clock),
            PositionConsumer(settings, mongo, clock, gps_log),
            TrailService(gps_log, users),
            TrafficKeeper(settings, mongo, clock, LastValue()),
            TrafficService(clock),
            travel,
            shops,
            ShopRegister(mongo, clock, users),
            StoragePlanService(mongo, clock, stations, shops, LastValues()),
            storage,
            StorageFeeService(mongo, clock, credit),
            ProcurementService(mongo, clock, batteries, users, LastWeeks()),
            QueueService(stations),
            HoldService(swapping),
            MoveService(swapping, credit),
            SwapService(swapping, QrTokens(settings)),
            RecommendationService(swapping),
            tariffs,
            StaffService(),
            RosterService(mongo, clock, users, stations),
            AssignmentService(mongo, clock, assignments),
            ProposalService(mongo, clock, stations, tracking, travel, assignments, LastHour()),
            MeterService(mongo, clock, stations, tariffs),
            ChargingService(settings, mongo, clock, stations, batteries, tariffs, SameHourLastWeek()),
            RebalancingService(logistics),
            MatchingService(logistics),
            JobService(logistics),
            CustodyService(logistics),
            StorageCollectionService(logistics, storage),
            TransporterService(logistics),
            TransportReader(),
            StatisticsService(),
            *build_fault_services(settings, mongo, clock, stations, batteries, users),
        ]
    )
    return slices.with_more(_administration(settings, mongo, clock, slices))


def _administration(settings: Settings, mongo: Mongo, clock: Clock, slices: Services) -> list[object]:
    """Build the services that look over all slices."""
    sources = Sources(
        stations=slices.get(StationService),
        batteries=slices.get(BatteryService),
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
        FleetService(
            settings, mongo, clock, sources.stations, sources.batteries, slices.get(WithdrawalService)
        ),
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
                batteries=sources.batteries,
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


def live_jobs(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    """Return what a web process does beside its requests: feed the subscriptions."""
    return [runtime.hub.run(), runtime.services.get(PositionHub).run()]


async def prepare_topics(settings: Settings) -> None:
    """Create missing topics; returns once the broker has answered."""
    await ensure_topics(settings, full_names(settings))


@asynccontextmanager
async def background(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run jobs beside the block and stop them with it; one that fails is logged and ends the process's health."""
    tasks = [asyncio.create_task(job) for job in jobs]
    for task in tasks:
        task.add_done_callback(_report)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background_job_failed", job=task.get_name(), exc_info=error)
