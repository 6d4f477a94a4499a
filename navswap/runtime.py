"""Opens MongoDB, Redis, Kafka and the hub once, builds the services on them, and closes all of it."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from beanie import init_beanie
from redis.asyncio import Redis

from navswap.auth.tokens import AccessTokens
from navswap.composition import Ground, build_services
from navswap.events.consumer import DeadEvent, HandledEvent
from navswap.events.hub import Hub
from navswap.events.journal import JournalEntry
from navswap.events.outbox import OutboxEvent
from navswap.events.topics import full_names
from navswap.features.credits.documents import CreditAccount, LedgerEntry
from navswap.features.energy.documents import (
    ChargingPlan,
    EnergyStation,
    HourlySwaps,
    MeterReading,
    Tariff,
)
from navswap.features.faults.documents import Fault, StationLink, Ticket
from navswap.features.geofences.storage import FenceWatch
from navswap.features.logistics.documents import (
    JobOffer,
    RebalancingPlan,
    StationDemand,
    Transporter,
    TransportJob,
)
from navswap.features.network.documents import FleetOrder
from navswap.features.packs.documents import Pack
from navswap.features.partners.documents import PartnerShop, Stay, StoragePlan, StorageRequest
from navswap.features.positions.service.hub import PositionHub
from navswap.features.positions.storage import GpsLog
from navswap.features.procurement.documents import Depot, DepotDay, StockOrder
from navswap.features.staffing.documents import StaffAssignment, StaffMember, StationWork, StrainedStation
from navswap.features.stations.documents import Station
from navswap.features.swapping.documents import QueueEntry, Swap
from navswap.features.traffic.storage import PositionMinute, TrafficCell, TrafficMap, TrafficMinute
from navswap.features.users.documents import SignInSession, User
from navswap.graphql.context import Services
from navswap.infra.idempotency import KeyedAnswer
from navswap.infra.kafka import KafkaUnavailableError, Producer, ensure_topics
from navswap.infra.mongo import Mongo, Stored
from navswap.infra.redis import open_redis
from navswap.kit.clock import Clock, SystemClock
from navswap.settings import Settings

DOCUMENTS: tuple[type[Stored], ...] = (
    User,
    SignInSession,
    Station,
    Pack,
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
    KeyedAnswer,
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
            services=build_services(Ground(settings, clock, mongo, redis, producer, access_tokens)),
        )


def live_jobs(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    """Return what a web process does beside its requests: feed the subscriptions."""
    return [runtime.hub.run(), runtime.services.get(PositionHub).run()]


async def prepare_topics(settings: Settings) -> None:
    """Create missing topics; returns once the broker has answered."""
    await ensure_topics(settings, full_names(settings))
