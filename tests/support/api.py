"""The public API as a client meets it: over HTTP and over a websocket, on a real socket."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from navswap.app import create_app
from navswap.events.relay import Relay
from navswap.infra.jobs import BackgroundJobs
from navswap.runtime import Runtime
from navswap.settings import Settings
from navswap.worker import jobs
from tests.edge.serving import serving

PATIENCE_SECONDS = 180.0
"""How long a client waits for what must come; a test that needs it has failed."""


@asynccontextmanager
async def running(
    runtime: Runtime,
    *beside: Coroutine[Any, Any, None],
    relay: bool = False,
    worker: bool = False,
    port: int = 0,
    settings: Settings | None = None,
) -> AsyncIterator[str]:
    """Serve the app on a free port or a given one, beside it the outbox relay, a whole worker or other jobs; yields host and port.

    A worker joins consumer groups, which takes seconds: a test that needs no reaction has enough with the relay.
    `settings` are those of the edge where they differ from those of the runtime.
    """
    app = create_app(settings, runtime)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        await asyncio.wait_for(runtime.hub.wait_until_connected(), PATIENCE_SECONDS)
        if relay:
            publishing = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
            await stack.enter_async_context(BackgroundJobs(publishing.run()))
        if worker:
            await stack.enter_async_context(BackgroundJobs(*jobs(runtime)))
        await stack.enter_async_context(BackgroundJobs(*beside))
        yield await stack.enter_async_context(serving(app, port))


NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Of clients that only speak plain HTTP: by default each of them reads all authorities' certificates, which takes 30 ms."""


def http_client() -> httpx.AsyncClient:
    """Return a client that lets go of a connection before the server does, which closes idle ones after 5 s."""
    return httpx.AsyncClient(
        timeout=PATIENCE_SECONDS, limits=httpx.Limits(keepalive_expiry=2.0), verify=NO_CERTIFICATES
    )


class GraphQLFailedError(AssertionError):
    """The answer held errors."""


@dataclass
class Api:
    """An HTTP client of the API in the name of one user."""

    address: str
    token: str | None = None
    http: httpx.AsyncClient = field(default_factory=http_client)
    """Opens its first connection at the first request, so that one never entered leaves nothing open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def post(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the whole answer."""
        headers = {} if self.token is None else {"authorization": f"Bearer {self.token}"}
        answer = await self.http.post(
            f"http://{self.address}/graphql",
            json={"query": document, "variables": variables},
            headers=headers,
        )
        body: dict[str, Any] = answer.json()
        return body

    async def ask(self, document: str, **variables: Any) -> Any:
        """Return the data of the one root field; raises GraphQLFailedError."""
        body = await self.post(document, **variables)
        if "errors" in body:
            raise GraphQLFailedError(json.dumps(body["errors"], indent=1))
        [value] = body["data"].values()
        return value

    async def refused(self, document: str, **variables: Any) -> str:
        """Return the code of the one error."""
        body = await self.post(document, **variables)
        [error] = body["errors"]
        return str(error["extensions"]["code"])


class Live:
    """A websocket client (graphql-transport-ws) with any number of subscriptions."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._queues: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._pongs: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    async def subscribe(self, document: str, **variables: Any) -> "Subscribed":
        """Begin a subscription."""
        identifier = str(len(self._queues) + 1)
        queue = self._queues[identifier] = asyncio.Queue()
        payload = {"query": document, "variables": variables}
        await self._socket.send(json.dumps({"id": identifier, "type": "subscribe", "payload": payload}))
        return Subscribed(queue)

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the whole answer of a query or mutation; the message of a request that failed has its errors."""
        message = await (await self.subscribe(document, **variables)).message()
        payload = message["payload"]
        return {"errors": payload} if message["type"] == "error" else payload

    async def ping(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the payload of the answer to a ping."""
        await self._socket.send(json.dumps({"type": "ping", "payload": payload}))
        answer: dict[str, Any] = await asyncio.wait_for(self._pongs.get(), PATIENCE_SECONDS)
        return answer

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if message["type"] == "pong":
                self._pongs.put_nowait(message.get("payload", {}))
            if message["type"] in {"next", "error", "complete"}:
                self._queues[message["id"]].put_nowait(message)

    async def close(self) -> None:
        """Close the socket."""
        await self._socket.close()
        await self._reader


@dataclass
class Subscribed:
    """The moments of one subscription."""

    _queue: "asyncio.Queue[dict[str, Any]]"

    async def message(self) -> dict[str, Any]:
        """Return the next message as it is."""
        return await asyncio.wait_for(self._queue.get(), PATIENCE_SECONDS)

    async def next(self) -> dict[str, Any]:
        """Return the value of the one root field of the next moment."""
        message = await self.message()
        if message["type"] != "next" or "errors" in message["payload"]:
            raise GraphQLFailedError(json.dumps(message))
        [value] = message["payload"]["data"].values()
        moment: dict[str, Any] = value
        return moment

    async def until(self, **wanted: Any) -> dict[str, Any]:
        """Return the first moment in which the values at dotted paths (`entry__state`) are as wanted."""
        while True:
            moment = await self.next()
            if all(_at(moment, path) == value for path, value in wanted.items()):
                return moment


def _at(moment: Any, path: str) -> Any:
    for name in [path] if path.startswith("__") else path.split("__"):
        moment = moment.get(name) if isinstance(moment, dict) else None
    return moment


@asynccontextmanager
async def live(address: str, token: str | None) -> AsyncIterator[Live]:
    """Open a websocket in the name of a user."""
    async with connected(address, {} if token is None else {"authorization": f"Bearer {token}"}) as client:
        yield client


@asynccontextmanager
async def connected(address: str, payload: dict[str, Any]) -> AsyncIterator[Live]:
    """Open a websocket with a payload of connection_init."""
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        compression=None,
        open_timeout=PATIENCE_SECONDS,
    ) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        client = Live(socket)
        try:
            yield client
        finally:
            await client.close()
