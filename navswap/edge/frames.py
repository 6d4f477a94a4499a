"""Websocket frames that are written straight to the transport, for what many sockets are sent alike.

ASGI has one way to send: a message for each text, which Starlette, uvicorn and websockets check and wrap again for each socket.
`FrameProtocol` is uvicorn's protocol with one thing more: an ASGI extension by which an application hands over frames that are
ready. Under another server there is no such extension, and texts are sent as ever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

EXTENSION: Final = "navswap.frames"
"""The key in `scope["extensions"]` under which the outlet of a socket is found."""

WriteFrames = Callable[[bytes], bool]
"""Write whole frames now; returns False, and has written nothing, where the socket takes none now."""

Write = Callable[[bytes], object]
"""Write whole frames to an open socket."""

_TEXT: Final = 0x81
"""First byte of a text that is one frame (RFC 6455)."""
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Lengths that say that the length follows in so many bytes."""


class FrameProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's websocket, to which ready frames can be written as well."""

    _outlet: "Outlet | None" = None
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
            self._outlet = Outlet(self.write_frames, self.transport.write)
            self.scope["extensions"][EXTENSION] = {"outlet": self._outlet}

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

    def handle_close(self, event: Frame) -> None:
        """Answer the close of the client, behind which nothing may follow."""
        super().handle_close(event)
        self._look_again()

    def shutdown(self) -> None:
        """Close, for the server ends."""
        super().shutdown()
        self._look_again()

    def pause_writing(self) -> None:
        """Take no more frames: the transport has enough to send."""
        super().pause_writing()
        self._look_again()

    def _look_again(self) -> None:
        if self._outlet is not None:
            self._outlet.look_again()

    def write_frames(self, frames: bytes) -> bool:
        """Write frames unless the socket is not open, or has yet to send what it was given before."""
        is_open = self.handshake_complete and not (self.disconnected or self.close_sent)
        if not is_open or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(frames)
        return True


class Outlet:
    """Where the ready frames of one socket are written: with a look at the protocol, or without while nothing has changed there.

    The protocol has dozens of attributes, and one of hundreds of sockets is not in the caches of the processor when it is its turn.
    """

    __slots__ = ("_followers", "_is_clear", "_write", "_write_after_a_look")

    def __init__(self, write_after_a_look: WriteFrames, write: Write | None) -> None:
        """`write` is the transport's own, None where nothing is to be written without a look."""
        self._write_after_a_look = write_after_a_look
        self._write = write
        self._is_clear = False
        """Whether the last look at the protocol found it open and writable, and nothing has happened to it since."""
        self._followers: dict[Callable[[], None], None] = {}

    def write(self, frames: bytes) -> bool:
        """Write frames unless the socket is not open, or has yet to send what it was given before."""
        self._is_clear = True  # before it writes, for the transport may have enough by that
        if self._write_after_a_look(frames):
            return True
        self._is_clear = False
        return False

    def write_until(self, changed: Callable[[], None]) -> Write | None:
        """Return what writes without a look, until `changed` is called, once; None where a look is needed, or always is.

        It writes nothing to a transport that is closing, and may raise OSError or RuntimeError. `forget` ends it.
        """
        if self._write is None or not self._is_clear:
            return None
        self._followers[changed] = None
        return self._write

    def forget(self, changed: Callable[[], None]) -> None:
        """Call `changed` no more."""
        self._followers.pop(changed, None)

    def look_again(self) -> None:
        """Have nothing written before another look at the protocol."""
        self._is_clear = False
        followers, self._followers = self._followers, {}
        for changed in followers:
            changed()

    def close(self) -> None:
        """Write nothing more, and let go of the protocol."""
        self._write_after_a_look, self._write = take_none, None
        self.look_again()


def take_none(_frames: bytes) -> bool:
    """Write nothing: what stands in for a socket that takes no ready frames."""
    return False


def outlet_of(scope: Mapping[str, Any]) -> Outlet:
    """Return where ready frames are written to a websocket; one that takes none where its server offers no such way."""
    offered = (scope.get("extensions") or {}).get(EXTENSION)
    outlet: Outlet = Outlet(take_none, None) if offered is None else offered["outlet"]
    return outlet


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
