"""One correlation id a request: taken from the client or made, sent back, bound to every log line."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from navswap.infra.telemetry import CORRELATION_HEADER, correlated


class CorrelationMiddleware:
    """Binds the id for all that the request causes, outbox and Kafka included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket under its id."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        with correlated(Headers(scope=scope).get(CORRELATION_HEADER)) as identifier:

            async def send_with_id(message: Message) -> None:
                if message["type"] in {"http.response.start", "websocket.accept"}:
                    MutableHeaders(scope=message)[CORRELATION_HEADER] = identifier
                await send(message)

            await self._app(scope, receive, send_with_id)
