"""The edge over the sample schema, in an application of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.types import ASGIApp

from navswap.edge.endpoint import Admission, GraphQLEndpoint
from navswap.edge.frames import FrameProtocol
from navswap.edge.rate_limit import OperationGuard
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.infra.rate_limiter import RateLimiter
from navswap.kit.clock import Clock
from navswap.kit.errors import NavSwapError
from navswap.kit.ids import new_id
from navswap.settings import Settings
from tests.edge.sample import Mutation, Query, SampleContext, Subscription


class BadTokenError(NavSwapError):
    code = "BAD_TOKEN"


def sample_context(token: str | None, address: str) -> SampleContext:
    del address
    if token == "bad":
        raise BadTokenError("The token is not ours.")
    if token == "bug":
        raise RuntimeError("password=hunter2")
    return SampleContext(principal=token)


async def sample_welcome(context: SampleContext) -> None:
    token = (context.connection_params or {}).get("authorization")
    if token == "bad":
        raise BadTokenError("The token is not ours.")
    if token == "bug":
        raise RuntimeError("password=hunter2")
    context.principal = token if isinstance(token, str) else None


def patient_redis(settings: Settings) -> Redis:
    """Return a client that waits as long as a busy machine needs."""
    client: Redis = Redis.from_url(settings.redis_url, socket_timeout=60, socket_connect_timeout=60)
    return client


def sample_app(settings: Settings, redis: Redis, clock: Clock, **options: Any) -> Starlette:
    """An application with limits of its own."""
    limiter = RateLimiter(redis, f"{settings.redis_prefix}{new_id()}:", clock, timeout_seconds=60)
    schema = LimitedSchema(
        query=Query, mutation=Mutation, subscription=Subscription, policy=SchemaPolicy.of(settings)
    )
    edge = GraphQLEndpoint(
        schema,
        settings,
        OperationGuard(limiter, settings),
        Admission(
            context_of=sample_context,
            principal_of=lambda context: context.principal,
            on_connect=sample_welcome,
        ),
        **options,
    )
    return Starlette(routes=edge.routes())


class _Server(uvicorn.Server):
    def __init__(self, app: ASGIApp, protocol: type[asyncio.Protocol], *, compresses: bool) -> None:
        # Here, for commands stand in the help in the order in which they are imported.
        from navswap.cli.serve import http_protocol  # noqa: PLC0415

        super().__init__(
            uvicorn.Config(
                app,
                http=http_protocol(),
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                ws=protocol,
                ws_per_message_deflate=compresses,
            )
        )
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serving(
    app: ASGIApp,
    port: int = 0,
    protocol: type[asyncio.Protocol] = FrameProtocol,
    *,
    compresses: bool = False,
) -> AsyncIterator[str]:
    """Serve an application on a port of loopback, a free one unless it is given; yields host and port."""
    listener = socket.create_server(("127.0.0.1", port))
    server = _Server(app, protocol, compresses=compresses)
    task = asyncio.create_task(server.serve([listener]))
    try:
        await server.ready.wait()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        await task
        listener.close()
