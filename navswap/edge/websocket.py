"""The graphql-transport-ws protocol: strict with messages, patient with operations.

A message that the protocol does not know closes the socket with 4400. An operation that cannot run is answered by an
`error` message under its id, and the socket with all its other operations lives on.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Protocol, cast

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.schema.schema import StreamResult
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    Message,
    PingMessage,
    PongMessage,
    SubscribeMessage,
)
from strawberry.types import ExecutionResult

from navswap.edge.fanout import Fanout, OperationFailedError, Selection
from navswap.edge.frames import frame_of, outlet_of
from navswap.edge.http import is_request_error, without_empty
from navswap.edge.masking import internal_error, report_bug
from navswap.edge.members import Member
from navswap.edge.persisted import NotPersistedError, PersistedDocuments, document_id_in
from navswap.graphql.live import Live, offer_at_hand, offered
from navswap.infra.telemetry import REJECTIONS, correlated

_LONGEST_CLOSE_REASON: Final = 123
"""Bytes of UTF-8 that fit into a close frame (RFC 6455)."""

_FIELDS: Final[Mapping[str, Mapping[str, tuple[type, bool]]]] = {
    "connection_init": {"payload": (dict, False)},
    "ping": {"payload": (dict, False)},
    "pong": {"payload": (dict, False)},
    "subscribe": {"id": (str, True), "payload": (dict, True)},
    "complete": {"id": (str, True)},
}
"""The messages of a client: each field with its kind and whether it must be there and not be empty."""

_PAYLOAD_FIELDS: Final[Mapping[str, tuple[type, bool]]] = {
    "query": (str, False),
    "documentId": (str, False),
    "operationName": (str, False),
    "variables": (dict, False),
    "extensions": (dict, False),
}


NOT_SPOKEN: Final = 4406
"""The code for a subprotocol that is not spoken."""


class Endpoint(Protocol):
    """What a socket asks its endpoint."""

    fanout: Fanout
    most_waiting: int
    """Messages that may wait for a slow subscriber."""
    persisted: PersistedDocuments

    def renewed(self, context: Any, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the answer to a ping that renews the session of its socket; None for one that does not."""
        ...

    async def refusal_of_operation(self, context: Any, websocket: WebSocket) -> GraphQLError | None:
        """Count one operation; return the error that refuses it, None where it may run."""
        ...


class WebSocketAdapter(ASGIWebSocketAdapter):
    """Speaks text frames, and stays quiet once the socket is closed."""

    def __init__(self, view: Any, request: WebSocket, response: WebSocket) -> None:
        super().__init__(view, request, response)
        self.outlet = outlet_of(request.scope)

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message; raises WebSocketDisconnected when the client is gone."""
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """Send one message that is written already; raises WebSocketDisconnected when the client is gone."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        if self.outlet.write(frame_of(text.encode())):
            return
        try:
            await self.ws.send_text(text)
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone

    async def close(self, code: int, reason: str) -> None:
        """Close the socket unless it is closed already."""
        if code == NOT_SPOKEN:
            reason = (
                f"Offer {GRAPHQL_TRANSPORT_WS_PROTOCOL} in Sec-WebSocket-Protocol; no other is spoken here"
            )
        await close_quietly(self.ws, code, reason)


class TransportWsHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Serves one socket for as long as it is open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._members: dict[str, Member] = {}
        """Those of its operations that share their messages with others."""

    async def handle_message(self, message: Message) -> None:
        """Handle one message of the client; a malformed one closes the socket."""
        message = _as_the_protocol_has_it(message)
        fault = _fault_of(message)
        if fault is None:
            await super().handle_message(_without_null_payload(message))
        else:
            REJECTIONS.labels("websocket_message", "malformed").inc()
            await self.handle_invalid_message(fault)

    async def handle_ping(self, message: PingMessage) -> None:
        """Answer with the payload of the ping; one that brings a fresh token renews the session, and learns what came of it."""
        pong: PongMessage = {"type": "pong"}
        if "payload" in message:
            payload = message["payload"]
            answer = cast(Endpoint, self.view).renewed(self.context, payload) if payload else None
            for member in self._members.values():
                member.look_again()
            pong["payload"] = payload if answer is None else dict(answer)
        await self.send_message(pong)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation, unless a limit speaks against it."""
        is_legal = self.connection_acknowledged and message["id"] not in self.operations
        refusal = (await self._refusal() or self._fill_in_document(message)) if is_legal else None
        if refusal is None:
            await super().handle_subscribe(message)
            return
        REJECTIONS.labels("websocket_operation", str((refusal.extensions or {}).get("code"))).inc()
        await self.send_message({"id": message["id"], "type": "error", "payload": [refusal.formatted]})

    def _fill_in_document(self, message: SubscribeMessage) -> GraphQLError | None:
        """Put the document that a client means into its message; return the error that refuses it, None for none."""
        payload, persisted = message["payload"], cast(Endpoint, self.view).persisted
        try:
            payload["query"] = persisted.text_of(payload.get("query"), document_id_in(payload))
        except NotPersistedError as unknown:
            return unknown.as_graphql()
        return None

    async def _refusal(self) -> GraphQLError | None:
        most = self.max_subscriptions_per_connection
        if most is not None and len(self.operations) >= most:
            return GraphQLError(
                f"This connection runs {most} operations already, which is the most; complete one first.",
                extensions={"code": "TOO_MANY_SUBSCRIPTIONS", "limit": most},
            )
        endpoint, websocket = cast(Endpoint, self.view), cast(WebSocketAdapter, self.websocket).ws
        return await endpoint.refusal_of_operation(self.context, websocket)

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """Run one operation to its end, with a correlation id of its own."""
        with correlated(None), offered():
            await super().run_operation(operation)

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation that the client has completed; nothing more is sent for it, for its id is free."""
        if operation_id in self.operations:
            self.operations[operation_id].completed = True
        if operation_id in self._members:
            self._members[operation_id].look_again()
        await super().cleanup_operation(operation_id)

    async def _send_result_stream(self, operation: Operation[Any, None], result_source: StreamResult) -> None:
        try:
            await self._send_results(operation, result_source)
        except WebSocketDisconnected:
            operation.completed = True
        except Exception as bug:  # noqa: BLE001 - whatever failed, the client must not take the end for a good one
            await operation.send_initial_errors([internal_error(report_bug(bug))])

    async def _send_results(self, operation: Operation[Any, None], results: StreamResult) -> None:
        """Send every result; one without data ends the operation as failed, whether it is the first or not."""
        async for result in results:
            if not isinstance(result, ExecutionResult):
                await self._reject_incremental_delivery(operation)
                return
            if is_request_error(result):
                await operation.send_initial_errors(result.errors or [])
                return
            await operation.send_next(result)
            if (shared := self._shared(operation)) is not None:
                await results.aclose()
                await self._follow(operation, *shared)
                return

    def _shared(self, operation: Operation[Any, None]) -> tuple[Live[Any], Selection] | None:
        """Return what an operation follows and selects, where others may be owed the same messages."""
        offer = offer_at_hand()
        if offer is None or offer.live is None:
            return None
        fanout = cast(Endpoint, self.view).fanout
        selection = fanout.selection(operation.query, operation.variables, operation.operation_name)
        live = None if selection is None else offer.take()
        if selection is None or live is None:
            offer.live = None  # which need not be asked after each message
            return None
        return live, selection

    async def _follow(self, operation: Operation[Any, None], live: Live[Any], selection: Selection) -> None:
        """Go on with an operation behind its first message, together with those who are owed the same."""
        endpoint, adapter = cast(Endpoint, self.view), cast(WebSocketAdapter, self.websocket)
        member = Member(operation.id, adapter, _Subscriber(operation, self.context), endpoint.most_waiting)
        self._members[operation.id] = member
        try:
            await endpoint.fanout.follow(live, selection, member, self.context)
        except WebSocketDisconnected:
            raise
        except OperationFailedError as failed:
            await operation.send_initial_errors(failed.errors)
        except Exception as failure:  # noqa: BLE001 - shown as any failure of a stream is: masked unless it is a refusal
            errors = [GraphQLError(str(failure), original_error=failure)]
            selection.schema.process_errors(errors)
            await operation.send_initial_errors(errors)
        finally:
            if self._members.get(operation.id) is member:
                del self._members[operation.id]

    async def handle_task_exception(self, error: Exception) -> None:
        """Report what went wrong in a task of the socket; a client that left is nothing wrong."""
        if not isinstance(error, WebSocketDisconnected):
            report_bug(error)


