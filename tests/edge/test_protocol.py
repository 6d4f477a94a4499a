"""Answers that are written whole, on a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from navswap.edge.protocol import WHOLE_ANSWER
from tests.edge.serving import serving

LINES = b"content-length: %d\r\nx-of: whole\r\n"
LARGE = b"x" * 1_000_000


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer `/small`, `/large` and `/late` whole, `/parts` by ASGI's own messages."""
    await receive()
    body = LARGE if scope["path"] == "/large" else scope["path"].encode()
    if scope["path"] == "/parts":
        headers = [(b"content-length", b"%d" % len(body)), (b"x-of", b"parts")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    if scope["path"] == "/late":
        for _ in range(20):
            await asyncio.sleep(0)
    await scope["extensions"][WHOLE_ANSWER](202, LINES % len(body), body)


class Quick:
    """Answers all but `/late` without waiting, where the first byte of the body is a brace; all else as `app` does."""

    def __init__(self) -> None:
        self.asked = 0

    def at_once(self, scope: Scope, body: bytes) -> tuple[bytes, bytes] | None:
        self.asked += 1
        if scope["path"] == "/late" or not body.startswith(b"{"):
            return None
        answer = LARGE if scope["path"] == "/large" else scope["path"].encode()
        return LINES.replace(b"whole", b"at once") % len(answer), answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)


@pytest.fixture
async def quick() -> AsyncIterator[tuple[str, Quick]]:
    quick = Quick()
    async with serving(quick) as address:
        yield address, quick


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


def request(path: str, *lines: str) -> bytes:
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "host: test", *lines, "content-length: 2", "", "{}"]
    ).encode()


async def read_answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.split("\r\n")[:-2]
    headers = dict(line.split(": ", 1) for line in lines)
    return status, headers, await reader.readexactly(int(headers["content-length"]))


async def exchange(
    address: str, sent: bytes, answers: int
) -> tuple[list[tuple[str, dict[str, str], bytes]], bytes]:
    """Send bytes over one connection; return so many answers, and what came after them until the connection ended."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(sent)
        found = [await read_answer(reader) for _ in range(answers)]
        return found, await reader.read() if b"connection: close" in sent else b""
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("path", ["/small", "/large", "/late"])
async def test_an_answer_goes_out_as_it_was_handed_over(address: str, path: str) -> None:
    ((status, headers, body),), rest = await exchange(address, request(path, "connection: close"), 1)
    assert status == "HTTP/1.1 202 Accepted"
    assert (headers["x-of"], headers["connection"]) == ("whole", "close")
    assert "date" in headers
    assert body == (LARGE if path == "/large" else path.encode())
    assert rest == b""


async def test_requests_that_come_together_are_answered_in_their_order(address: str) -> None:
    paths = ["/late", "/small", "/parts", "/large", "/late", "/small"]
    answers, _ = await exchange(address, b"".join(map(request, paths)), len(paths))
    assert [body for _, _, body in answers] == [
        LARGE if path == "/large" else path.encode() for path in paths
    ]
    assert [headers["x-of"] for _, headers, _ in answers] == [
        "parts" if path == "/parts" else "whole" for path in paths
    ]
    assert all("connection" not in headers for _, headers, _ in answers)


async def test_a_client_that_has_left_is_no_fault(address: str) -> None:
    host, port = address.split(":")
    for path in ("/late", "/large"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(request(path))
        writer.transport.abort()
    answers, _ = await exchange(address, request("/small"), 1)
    assert answers[0][2] == b"/small"


@pytest.mark.parametrize("path", ["/small", "/large", "/parts"])
async def test_an_application_may_answer_without_waiting(quick: tuple[str, Quick], path: str) -> None:
    ((status, headers, body),), rest = await exchange(quick[0], request(path, "connection: close"), 1)
    assert status == "HTTP/1.1 200 OK"
    assert (headers["x-of"], headers["connection"]) == ("at once", "close")
    assert "date" in headers
    assert body == (LARGE if path == "/large" else path.encode())
    assert rest == b""


async def test_answers_at_once_keep_the_order_of_requests(quick: tuple[str, Quick]) -> None:
    paths = ["/small", "/late", "/small", "/large", "/late", "/late", "/parts", "/small"]
    answers, _ = await exchange(quick[0], b"".join(map(request, paths)), len(paths))
    assert [body for _, _, body in answers] == [
        LARGE if path == "/large" else path.encode() for path in paths
    ]
    assert answers[0][1]["x-of"] == "at once"
    assert answers[1][1]["x-of"] == "whole"


async def test_a_request_that_comes_in_pieces_is_served_as_well(quick: tuple[str, Quick]) -> None:
    host, port = quick[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    whole = request("/small")
    try:
        for cut in (len(whole) - 1, len(whole) - 2, len(whole) - 3, 20):
            writer.write(whole[:cut])
            asked = quick[1].asked
            await writer.drain()
            await exchange(quick[0], request("/late"), 1)  # meanwhile the server has read the first piece
            assert quick[1].asked == asked + 1
            writer.write(whole[cut:])
            assert (await read_answer(reader))[2] == b"/small"
    finally:
        writer.close()
        await writer.wait_closed()


async def test_what_no_answer_is_at_hand_for_goes_on_by_asgi(quick: tuple[str, Quick]) -> None:
    sent = request("/small").replace(b"{}", b"[]") + request("/small")
    answers, _ = await exchange(quick[0], sent, 2)
    assert [headers["x-of"] for _, headers, _ in answers] == ["whole", "whole"]
    assert quick[1].asked == 1  # the second had to wait for its turn


async def test_a_client_that_leaves_while_it_is_answered_at_once_is_no_fault(
    quick: tuple[str, Quick],
) -> None:
    host, port = quick[0].split(":")
    for path in ("/small", "/large"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(request(path) * 20)
        writer.transport.abort()
    answers, _ = await exchange(quick[0], request("/small"), 1)
    assert answers[0][2] == b"/small"


async def test_one_who_does_not_read_is_answered_when_it_reads(quick: tuple[str, Quick]) -> None:
    host, port = quick[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request("/large") * 30)
        await exchange(
            quick[0], request("/late"), 1
        )  # meanwhile the server has written as much as the socket takes
        for _ in range(30):
            assert (await read_answer(reader))[2] == LARGE
    finally:
        writer.close()
        await writer.wait_closed()
