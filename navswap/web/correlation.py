"""One correlation id a request: taken from the client, its trace, or made; sent back, bound to every log line."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from navswap.infra.telemetry import CORRELATION_HEADER, TRACE_HEADER, correlated

GIVEN_ID: Final = CORRELATION_HEADER.encode()
GIVEN_TRACE: Final = TRACE_HEADER.encode()
_GIVEN: Final = frozenset({GIVEN_ID, GIVEN_TRACE})


class CorrelationMiddleware:
    """Binds the id for all that the request causes, outbox and Kafka included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket under its id."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _GIVEN}
        with correlated(given.get(GIVEN_ID), given.get(GIVEN_TRACE)) as identifier:
            header = (GIVEN_ID, identifier.encode())

            async def send_with_id(message: Message) -> None:
                if message["type"] in {"http.response.start", "websocket.accept"}:
                    message["headers"] = [*message.get("headers", ()), header]
                await send(message)

            await self._app(scope, receive, send_with_id)
