"""Opens MongoDB, Redis, Kafka and the hub once, builds the services on them, and closes all of it."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.tokens import AccessTokens, RefreshTokens
from navswap.composition import check, compose
from navswap.events.audit_log import AuditLog, AuditLogEntry
from navswap.events.dead_letters import DeadEvent
from navswap.events.feeds import FeedCounter
from navswap.events.handled import HandledEvent
from navswap.events.hub import Hub
from navswap.events.outbox import Outbox, OutboxEvent
from navswap.events.topics import full_names
from navswap.infra.idempotency import Idempotency, KeyedAnswer
from navswap.infra.kafka import KafkaUnavailableError, Producer, ensure_topics
from navswap.infra.lease import LeaseDocument
from navswap.infra.mongo import Mongo, Stored, bind_documents
from navswap.infra.rate_limiter import RateLimiter
from navswap.infra.redis import open_redis
from navswap.infra.turns import Turns
from navswap.kit.clock import Clock, SystemClock
from navswap.kit.ids import TimeOrderedIds
from navswap.ml.forecaster import Forecaster
from navswap.platform import Platform
from navswap.services import Services
from navswap.settings import Settings
from navswap.slice import Slices, all_topics, documents_of, fact_topics
from navswap.slices import SLICES

PLATFORM_DOCUMENTS: tuple[type[Stored], ...] = (
    AuditLogEntry,
    KeyedAnswer,
    OutboxEvent,
    FeedCounter,
    HandledEvent,
    DeadEvent,
    LeaseDocument,
)
"""What the platform stores for the slices."""
DOCUMENTS = (*documents_of(SLICES), *PLATFORM_DOCUMENTS)
"""All that is stored by Beanie."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything that a process works with."""

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: Redis
    producer: Producer
    hub: Hub
    rate_limiter: RateLimiter
    access_tokens: AccessTokens
    ended_sessions: EndedSessions
    forecaster: Forecaster
    slices: Slices
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
    settings: Settings, clock: Clock | None = None, *, build_indexes: bool = True, slices: Slices = SLICES
) -> AsyncIterator[Runtime]:
    """Open a runtime; MongoDB must answer, Redis and Kafka may come later.

    Raises MissingServicesError, before anything is opened, when a slice uses one that is not below it in `slices`.
    """
    check(slices)
    clock = clock or SystemClock()
    hub = Hub(settings, clock, fact_topics(slices))
    async with _open_platform(settings, clock, hub) as platform:
        documents = [*documents_of(slices), *PLATFORM_DOCUMENTS]
        await bind_documents(platform.mongo.database, documents, build_indexes=build_indexes)
        if build_indexes:
            for part in slices:
                if part.prepare is not None:
                    await part.prepare(platform)
        yield Runtime(
            settings=settings,
            clock=platform.clock,
            mongo=platform.mongo,
            redis=platform.redis,
            producer=platform.producer,
            hub=hub,
            rate_limiter=platform.rate_limiter,
            access_tokens=platform.access_tokens,
            ended_sessions=platform.ended_sessions,
            forecaster=platform.forecaster,
            slices=slices,
            services=compose(slices, platform),
        )


@asynccontextmanager
async def _open_platform(settings: Settings, clock: Clock, hub: Hub) -> AsyncIterator[Platform]:
    """Open what the slices are built on, and close it in the end."""
    async with AsyncExitStack() as stack:
        mongo = await stack.enter_async_context(Mongo(settings))
        redis = await stack.enter_async_context(open_redis(settings))
        producer = Producer(settings)
        await producer.start()
        stack.push_async_callback(producer.stop)
        ids = TimeOrderedIds(clock)
        ended = EndedSessions(clock, timedelta(minutes=settings.access_token_minutes))
        yield Platform(
            settings=settings,
            clock=clock,
            ids=ids,
            mongo=mongo,
            redis=redis,
            producer=producer,
            hub=hub,
            outbox=Outbox(ids),
            audit_log=AuditLog(ids),
            idempotency=Idempotency(mongo, clock),
            turns=Turns(),
            rate_limiter=RateLimiter(redis, settings.redis_prefix, clock),
            access_tokens=AccessTokens(settings, clock, ended),
            refresh_tokens=RefreshTokens(settings),
            ended_sessions=ended,
            forecaster=Forecaster(settings, clock),
        )


def live_jobs(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    """Return what a web process does beside its requests: feed the subscriptions and the models."""
    jobs = [job for part in runtime.slices for job in part.web_jobs(part.services.of(runtime))]
    return [runtime.hub.run(), runtime.forecaster.run(runtime.hub), *jobs]


async def prepare_topics(settings: Settings, slices: Slices = SLICES) -> None:
    """Create missing topics; returns once the broker has answered."""
    await ensure_topics(settings, full_names(settings, all_topics(slices)))
