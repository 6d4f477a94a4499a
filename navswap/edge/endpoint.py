"""The one endpoint of the API: GraphQL over HTTP and over websockets (graphql-transport-ws)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar, cast

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from navswap.edge.answer_cache import AnswerCache, CachedAnswer
from navswap.edge.fanout import Fanout
from navswap.edge.http import (
    Answer,
    Headers,
    HttpOperation,
    HttpRefusalError,
    compress,
    error_answer,
    headers_of,
    lines_of,
    operation_in,
    parameters_of,
    preferred_media_type,
    read_request,
    require_json,
    result_answer,
)
from navswap.edge.masking import internal_error, report_bug
from navswap.edge.persisted import NotPersistedError, PersistedDocuments
from navswap.edge.rate_limit import (
    ClientAddress,
    OperationGuard,
    RateLimitedError,
    rate_headers,
    raw_rate_headers,
)
from navswap.edge.schema import CacheableResult, LimitedSchema
from navswap.edge.websocket import TransportWsHandler, WebSocketAdapter, close_quietly
from navswap.infra.rate_limiter import RateDecision
from navswap.infra.telemetry import REJECTIONS
from navswap.kit.errors import NavSwapError
from navswap.settings import Settings

ContextT = TypeVar("ContextT")

IDE_PATH: Final = "/graphiql"
"""Where a person who visits the endpoint with a browser is sent."""

AT_ONCE: Final = 64
"""Operations over HTTP that a process works on at once; fewer than it has connections to MongoDB (100). One of a crowd
would else wait for a connection, and for its process to come round to it, within the time that it has in the database."""

_OPERATIONS_OVER_HTTP: Final[Mapping[str, frozenset[OperationType]]] = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}


async def _accept(_context: Any) -> None:
    """Accept every websocket."""


def _renew_nothing(_context: Any, _payload: Mapping[str, Any]) -> None:
    """Take no ping for a renewal."""


def _refuse_none(_context: Any) -> None:
    """Find nothing wrong with any token."""


@dataclass(frozen=True, slots=True)
class Admission(Generic[ContextT]):
    """How an endpoint learns who a client is.

    `context_of` builds the context of a request or of a websocket from its `Authorization` header, None without one, and the
    client's address.
    `principal_of` returns the id for which operations are counted, None for the anonymous.
    `on_connect` is called when a websocket has sent `connection_init`, whose payload is then in
    `context.connection_params`. Both may raise a NavSwapError to turn the client away: with 401 over HTTP, with 4403 over a
    websocket. `on_renewal` takes the payload of a ping and returns the answer to one that renews the session of its socket.
    A bad token is no reason to turn a request away, for what is open to all needs none: `refused_token` returns what is
    wrong with it, and a request of which nothing could be answered for that gets it with 401.
    """

    context_of: Callable[[str | None, str], ContextT]
    principal_of: Callable[[ContextT], str | None]
    on_connect: Callable[[ContextT], Awaitable[None]] = _accept
    on_renewal: Callable[[ContextT, Mapping[str, Any]], Mapping[str, Any] | None] = _renew_nothing
    refused_token: Callable[[ContextT], NavSwapError | None] = _refuse_none


class GraphQLEndpoint(GraphQL[ContextT, None], Generic[ContextT]):
    """An ASGI endpoint that answers every request as GraphQL and never shows a bug.

    One that does not send `connection_init` within `connection_init_timeout` is closed with 4408. Clients may name
    `persisted` documents by their ids.
    """

    schema: LimitedSchema
    graphql_transport_ws_handler_class = TransportWsHandler
    websocket_adapter_class = WebSocketAdapter

    def __init__(
        self,
        schema: LimitedSchema,
        settings: Settings,
        guard: OperationGuard,
        admission: Admission[ContextT],
        *,
        connection_init_timeout: timedelta = timedelta(seconds=10),
        persisted: PersistedDocuments | None = None,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=connection_init_timeout,
            max_subscriptions_per_connection=settings.max_subscriptions_per_connection,
            allowed_origins=settings.allowed_origins,
        )
        self.fanout = Fanout(schema)
        self.most_waiting = settings.subscriber_queue
        self.persisted = persisted or PersistedDocuments()
        self.answers = AnswerCache()
        self._settings = settings
        self._guard = guard
        self._admission = admission
        self._client_address = ClientAddress(settings.trusted_proxies)
        self._at_once = asyncio.Semaphore(AT_ONCE)  # fair: first come, first served

    def routes(self, path: str = "/graphql") -> list[BaseRoute]:
        """Return the routes of the endpoint, for HTTP and for websockets, which some clients end with a slash."""
        return [kind(way, self) for way in (path, f"{path}/") for kind in (Route, WebSocketRoute)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one websocket."""
        if scope["type"] == "websocket":
            await self._serve_websocket(WebSocket(scope, receive, send))
            return
        answer = await self.answer(scope, receive, headers_of(scope))
        if answer is not None:
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
            )
            await send({"type": "http.response.body", "body": answer.body})

    async def answer(self, scope: Scope, receive: Receive, headers: Headers) -> Answer | None:
        """Return the answer to an HTTP request, None where the client has left; raises nothing else than a cancellation."""
        accepted = headers.get(b"accept", b"")
        if _is_visit_of_browser(scope, accepted):
            return Answer.redirect(IDE_PATH)
        media_type = preferred_media_type(accepted)
        try:
            context, decision = await self._admit(scope, headers)
            answer = await self._respond(scope, receive, headers, context, media_type)
        except HttpRefusalError as refusal:
            return _refused(refusal, media_type)
        except ClientDisconnect:
            return None
        except Exception as bug:  # noqa: BLE001 - the last place where a bug can be kept from the client
            return error_answer(internal_error(report_bug(bug)), 500, media_type, {})
        answer.headers += raw_rate_headers(decision)
        return answer

    def answer_at_once(self, scope: Scope, headers: Headers, body: bytes) -> tuple[bytes, bytes] | None:
        """Return the answer to a POST request where it is cached: header lines and body, of status 200.

        It is counted against the limits of its client, and measured, as any other. None, and nothing is counted, where it is to be worked
        out, refused, or waited for: that is for `answer`.
        """
        started = time.perf_counter()
        cached = self.answers.find(body)
        if cached is None:
            return None
        try:
            require_json(headers)
            address = self._client_address.of(scope)
            context = self._admission.context_of(_authorization(headers), address)
            decision = self._guard.check_at_once(self._admission.principal_of(context), address)
            if decision is None:
                return None
            media_type = preferred_media_type(headers.get(b"accept", b""))
            form = self.answers.form_of(cached, media_type, headers.get(b"accept-encoding", b""))
        except (HttpRefusalError, NavSwapError):
            return None
        except Exception as bug:  # noqa: BLE001 - a request is answered also where this way is broken
            report_bug(bug)
            return None
        self.answers.use(cached, time.perf_counter() - started)
        return form.lines + lines_of(raw_rate_headers(decision)), form.body

    async def _admit(self, scope: Scope, headers: Headers) -> tuple[ContextT, RateDecision]:
        """Return the context of the request and what is left of its limit; one turned away is counted too."""
        address = self._client_address.of(scope)
        context: ContextT | NavSwapError
        try:
            context = self._admission.context_of(_authorization(headers), address)
        except NavSwapError as refusal:
            context = refusal
        principal = None if isinstance(context, NavSwapError) else self._admission.principal_of(context)
        decision = await self._guard.check_operation(principal, address)
        if not decision.allowed:
            raise HttpRefusalError(429, RateLimitedError(decision).as_graphql(), rate_headers(decision))
        if isinstance(context, NavSwapError):
            raise HttpRefusalError.of(401, context.code, context.message, rate_headers(decision))
        return context, decision

    async def _respond(
        self, scope: Scope, receive: Receive, headers: Headers, context: ContextT, media_type: str
    ) -> Answer:
        accepted_codings = headers.get(b"accept-encoding", b"")
        try:
            body = await read_request(scope, receive, headers, self._settings.max_body_bytes)
            started = time.perf_counter()
            cached = None if body is None else self.answers.find(body)
            if cached is not None:
                answer = self._cached(cached, media_type, accepted_codings)
                self.answers.use(cached, time.perf_counter() - started)
                return answer
            operation = operation_in(scope, body)
            operation.query = self.persisted.text_of(operation.query, operation.document_id)
            await self._at_once.acquire()
            try:
                result = await self._execute(scope["method"], operation, context)
            finally:
                self._at_once.release()
            refusal = self._admission.refused_token(context)
            if refusal is not None and _answers_nothing_for(refusal, result):
                raise HttpRefusalError.of(401, refusal.code, refusal.message)
            answer = result_answer(result, media_type)
            if body is not None and isinstance(result, CacheableResult):
                cached = CachedAnswer(body, answer.body, result.operation, result.versions)
                self.answers.keep(cached)
                return self._cached(cached, media_type, accepted_codings)
        except NotPersistedError as unknown:
            answer = result_answer(ExecutionResult(data=None, errors=[unknown.as_graphql()]), media_type)
        except HttpRefusalError as refusal:
            answer = _refused(refusal, media_type)
        compress(answer, accepted_codings)
        return answer

    def _cached(self, cached: CachedAnswer, media_type: str, accept_encoding: bytes) -> Answer:
        form = self.answers.form_of(cached, media_type, accept_encoding)
        return Answer(200, form.body, list(form.headers))

    async def _execute(self, method: str, operation: HttpOperation, context: ContextT) -> ExecutionResult:
        try:
            return await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=_OPERATIONS_OVER_HTTP[method],
                operation_extensions=operation.extensions,
                is_for_json=True,
            )
        except CannotGetOperationTypeError as unknown:
            error = GraphQLError(
                unknown.as_http_error_reason(), extensions={"code": "OPERATION_RESOLUTION_FAILURE"}
            )
            return ExecutionResult(data=None, errors=[error])
        except InvalidOperationTypeError as unfit:
            raise _unfit_for_http(unfit.operation_type) from unfit

    # Websockets

    async def _serve_websocket(self, websocket: WebSocket) -> None:
        try:
            await self.run(websocket)
        except NavSwapError as refusal:
            await close_quietly(websocket, 4403, refusal.message)
        except Exception as bug:  # noqa: BLE001 - the last place where a bug can be kept from the client
            report_bug(bug)
            await close_quietly(websocket, 1011, "Internal error")

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> ContextT:
        """Return the context of a websocket."""
        del response
        return self._admission.context_of(
            _authorization(headers_of(request.scope)), self._client_address.of(request.scope)
        )

    def decode_json(self, data: str | bytes) -> object:
        """Return the value that a websocket message holds; raises a JSONDecodeError for what is none, or is too deep."""
        return orjson.loads(data)

    async def on_ws_connect(self, context: ContextT) -> UnsetType | dict[str, object] | None:
        """Let a websocket in, or turn it away with 4403."""
        await self._admission.on_connect(
            context
        )  # a refusal goes up to where it closes the socket with its reason
        return cast(UnsetType, UNSET)

    def renewed(self, context: ContextT, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the answer to a ping that renews the session of its socket; None for one that does not."""
        return self._admission.on_renewal(context, payload)

    async def refusal_of_operation(self, context: ContextT, websocket: WebSocket) -> GraphQLError | None:
        """Count one operation over a websocket; return the error that refuses it, None where it may run."""
        address = self._client_address.of(websocket.scope)
        decision = await self._guard.check_operation(self._admission.principal_of(context), address)
        return None if decision.allowed else RateLimitedError(decision).as_graphql()


def _answers_nothing_for(refusal: NavSwapError, result: ExecutionResult) -> bool:
    """Return whether an answer holds nothing but refusals of that code."""
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    return codes == {refusal.code} and not any(value is not None for value in (result.data or {}).values())


def _authorization(headers: Headers) -> str | None:
    given = headers.get(b"authorization")
    return None if given is None else given.decode("latin-1")


def _is_visit_of_browser(scope: Scope, accepted: bytes) -> bool:
    """Return whether a person typed the address: a GET for HTML without a query."""
    return scope["method"] == "GET" and b"text/html" in accepted and "query" not in parameters_of(scope)


def _refused(refusal: HttpRefusalError, media_type: str) -> Answer:
    REJECTIONS.labels("request", str((refusal.error.extensions or {}).get("code"))).inc()
    return error_answer(refusal.error, refusal.status, media_type, refusal.headers)


def _unfit_for_http(kind: OperationType) -> HttpRefusalError:
    if kind is OperationType.SUBSCRIPTION:
        return HttpRefusalError.of(
            400, "WEBSOCKET_NEEDED", "Subscriptions run over a websocket that speaks graphql-transport-ws."
        )
    return HttpRefusalError.of(405, "METHOD_NOT_ALLOWED", "Mutations need POST.", {"allow": "POST"})
