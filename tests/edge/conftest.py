from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from navswap.kit.clock import ManualClock, SystemClock
from navswap.settings import Settings
from tests.edge.serving import patient_redis, sample_app, serving


@pytest.fixture
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """A Redis client that a busy machine does not turn away from Redis."""
    async with patient_redis(settings) as client:
        yield client


@pytest.fixture
async def client(settings: Settings, redis: Redis, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sample application, without a network between them."""
    transport = httpx.ASGITransport(sample_app(settings, redis, clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[str]:
    """Host and port at which the sample application is served."""
    limits = {"max_body_bytes": 2000, "max_subscriptions_per_connection": 3}
    async with (
        patient_redis(settings) as redis,
        serving(sample_app(settings.model_copy(update=limits), redis, SystemClock())) as address,
    ):
        yield address
