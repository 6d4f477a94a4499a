"""The references of fan-out: Starlette apps that send one encoded text to all of their websockets, and do nothing else.

One does so when it is asked by HTTP, the other for each record of a topic that it reads with a plain aiokafka consumer.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from navswap.infra.kafka_access import kafka_security
from navswap.settings import Settings

FRAME = "NAVSWAP_BENCH_FRAME"
"""Environment variable that names the file of the text."""
BOOTSTRAP = "NAVSWAP_BENCH_BOOTSTRAP"
"""Environment variable that names the broker whose records are waited for."""
TOPIC = "NAVSWAP_BENCH_TOPIC"
"""Environment variable that names their topic."""


class Sockets:
    """The websockets of an app, and the text that they are sent."""

    def __init__(self) -> None:
        self._text = Path(os.environ[FRAME]).read_text()
        self._sockets: set[WebSocket] = set()

    async def join(self, socket: WebSocket) -> None:
        """Send the text to a websocket now, and each time from now on."""
        await socket.accept("graphql-transport-ws")
        self._sockets.add(socket)
        await socket.send_text(self._text)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            self._sockets.discard(socket)

    async def broadcast(self) -> None:
        """Send the text to all."""
        for socket in tuple(self._sockets):
            await socket.send_text(self._text)


def build_app() -> Starlette:
    """Return an app with a websocket, and a route that sends the text so many times to all of them; uvicorn calls it."""
    sockets = Sockets()

    async def broadcast(request: Request) -> Response:
        for _ in range(request.path_params["times"]):
            await sockets.broadcast()
        return Response()

    return Starlette(
        routes=[
            WebSocketRoute("/graphql", sockets.join),
            Route("/broadcast/{times:int}", broadcast, methods=["POST"]),
        ]
    )


def build_consuming_app() -> Starlette:
    """Return an app with a websocket that sends the text to all of them for each record of a topic; uvicorn calls it."""
    sockets = Sockets()

    async def consume(consumer: AIOKafkaConsumer) -> None:
        async for _ in consumer:
            await sockets.broadcast()

    @asynccontextmanager
    async def consuming(_: Starlette) -> AsyncIterator[None]:
        consumer = AIOKafkaConsumer(
            os.environ[TOPIC], bootstrap_servers=os.environ[BOOTSTRAP], **kafka_security(Settings())
        )
        await consumer.start()
        await consumer.seek_to_end()
        task = asyncio.create_task(consume(consumer))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()

    return Starlette(routes=[WebSocketRoute("/graphql", sockets.join)], lifespan=consuming)
