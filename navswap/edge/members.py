"""The members of a group of subscribers (`fanout.py`), and what each is asked before it is handed a payload.

A payload goes to hundreds of members, and little of what belongs to one of them is still in the caches of the processor when it is
its turn: each object that is looked at costs more than what is done with it. Therefore a member whose last payload could be
written at once is handed the next one without a question, until there is something to look at and `look_again` is called: its
operation is completed, its session is renewed, or a session of the group may have ended.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import Final, Protocol

import orjson
from strawberry.http.exceptions import WebSocketDisconnected

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.principal import SessionEndedError
from navswap.edge.eager import begin
from navswap.edge.frames import Batch, Outlet, Write
from navswap.graphql.live import SESSION_ENDED
from navswap.infra.telemetry import HUB_RESYNCS
from navswap.kit.clock import Clock

_END: Final = b"}"
"""What stands behind the payload in a message."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Socket(Protocol):
    """Where the messages of a subscriber are written."""

    @property
    def outlet(self) -> Outlet:
        """Return where ready frames are written."""
        ...

    async def send_text(self, text: str) -> None:
        """Write a text once the socket takes it; raises WebSocketDisconnected when the client is gone."""
        ...


class Subscriber(Protocol):
    """Whom the messages are for."""

    @property
    def is_served(self) -> bool:
        """Return False once its session has ended or its operation is completed."""
        ...

    @property
    def session_ends_at(self) -> datetime | None:
        """Return when its session ends if it is not renewed; None for a visitor, who has none."""
        ...


class Sessions:
    """Until when no session of a group's members ends, as far as is known."""

    def __init__(self, clock: Clock, ended: EndedSessions) -> None:
        self._clock = clock
        self._ended = ended
        self._known_ends = ended.additions
        self._next_end = _NEVER

    def add(self, ends_at: datetime | None) -> None:
        """Take one that is good now."""
        if ends_at is not None and ends_at < self._next_end:
            self._next_end = ends_at

    def may_have_ended(self) -> bool:
        """Return whether one may have ended since they were added; then those that are good are to be added again."""
        known_ends = self._ended.additions
        if known_ends == self._known_ends and self._clock.now() < self._next_end:
            return False
        self._known_ends, self._next_end = known_ends, _NEVER
        return True


def batch_of(payloads: Iterable[bytes]) -> Batch:
    """Return payloads as the ends of messages, whose beginnings are those of the members."""
    return Batch(payload + _END for payload in payloads)


class Member:
    """One subscriber, and what waits for its socket: at most `capacity` payloads.

    Nothing is sent once the subscriber is not served any more: it is a member no more.
    """

    __slots__ = (
        "__weakref__",
        "_at_once",
        "_beginning",
        "_capacity",
        "_end",
        "_sending",
        "_sessions",
        "_socket",
        "_subscriber",
        "_waiting",
    )

    def __init__(self, identifier: str, socket: Socket, subscriber: Subscriber, capacity: int) -> None:
        self._at_once: Write | None = None
        """How the next payload is written, where nothing speaks against it; None where that is to be looked at first."""
        self._beginning = b'{"id":%b,"type":"next","payload":' % orjson.dumps(identifier)
        self._socket = socket
        self._subscriber = subscriber
        self._capacity = capacity
        self._waiting: deque[Batch] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._end: asyncio.Future[Exception | None] | None = None
        self._sessions: Sessions | None = None

    def enter(self, sessions: Sessions) -> None:
        """Become the member of a group, whose sessions these are."""
        self._end = asyncio.get_running_loop().create_future()
        self._sessions = sessions

    def look_again(self) -> None:
        """Ask before the next payload whether the subscriber is still served."""
        self._at_once = None

    def hand(self, batch: Batch) -> None:
        """Write payloads at once where the socket takes them, else let them wait; the member is lost when too many do."""
        write = self._at_once
        if write is not None:
            try:
                write(batch.frames(self._beginning))
            except (OSError, RuntimeError):
                pass  # of a transport that is gone: it is looked at now
            else:
                return
        self._look_and_hand(batch)

    def _look_and_hand(self, batch: Batch) -> None:
        self._at_once = None
        if self._end is None or self._end.done():
            return
        if not self._subscriber.is_served:
            self.end(SessionEndedError(SESSION_ENDED))
        elif self._sending is None:
            if self._socket.outlet.write(batch.frames(self._beginning)):
                self._trust()
            else:
                self._begin_to_send(batch)
        elif sum(map(len, self._waiting)) + len(batch) <= self._capacity:
            self._waiting.append(batch)
        else:
            HUB_RESYNCS.labels("slow_subscriber").inc()
            self._waiting.clear()
            self.end(None)

    def _trust(self) -> None:
        """Ask nothing until there is something to look at."""
        assert self._sessions is not None  # noqa: S101 - narrows the type only: it has entered
        self._sessions.add(self._subscriber.session_ends_at)
        self._at_once = self._socket.outlet.write_until(self.look_again)

    def _distrust(self) -> None:
        self._at_once = None
        self._socket.outlet.forget(self.look_again)

    async def send(self, payload: bytes) -> None:
        """Send a payload after all that wait, and return when the socket has taken it."""
        await self.flush()
        await self._send(batch_of([payload]))

    async def flush(self) -> None:
        """Return when the socket has taken what waits."""
        if self._sending is not None:
            await asyncio.wait({self._sending})

    async def until_lost(self) -> None:
        """Return when messages of the group were lost; raises what ended the group, after all that it sent before."""
        assert self._end is not None  # noqa: S101 - narrows the type only: it has entered
        failure = await self._end
        if failure is not None:
            await self.flush()
            raise failure

    def end(self, failure: Exception | None) -> None:
        """End the membership, for a failure or because messages were lost."""
        self._distrust()
        if self._end is not None and not self._end.done():
            self._end.set_result(failure)

    def close(self) -> None:
        """Send nothing more."""
        self._distrust()
        self._waiting.clear()
        if self._sending is not None:
            self._sending.cancel()

    def _begin_to_send(self, batch: Batch) -> None:
        try:
            rest = begin(self._send(batch))
        except WebSocketDisconnected:
            return  # the reader of the socket ends its operations
        except Exception as failure:  # noqa: BLE001 - of this socket alone: the others of the group go on
            self.end(failure)
            return
        if rest is not None:
            self._sending = asyncio.create_task(self._send_waiting(rest))

    async def _send(self, batch: Batch) -> None:
        for text in batch.texts(self._beginning):
            if self._subscriber.is_served:
                await self._socket.send_text(text)

    async def _send_waiting(self, rest: Awaitable[None]) -> None:
        try:
            await rest
            while self._waiting:
                await self._send(self._waiting.popleft())
        except WebSocketDisconnected:
            self._waiting.clear()
        except Exception as failure:  # noqa: BLE001 - of this socket alone, for who waits for its end
            self._waiting.clear()
            self.end(failure)
        finally:
            self._sending = None
