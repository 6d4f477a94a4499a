"""The connections of the embedded broker: requests are answered one after the other, in their order."""

import asyncio
from collections import deque
from io import BytesIO
from struct import Struct
from typing import Any, Final, cast

from navswap.devstack.broker.log import Fetch
from navswap.devstack.broker.requests import Answer, Broker, UnknownRequestError
from navswap.devstack.ports import LOOPBACK

_LENGTH: Final = Struct(">i")
_HEADER: Final = Struct(">hhih")
"""Kind, version and number of a request, and how long the name of its client is."""
_MOST_BYTES: Final = 100 * 1024 * 1024
"""Kafka's `socket.request.max.bytes`."""


async def listen() -> tuple[asyncio.Server, str, int]:
    """Begin to accept connections on a free loopback port; returns the server, its host and its port."""
    loop = asyncio.get_running_loop()
    brokers: list[Broker] = []
    server = await loop.create_server(lambda: Connection(brokers[0]), LOOPBACK, 0, start_serving=False)
    port: int = server.sockets[0].getsockname()[1]
    brokers.append(Broker(LOOPBACK, port))
    await server.start_serving()
    return server, LOOPBACK, port


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._received = bytearray()
        self._requests: deque[bytes] = deque()
        self._fetch: Fetch | None = None
        self._waiting: asyncio.Future[Any] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to answer."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's derive from the base alone

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        """End what waits, and the memberships of groups."""
        self._transport = None
        self._requests.clear()
        if self._fetch is not None:
            self._fetch.close()
        if self._waiting is not None:
            self._waiting.cancel()
        self._broker.forget(self)

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are whole; a fetch does not wait while others wait behind it."""
        self._received += data
        while len(self._received) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._received)
            if not 0 <= length <= _MOST_BYTES:
                self._close()
                return
            end = _LENGTH.size + length
            if len(self._received) < end:
                break
            self._requests.append(bytes(self._received[_LENGTH.size : end]))
            del self._received[:end]
        if self._requests and self._fetch is not None:
            self._fetch.finish()
        self._go_on()

    def _go_on(self) -> None:
        while self._requests and self._waiting is None and self._transport is not None:
            frame = self._requests.popleft()
            try:
                number, answer = self._answer(frame)
            except (UnknownRequestError, ValueError):
                self._close()
                return
            if isinstance(answer, Fetch) and self._requests:
                answer.finish()
            if isinstance(answer, Fetch | asyncio.Future):
                self._wait(number, answer)
            else:
                self._write(number, answer)

    def _answer(self, frame: bytes) -> tuple[int, Answer]:
        if len(frame) < _HEADER.size:
            raise UnknownRequestError("no header")
        api_key, version, number, length = _HEADER.unpack_from(frame)
        body = BytesIO(frame)
        body.seek(_HEADER.size + max(0, length))
        return number, self._broker.answer(api_key, version, body, self)

    def _wait(self, number: int, answer: "Fetch | asyncio.Future[Any]") -> None:
        self._fetch = answer if isinstance(answer, Fetch) else None
        self._waiting = answer.answer if isinstance(answer, Fetch) else answer

        def write(done: asyncio.Future[Any]) -> None:
            self._fetch = self._waiting = None
            if not done.cancelled():
                self._write(number, done.result())
                self._go_on()

        self._waiting.add_done_callback(write)

    def _write(self, number: int, answer: Answer) -> None:
        if answer is not None and self._transport is not None:
            body = answer.encode()
            self._transport.write(_LENGTH.pack(4 + len(body)) + _LENGTH.pack(number) + body)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
