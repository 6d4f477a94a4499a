"""The Starlette app of the web process: lifespan, middleware, routes."""

import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from navswap.auth.presented import is_absent, token_in, token_of
from navswap.auth.principal import NotAllowedError, NotSignedInError, Principal
from navswap.auth.tokens import InvalidTokenError
from navswap.edge.endpoint import Admission, GraphQLEndpoint
from navswap.edge.persisted import PersistedDocuments
from navswap.edge.rate_limit import OperationGuard
from navswap.events.outbox import observe_outbox
from navswap.features.packs.service import PacksServices
from navswap.features.stations.service import StationsServices
from navswap.graphql.context import Context
from navswap.infra.garbage import leave_alone_what_stays
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.rate_leases import LeasedLimiter
from navswap.infra.telemetry import CORRELATION_HEADER, configure_logging
from navswap.runtime import Runtime, live_jobs, open_runtime
from navswap.schema import schema_for
from navswap.seeding.city import SeedsUnreadableError
from navswap.seeding.files import seeds_dir
from navswap.settings import Settings
from navswap.web import dashboard, gbfs, graphiql, health, metrics
from navswap.web.correlation import CorrelationMiddleware
from navswap.web.direct import DirectRoute
from navswap.web.persisted import persisted_documents
from navswap.web.security import SecurityHeadersMiddleware

API_PATH: Final = "/graphql"


