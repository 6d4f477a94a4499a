"""HTTP/1.1 as uvicorn speaks it, with an answer that is whole written at once.

By ASGI an answer is two messages, and each of its headers is looked at by itself: for a small answer a tenth of all work.
The extension `WHOLE_ANSWER` in the scope of a request takes status, header lines and body in one call. The answers of one
turn of the event loop go out together, one after the other: a client on the same machine is woken once for all of them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

WHOLE_ANSWER: Final = "navswap.whole_answer"
"""`async (status, lines, body)`: the header lines as they go out, each with its line break and `content-length` among them."""

_WORTH_COPYING: Final = 65_536
"""Bytes of a body that are quicker copied behind the headers than handed to the socket by themselves."""


class WholeAnswerProtocol(HttpToolsProtocol):
    """Serves one connection."""

    _unwritten = 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
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
        if cycle.disconnected:
            return
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
        on_response()
