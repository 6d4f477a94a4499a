"""Redis: one client a process, for what may be lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from navswap.infra.cancellation import to_the_end
from navswap.settings import Settings

SOCKET_TIMEOUT_SECONDS = 0.5
"""A Redis slower than this counts as down; what it holds may be lost, so no request waits for it."""


@asynccontextmanager
async def open_redis(
    settings: Settings, *, timeout_seconds: float = SOCKET_TIMEOUT_SECONDS
) -> AsyncIterator[Redis]:
    """Open a client that connects on first use and fails fast, unless it is given more time for each answer."""
    client: Redis = Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=30,
    )
    try:
        yield client
    finally:
        await to_the_end(client.aclose())