class _Subscriber:
    """Whom the messages of an operation are for."""

    __slots__ = ("_context", "_operation")

    def __init__(self, operation: Operation[Any, None], context: Any) -> None:
        self._operation = operation
        self._context = context

    @property
    def is_served(self) -> bool:
        return not (self._operation.completed or self._context.has_ended)

    @property
    def session_ends_at(self) -> datetime | None:
        ends_at: datetime | None = self._context.session_ends_at
        return ends_at


async def close_quietly(websocket: WebSocket, code: int, reason: str) -> None:
    """Close a socket unless it is closed already; the reason is cut to what a close frame holds."""
    if websocket.application_state is not WebSocketState.DISCONNECTED:
        with suppress(WebSocketDisconnect):
            await websocket.close(code, reason.encode()[:_LONGEST_CLOSE_REASON].decode(errors="ignore"))


def _as_the_protocol_has_it(message: Any) -> Any:
    """Take "" and [] in the payload of an operation for what is absent, as over HTTP."""
    if isinstance(message, dict) and message.get("type") == "subscribe":
        payload = message.get("payload")
        if isinstance(payload, dict):
            return {**message, "payload": without_empty(payload)}
    return message


def _fault_of(message: object) -> str | None:
    """Return what is wrong with a message of the client, None for nothing."""
    if not isinstance(message, dict):
        return "A message must be a JSON object"
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        return "The type of the message is not one of graphql-transport-ws"
    fault = _fault_of_fields(message, _FIELDS[kind])
    if fault is None and kind == "ping" and not _can_be_sent_back(message.get("payload")):
        fault = "`payload` is nested too deep"
    if fault is None and kind == "subscribe":
        fault = _fault_of_payload(message["payload"])
    return fault


def _fault_of_payload(payload: Mapping[str, object]) -> str | None:
    """Return what is wrong with the operation that a client asks for: it has a document, or the id of one."""
    if not payload.get("query") and document_id_in(payload) is None:
        return "`query` must be a string that is not empty"
    return _fault_of_fields(payload, _PAYLOAD_FIELDS)


def _fault_of_fields(holder: Mapping[str, object], fields: Mapping[str, tuple[type, bool]]) -> str | None:
    for name, (kind, required) in fields.items():
        value = holder.get(name)
        if value is None and not required:
            continue
        if not isinstance(value, kind) or (required and not value):
            called = "an object" if kind is dict else "a string"
            return f"`{name}` must be {called}{' that is not empty' if required else ''}"
    return None


def _can_be_sent_back(payload: object) -> bool:
    """Return whether a payload can be written: orjson reads 1,024 levels of nesting and writes 254."""
    try:
        orjson.dumps(payload)
    except orjson.JSONEncodeError:
        return False
    return True


def _without_null_payload(message: Message) -> Message:
    """Take `payload: null` for no payload, as the protocol does; Strawberry does not."""
    if message.get("payload", {}) is not None:
        return message
    return cast(Message, {name: value for name, value in message.items() if name != "payload"})