class WebApp(Starlette):
    """Starlette with a short way to the API, once the application has started."""

    api: DirectRoute | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a websocket or the lifespan."""
        if self.api is not None and self.api.takes(scope):
            await self.api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def at_once(self, scope: Scope, body: bytes) -> tuple[bytes, bytes] | None:
        """Return header lines and body of an answer that needs no waiting (`edge/protocol.py`), None where there is none."""
        api = self.api
        return api.at_once(scope, body) if api is not None and api.takes(scope) else None


def create_app(
    settings: Settings | None = None,
    runtime: Runtime | None = None,
    *,
    end_process: Callable[[], object] | None = None,
) -> Starlette:
    """Build the app; it opens its own runtime at start-up unless it is handed one (whose owner closes it).

    Raises ManifestUnreadableError where a file of persisted documents is none.

    `end_process` is called when a live job dies, and must lead to the end of the lifespan, which raises JobDiedError
    then. Left out, SIGTERM ends the process; beside a runtime that was handed in, the lifespan is cancelled.
    """
    settings = settings or (runtime.settings if runtime else Settings())
    persisted = persisted_documents(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened = runtime
            if opened is None:
                configure_logging(settings)
                opened = await stack.enter_async_context(open_runtime(settings))
            beside = [leave_alone_what_stays()] if runtime is None else []
            jobs = await stack.enter_async_context(BackgroundJobs(*live_jobs(opened), *beside))
            if end_process is not None:
                jobs.when_one_dies(end_process)
            elif runtime is None:
                jobs.when_one_dies(lambda: signal.raise_signal(signal.SIGTERM))
            edge = _endpoint(opened, persisted)
            app.router.routes.extend(_routes(opened, jobs, edge))
            web.api = DirectRoute(
                API_PATH,
                edge.answer,
                edge.answer_at_once,
                https=_is_https(settings),
                allows_origins=bool(settings.allowed_origins),
            )
            yield

    web = WebApp(routes=[], lifespan=lifespan, middleware=_middleware(settings))
    return web


def _middleware(settings: Settings) -> list[Middleware]:
    always = [
        Middleware(CorrelationMiddleware),
        Middleware(SecurityHeadersMiddleware, https=_is_https(settings)),
    ]
    if not settings.allowed_origins:
        return always
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", CORRELATION_HEADER],
        expose_headers=[
            CORRELATION_HEADER,
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
        ],
    )
    return [*always, cors]


def _is_https(settings: Settings) -> bool:
    return settings.public_url.startswith("https")


def _endpoint(runtime: Runtime, persisted: PersistedDocuments) -> GraphQLEndpoint[Context]:
    contexts = _ContextMaker(runtime)
    return GraphQLEndpoint(
        schema_for(runtime.settings, runtime.slices),
        runtime.settings,
        OperationGuard(LeasedLimiter(runtime.rate_limiter), runtime.settings),
        Admission(
            context_of=contexts.of_connection,
            principal_of=_principal_id,
            on_connect=contexts.sign_in_websocket,
            on_renewal=contexts.renew_websocket,
            refused_token=lambda context: context.refused_token,
        ),
        persisted=persisted,
    )


def _routes(runtime: Runtime, jobs: BackgroundJobs, edge: GraphQLEndpoint[Context]) -> list[BaseRoute]:
    return [
        *edge.routes(API_PATH),
        *dashboard.routes(partial(_streets, runtime.settings)),
        *graphiql.routes(),
        *_feed(runtime),
        *health.routes(
            required={"mongodb": runtime.mongo.ping, "jobs": jobs.check},
            useful={"redis": runtime.ping_redis, "kafka": runtime.probe_streams},
        ),
        *metrics.routes(lambda: observe_outbox(runtime.clock)),
    ]


def _feed(runtime: Runtime) -> list[BaseRoute]:
    """Return the routes of the GBFS feed; none in a process without the slices that it shows."""
    if not {"stations", "packs"} <= {part.name for part in runtime.slices}:
        return []
    settings = runtime.settings
    system = gbfs.System(
        id=settings.network_id,
        name=settings.network_name,
        language=settings.network_language,
        contact_email=settings.contact_email,
        time_zone=settings.time_zone,
        url=settings.public_url.removesuffix("/"),
    )
    reader = StationsServices.of(runtime).reader
    return gbfs.routes(system, reader, PacksServices.of(runtime).models, runtime.clock)


def _streets(settings: Settings) -> Path | None:
    """Return the file of the streets that the map of the dashboard is drawn on; None where no seed files are delivered."""
    try:
        return seeds_dir(settings) / "streets.geojson"
    except SeedsUnreadableError:
        return None


class _ContextMaker:
    """Builds the context of a request from its access token."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def of_connection(self, authorization: str | None, address: str) -> Context:
        """Return the context of a request or websocket; one with a bad token is that of a visitor, and knows why."""
        context = Context(
            settings=self._runtime.settings,
            clock=self._runtime.clock,
            hub=self._runtime.hub,
            services=self._runtime.services,
            principal=None,
            address=address,
            ended_sessions=self._runtime.ended_sessions,
        )
        if authorization and not is_absent(authorization):
            try:
                context.principal = self._principal(authorization)
            except NotSignedInError as refusal:
                context.refused_token = refusal
        return context

    async def sign_in_websocket(self, context: Context) -> None:
        """Take the token from the payload of connection_init; raises NotSignedInError for a bad one, there or in the header."""
        header = token_in(context.connection_params)
        if header is not None:
            context.principal = self._principal(header)
            context.refused_token = None
        elif context.refused_token is not None:
            raise context.refused_token

    def renew_websocket(self, context: Context, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Go on with the token that a ping brings; return until when it is good, or why it is not taken."""
        header = token_in(payload)
        if header is None:
            return None
        try:
            principal = self._principal(header)
            context.renew(principal)
        except (NotSignedInError, NotAllowedError) as refusal:
            return {"isRenewed": False, "code": refusal.code, "message": refusal.message}
        return {"isRenewed": True, "accessTokenExpiresAt": principal.expires_at.isoformat()}

    def _principal(self, header: str) -> Principal:
        token = token_of(header)
        if token is None:
            raise NotSignedInError(
                "The Authorization header holds no access token; send `Bearer` and a fresh token, or sign in."
            )
        try:
            return self._runtime.access_tokens.read(token)
        except InvalidTokenError as error:
            raise NotSignedInError(
                f"The access token is not good ({error.reason}); send `Bearer` and a fresh token, refresh the "
                "session, or sign in."
            ) from error


def _principal_id(context: Context) -> str | None:
    principal = context.principal
    return None if principal is None else principal.user_id
