"""Live updates over graphql-transport-ws: one subscription a websocket, opened again whenever it ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from navswap.simulation.live.client import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Account
from navswap.simulation.live.documents import Operation

PROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_SECONDS = 30.0
PING_SECONDS = 60.0
"""Between two pings, which find a server that is gone without a word."""


async def watch(account: Account, operation: Operation) -> AsyncIterator[dict[str, Any]]:
    """Yield the moments of a subscription without variables until cancelled; each connection begins with a snapshot.

    A server that is away, and a session that ends, are followed by another connection with a new access token.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        token = await account.token()
        try:
            async with connect(
                account.api.url.replace("http", "ws", 1),
                subprotocols=[PROTOCOL],
                compression=None,
                open_timeout=OPEN_SECONDS,
                ping_interval=PING_SECONDS,
            ) as socket:
                async for moment in _moments(socket, token, operation):
                    pause = FIRST_PAUSE_SECONDS
                    yield moment
        except (OSError, TimeoutError, WebSocketException) as error:
            account.api.meter.failed(f"{operation.name} {type(error).__name__}")
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_SECONDS, pause * 2)


async def _moments(
    socket: ClientConnection, token: str, operation: Operation
) -> AsyncIterator[dict[str, Any]]:
    """Subscribe, and yield the values of the root field until the stream or the connection ends."""
    await _send(socket, type="connection_init", payload={"authorization": f"Bearer {token}"})
    subscribed = {"id": "1", "type": "subscribe", "payload": {"query": operation.document}}
    async for text in socket:
        message = orjson.loads(text)
        match message["type"]:
            case "connection_ack":
                await _send(socket, **subscribed)
            case "ping":
                await _send(socket, type="pong")
            case "next" if message["payload"].get("data"):
                moment = message["payload"]["data"][operation.root]
                if "reason" in moment:  # a resync: only a new snapshot helps
                    return
                yield moment
            case "next" | "error" | "complete":
                return


async def _send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())
