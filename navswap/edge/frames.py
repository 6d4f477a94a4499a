"""Websocket frames that are written straight to the transport, for what many sockets are sent alike.

ASGI has one way to send: a message for each text, which Starlette, uvicorn and websockets check and wrap again for each socket.
`FrameProtocol` is uvicorn's protocol with one thing more: an ASGI extension by which an application hands over frames that are
ready. Under another server there is no such extension, and texts are sent as ever.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION: Final = "navswap.frames"
"""The key in `scope["extensions"]` under which `write_frames` is found."""

WriteFrames = Callable[[bytes], bool]
"""Write whole frames now; returns False, and has written nothing, where the socket takes none now."""

_TEXT: Final = 0x81
"""First byte of a text that is one frame (RFC 6455)."""
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Lengths that say that the length follows in so many bytes."""


class FrameProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's websocket, to which ready frames can be written as well."""

    _outlet: "_Outlet | None" = None
    _has_sent_close = False

    @property
    def close_sent(self) -> bool:
        """Return whether the server has ended the conversation; nothing may follow, though the transport may be open still."""
        return self._has_sent_close

    @close_sent.setter
    def close_sent(self, is_sent: bool) -> None:
        self._has_sent_close = is_sent
        self._look_again()

    def handle_connect(self, event: Request) -> None:
        """Offer the extension to the application, which starts in a task of its own behind this."""
        super().handle_connect(event)
        is_accepted = self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS
        if (
            is_accepted and not self.conn.extensions
        ):  # compressed frames would have to be made for each socket
            self._outlet = _Outlet(self.transport, self.write_frames)
            self.scope["extensions"][EXTENSION] = {"write": self._outlet.write}

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what refers to this socket in its own scope: it is freed at once, and not when garbage is collected."""
        super().connection_lost(exc)
        if self.handshake_initiated and self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self.scope["extensions"].pop(EXTENSION, None)
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None

    async def send(self, message: ASGISendEvent) -> None:
        """Send for the application; raises ClientDisconnected for a text behind a close that uvicorn has sent by itself.

        It closes so where a client breaks the protocol or answers no ping, and would call the text a bug of the application.
        """
        await self.writable.wait()
        if message["type"] == "websocket.send" and self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def pause_writing(self) -> None:
        """Take no more frames: the transport has enough to send."""
        super().pause_writing()
        self._look_again()

    def _look_again(self) -> None:
        if self._outlet is not None:
            self._outlet.is_clear = False

    def write_frames(self, frames: bytes) -> bool:
        """Write frames unless the socket is not open, or has yet to send what it was given before."""
        is_open = self.handshake_complete and not (self.disconnected or self.close_sent)
        if not is_open or not self.writable.is_set() or self.transport.is_closing():
            return False
        if self._outlet is not None:
            self._outlet.is_clear = True  # before it writes, for the transport may have enough by that
        self.transport.write(frames)
        return True


class _Outlet:
    """Where the frames of one socket are written, without a look at the protocol while nothing has changed there.

    The protocol has dozens of attributes, and one of hundreds of sockets is not in the caches of the processor when it is its turn.
    """

    __slots__ = ("_transport", "_write_after_a_look", "is_clear")

    def __init__(self, transport: asyncio.Transport, write_after_a_look: WriteFrames) -> None:
        self.is_clear = False
        """Whether the last look at the protocol found it open and writable, and nothing has happened to it since."""
        self._transport = transport
        self._write_after_a_look = write_after_a_look

    def write(self, frames: bytes) -> bool:
        """Write frames unless the socket is not open, or has yet to send what it was given before."""
        if self.is_clear and not self._transport.is_closing():
            self._transport.write(frames)
            return True
        return self._write_after_a_look(frames)

    def close(self) -> None:
        """Write nothing more, and let go of the protocol."""
        self.is_clear = False
        self._write_after_a_look = take_none


def take_none(_frames: bytes) -> bool:
    """Write nothing: what stands in for a socket that takes no ready frames."""
    return False


def writer_of(scope: Mapping[str, Any]) -> WriteFrames:
    """Return how ready frames are written to a websocket; one that takes none where its server offers no such way."""
    offered = (scope.get("extensions") or {}).get(EXTENSION)
    write: WriteFrames = take_none if offered is None else offered["write"]
    return write


class Batch:
    """Texts that many sockets are sent in this order, each socket with a beginning of its own before every text."""

    def __init__(self, ends: Iterable[bytes]) -> None:
        """Take the texts without their beginnings."""
        self._ends = tuple(ends)
        self._pieces: dict[int, Sequence[bytes]] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def frames(self, beginning: bytes) -> bytes:
        """Return the frames of one socket.

        What stands between two beginnings is the same for all whose beginnings are equally long, so that the frames of a socket
        are that, joined by its beginning.
        """
        pieces = self._pieces.get(len(beginning))
        if pieces is None:
            pieces = self._pieces[len(beginning)] = self._between(len(beginning))
        return beginning.join(pieces)

    def texts(self, beginning: bytes) -> list[str]:
        """Return the texts of one socket."""
        return [(beginning + end).decode() for end in self._ends]

    def _between(self, length: int) -> list[bytes]:
        headers = [header_of_text(length + len(end)) for end in self._ends]
        return [before + after for before, after in zip((b"", *self._ends), (*headers, b""), strict=True)]


def frame_of(text: bytes) -> bytes:
    """Return the frame of one text."""
    return header_of_text(len(text)) + text


def header_of_text(length: int) -> bytes:
    """Return what a server writes before a text of so many bytes."""
    if length < _TWO_BYTES:
        return bytes((_TEXT, length))
    if length < 1 << 16:
        return bytes((_TEXT, _TWO_BYTES)) + length.to_bytes(2)
    return bytes((_TEXT, _EIGHT_BYTES)) + length.to_bytes(8)
