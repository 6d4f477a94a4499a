"""Many websocket clients in one process that only count what they are sent, so that they cost less than the server.

Its argument is a JSON file: host, port, and for each client the texts that it sends once it is connected. When each was sent
a frame that holds `until`, it prints READY. Then for each line with a number it prints DONE when all together were sent so
many more frames.
"""

import asyncio
import base64
import json
import struct
import sys
from pathlib import Path
from typing import Any, cast

import uvloop

_SHORT, _LONG = 126, 127
"""Lengths of a frame that say that the length follows in two or in eight bytes."""
_TEXT, _PING, _PONG = 0x81, 0x89, 0x8A


class Counts:
    """What all clients of the process were sent."""

    def __init__(self, clients: int) -> None:
        self.awaited = clients
        self.reached = asyncio.Event()

    def add(self, frames: int) -> None:
        """Count frames."""
        self.awaited -= frames
        if self.awaited <= 0:
            self.reached.set()

    async def wait(self) -> None:
        """Return when all that are awaited have come."""
        await self.reached.wait()

    def expect(self, frames: int) -> None:
        """Await so many more."""
        self.reached.clear()
        self.add(-frames)


class Client(asyncio.Protocol):
    """One websocket; `until` is what the first frame that counts must hold."""

    is_reading = False
    """Whether `frame` is called with what is in each text frame."""

    def __init__(self, host: str, texts: list[str], until: bytes, counts: Counts) -> None:
        self._host = host
        self._texts = texts
        self._until: bytes | None = until
        self._counts = counts
        self._unread = b""
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(bytes(16)).decode()
        self._transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count the frames that are whole."""
        self._unread += data
        if not self._is_upgraded:
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise ConnectionError(head.decode(errors="replace"))
            self._is_upgraded, self._unread = True, rest
            for text in self._texts:
                self._transport.write(masked(text.encode()))
        frames = self._frames()
        if frames:
            self._counts.add(frames)

    def frame(self, payload: bytes) -> None:
        """Read what is in a frame; for a subclass."""

    def _frames(self) -> int:
        data, at, frames = self._unread, 0, 0
        while len(data) - at >= 2:
            length, head = data[at + 1], 2
            if length == _SHORT:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == _LONG:
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            end = at + head + length
            if len(data) < end:
                break
            if self.is_reading and data[at] == _TEXT:
                self.frame(data[at + head : end])
            if data[at] == _PING:  # the server closes the socket of one that does not answer
                self._transport.write(masked(data[at + head : end], _PONG))
            elif self._until is None:
                frames += data[at] == _TEXT
            elif self._until in data[at:end]:
                self._until = None
                frames = 1
            at = end
        self._unread = data[at:]
        return frames


def masked(payload: bytes, kind: int = _TEXT) -> bytes:
    """Return a frame of a client, whose mask of zeros changes nothing."""
    length = len(payload)
    size = struct.pack("!BH", 0x80 | _SHORT, length) if length >= _SHORT else bytes([0x80 | length])
    return bytes([kind]) + size + bytes(4) + payload


async def _run(asked: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    counts = Counts(len(asked["clients"]))
    for texts in asked["clients"]:
        client = Client(asked["host"], texts, asked["until"].encode(), counts)
        await loop.create_connection(lambda client=client: client, asked["host"], asked["port"])  # type: ignore[misc]  # bound at once
    await counts.wait()
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        counts.expect(int(line))
        await counts.wait()
        sys.stdout.write("DONE\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(json.loads(Path(sys.argv[1]).read_text())))
