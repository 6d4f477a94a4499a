"""The reference of fan-out: a Starlette app that sends one encoded text to all of its websockets, and does nothing else."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

FRAME = "NAVSWAP_BENCH_FRAME"
"""Environment variable that names the file of the text."""


def build_app() -> Starlette:
    """Return an app with a websocket, and a route that sends the text so many times to all of them; uvicorn calls it."""
    text = Path(os.environ[FRAME]).read_text()
    sockets: set[WebSocket] = set()

    async def join(socket: WebSocket) -> None:
        await socket.accept("graphql-transport-ws")
        sockets.add(socket)
        await socket.send_text(text)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    async def broadcast(request: Request) -> Response:
        for _ in range(request.path_params["times"]):
            for socket in tuple(sockets):
                await socket.send_text(text)
        return Response()

    return Starlette(
        routes=[
            WebSocketRoute("/graphql", join),
            Route("/broadcast/{times:int}", broadcast, methods=["POST"]),
        ]
    )
