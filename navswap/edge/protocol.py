"""HTTP/1.1 as uvicorn speaks it, with an answer that is whole written at once.

By ASGI an answer is two messages, and each of its headers is looked at by itself: for a small answer a tenth of all work.
The extension `WHOLE_ANSWER` in the scope of a request takes status, header lines and body in one call. The answers of one
turn of the event loop go out together, one after the other: a client on the same machine is woken once for all of them.

An application that has a method `at_once` is asked by it first, once the request is there as a whole: what it can answer without
waiting needs no task of its own, nor the messages of ASGI.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

WHOLE_ANSWER: Final = "navswap.whole_answer"
"""`async (status, lines, body)`: the header lines as they go out, each with its line break and `content-length` among them."""

_WORTH_COPYING: Final = 65_536
"""Bytes of a body that are quicker copied behind the headers than handed to the socket by themselves."""


class AnswersAtOnce(Protocol):
    """An application that answers some requests without waiting."""

    def at_once(self, scope: Scope, body: bytes) -> tuple[bytes, bytes] | None:
        """Return header lines, as they go out, and body of an answer of status 200; None for a request that is to be served by ASGI."""
        ...


_Held: TypeAlias = tuple[RequestResponseCycle, AnswersAtOnce]


class WholeAnswerProtocol(HttpToolsProtocol):
    """Serves one connection."""

    _unwritten = 0
    _last_begun: RequestResponseCycle | None = None
    """The newest request that does not wait for the answer to another."""
    _reads_head = False
    _held: _Held | None = None
    """A request whose head is read, and the application to serve it, while the rest may be in what was received with it."""

    def data_received(self, data: bytes) -> None:
        """Take what a client has sent; what is not whole after it is served by ASGI, which waits for the rest."""
        super().data_received(data)
        if self._held is not None:
            self._release(self._held)

    def on_headers_complete(self) -> None:
        """Begin a request whose head is read."""
        self._reads_head = True
        super().on_headers_complete()
        self._reads_head = False

    def on_message_complete(self) -> None:
        """Answer a request that is whole, at once where the application can."""
        super().on_message_complete()
        held = self._held
        if held is None or held[0] is not self.cycle:
            return
        cycle, app = held
        found = None if cycle.flow.write_paused else app.at_once(cast(Scope, cycle.scope), bytes(cycle.body))
        if found is None:
            self._release(held)
        else:
            self._held = None
            self._send(cycle, 200, *found)

    def _release(self, held: _Held) -> None:
        """Serve a request by ASGI."""
        self._held = None
        self._begin(*held)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._last_begun = cycle
        if self._reads_head and hasattr(app, "at_once"):
            self._held = cycle, app
        else:
            self._begin(cycle, app)

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> None:
        cast(dict[str, Any], cycle.scope)["extensions"] = {WHOLE_ANSWER: partial(self._answer, cycle)}
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """End the connection, after the answer that is about to be written."""
        if self._unwritten:
            self.cycle.keep_alive = False
        else:
            super().shutdown()

    async def _answer(self, cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> None:
        """Do for a whole answer to anything but HEAD what `RequestResponseCycle.send` does for its two messages."""
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if not cycle.disconnected:
            self._send(cycle, status, lines, body)

    def _send(self, cycle: RequestResponseCycle, status: int, lines: bytes, body: bytes) -> None:
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()
        head = [STATUS_LINE[status], lines]
        head += [b"%b: %b\r\n" % header for header in cycle.default_headers]
        head.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        self._unwritten += 1
        self.loop.call_soon(self._write, cycle, b"".join(head), body, cycle.on_response)

    def _write(
        self, cycle: RequestResponseCycle, head: bytes, body: bytes, on_response: Callable[[], None]
    ) -> None:
        """Write an answer, and let the connection go on to its next request."""
        self._unwritten -= 1
        if cycle.transport.is_closing():
            return
        if len(body) < _WORTH_COPYING:
            cycle.transport.write(head + body)
        else:
            cycle.transport.writelines((head, body))
        if not cycle.keep_alive:
            cycle.transport.close()
        if cycle is self._last_begun:
            on_response()
        else:  # another has begun since, whose answer lets the connection go on
            self.server_state.total_requests += 1
