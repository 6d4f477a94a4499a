"""Redis: one client a process, for what may be lost."""

from redis.asyncio import Redis

from navswap.settings import Settings

SOCKET_TIMEOUT_SECONDS = 0.5
"""A Redis slower than this counts as down; what it holds may be lost, so nobody waits for it."""


def open_redis(settings: Settings) -> Redis:
    """Return a client that connects on first use and fails fast."""
    client: Redis = Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        health_check_interval=30,
    )
    return client
