"""Frames that are made once for many sockets are what each of them would have been sent by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from navswap.edge.frames import Batch, Outlet, frame_of, outlet_of
from tests.edge.serving import serving
from tests.support.api import PATIENCE_SECONDS

LENGTHS = [0, 1, 90, 124, 125, 126, 127, 65_400, 65_534, 65_535, 65_536, 70_000]


def received(frames: bytes) -> list[bytes]:
    """Return the texts that a client reads."""
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(frames)
    assert client.parser_exc is None
    events = client.events_received()
    assert all(isinstance(event, Frame) and event.opcode is Opcode.TEXT and event.fin for event in events)
    return [bytes(event.data) for event in events if isinstance(event, Frame)]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_of_any_length_is_one_frame(length: int) -> None:
    text = b"a" * length
    assert received(frame_of(text)) == [text]


@pytest.mark.parametrize("beginning", [b"", b"{1", "{é".encode(), b"{" + b"9" * 130])
def test_a_batch_has_the_texts_of_each_socket_in_order(beginning: bytes) -> None:
    ends = [b"e" * length for length in LENGTHS]
    batch = Batch(ends)
    texts = [beginning + end for end in ends]
    for _ in range(2):
        assert received(batch.frames(beginning)) == texts
    assert batch.texts(beginning) == [text.decode() for text in texts]
    other = bytes(len(beginning))
    assert received(batch.frames(other)) == [other + end for end in ends]


def test_a_batch_of_nothing_is_no_frame() -> None:
    assert Batch([]).frames(b"{") == b""


class Writing:
    """An application with one websocket, whose ways to send are those of the test."""

    outlet: Outlet
    send: Send

    def __init__(self) -> None:
        self.is_open = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.outlet, self.send = outlet_of(scope), send
        await send({"type": "websocket.accept"})
        self.is_open.set()
        received: Message = {"type": ""}
        while received["type"] != "websocket.disconnect":
            received = await receive()


async def test_nothing_is_written_behind_a_close() -> None:
    application = Writing()
    async with serving(application) as address, connect(f"ws://{address}/") as client:
        await application.is_open.wait()
        assert application.outlet.write(frame_of(b"one"))
        assert application.outlet.write(frame_of(b"two"))
        await application.send({"type": "websocket.close", "code": 4000})
        assert not application.outlet.write(frame_of(b"three"))
        assert [text async for text in client_texts(client)] == ["one", "two"]
        assert client.close_code == 4000
        assert not application.outlet.write(frame_of(b"four"))


async def test_a_text_behind_a_close_of_the_server_finds_the_client_gone() -> None:
    application = Writing()
    async with serving(application) as address, connect(f"ws://{address}/") as client:
        await application.is_open.wait()
        protocol: Any = application.send.__self__  # type: ignore[attr-defined]  # it is a method of uvicorn's protocol
        protocol.keepalive_timeout()
        assert not application.outlet.write(frame_of(b"late"))
        with pytest.raises(ClientDisconnected):
            await application.send({"type": "websocket.send", "text": "late"})
        assert [text async for text in client_texts(client)] == []


async def test_a_socket_takes_frames_again_once_it_has_sent_what_it_was_given() -> None:
    application = Writing()
    frame = frame_of(b"a" * 60_000)
    async with serving(application) as address, connect(f"ws://{address}/", max_queue=1) as client:
        await application.is_open.wait()
        for _ in range(2):
            taken = 0
            while application.outlet.write(
                frame
            ):  # within one turn of the event loop, so that the client reads nothing
                taken += 1
            assert taken > 1
            assert not application.outlet.write(frame)
            assert {len(await client.recv()) for _ in range(taken)} == {60_000}
            while not application.outlet.write(frame_of(b"again")):  # noqa: ASYNC110 - only the protocol learns it
                await asyncio.sleep(0)
            assert await client.recv() == "again"


async def close_it(application: Writing, _client: Any) -> None:
    await application.send({"type": "websocket.close", "code": 4000})


async def fill_it(application: Writing, _client: Any) -> None:
    while application.outlet.write(
        frame_of(b"a" * 60_000)
    ):  # within one turn, so that the client reads nothing
        pass


async def leave_it(_application: Writing, client: Any) -> None:
    client.transport.abort()


async def say_goodbye(_application: Writing, client: Any) -> None:
    await client.close()


async def end_the_server(application: Writing, _client: Any) -> None:
    protocol: Any = application.send.__self__  # type: ignore[attr-defined]  # it is a method of uvicorn's protocol
    protocol.shutdown()
    assert application.outlet.write_until(lambda: None) is None


@pytest.mark.parametrize("happens", [close_it, fill_it, leave_it, say_goodbye, end_the_server])
async def test_what_writes_without_a_look_is_taken_back_when_something_happens_to_the_socket(
    happens: Callable[[Writing, Any], Awaitable[None]],
) -> None:
    application = Writing()
    async with serving(application) as address, connect(f"ws://{address}/", max_queue=1) as client:
        await application.is_open.wait()
        changed = asyncio.Event()
        assert application.outlet.write_until(changed.set) is None
        assert application.outlet.write(frame_of(b"one"))
        write = application.outlet.write_until(changed.set)
        assert write is not None
        write(frame_of(b"two"))
        assert [await client.recv(), await client.recv()] == ["one", "two"]
        assert not changed.is_set()
        await happens(application, client)
        await asyncio.wait_for(changed.wait(), PATIENCE_SECONDS)
        assert application.outlet.write_until(changed.set) is None


async def client_texts(client: Any) -> Any:
    """Yield what a client is sent until the server closes."""
    while True:
        try:
            yield await client.recv()
        except ConnectionClosed:
            return
