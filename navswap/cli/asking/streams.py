"""Subscriptions over graphql-transport-ws: one socket for any number of them, resumed by their cursors."""

import contextlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from navswap.cli.asking.errors import RefusedByApiError, UnreachedError
from navswap.cli.asking.requests import Api

PROTOCOL: Final = Subprotocol("graphql-transport-ws")
OPEN_SECONDS: Final = 30.0
WAIT_SECONDS: Final = 1.0
"""How long one look for a message takes at most, between which the session is renewed and a screen is drawn."""
RETRIES: Final = 26
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0
"""Two minutes in all: a busy server takes half a minute to start again."""
REFUSED_CODES: Final = frozenset({4401, 4403})


@dataclass
class Watched:
    """A subscription: its document, its variables, and the variable of its cursor; None where it cannot be resumed."""

    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    cursor_variable: str | None = None
    name: str | None = None
    is_over: bool = False
    cursor: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return what begins it, behind the newest cursor."""
        after = {self.cursor_variable: self.cursor} if self.cursor_variable and self.cursor else {}
        return {
            "query": self.document,
            "variables": {**self.variables, **after},
            "operationName": self.name,
        }

    def take(self, payload: Mapping[str, Any]) -> None:
        """Keep the cursor of a moment; a resync is followed by a new snapshot, so it forgets the cursor."""
        for root in (payload.get("data") or {}).values():
            if isinstance(root, dict) and "cursor" in root:
                self.cursor = root["cursor"]
            elif isinstance(root, dict) and root.get("__typename") == "Resync":
                self.cursor = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What came of a subscription: its place among those that are watched, and the answer."""

    place: int
    payload: dict[str, Any]


def watch(
    api: Api,
    watched: Sequence[Watched],
    pause: Callable[[float], object] = time.sleep,
    wait_seconds: float = WAIT_SECONDS,
    say_lost: Callable[[str], object] = str,
) -> Generator[Moment | None, None, None]:
    """Yield what comes of subscriptions until all are over, and None whenever nothing came for a while.

    A lost connection is opened again when each one that is not over can be resumed by its cursor, so that nothing is missed.
    Raises RefusedByApiError where the API refuses one, and UnreachedError.
    """
    failures, was_open = 0, False
    while not all(each.is_over for each in watched):
        try:
            with _opened(api) as socket:
                for moment in _moments(api, socket, watched, wait_seconds):
                    failures, was_open = 0, True
                    yield moment
        except (OSError, WebSocketException) as error:
            failures += 1
            closed = error.rcvd if isinstance(error, ConnectionClosed) else None
            if closed and closed.code in REFUSED_CODES:
                raise RefusedByApiError(f"The API closed the connection: {closed.reason}") from error
            can_resume = all(each.is_over or each.cursor_variable for each in watched)
            if not was_open or not can_resume or failures > RETRIES:
                raise UnreachedError(_lost(api, error, was_open=was_open, can_resume=can_resume)) from error
            if failures == 1:
                say_lost(f"the connection to {api.base_url} was lost; trying again")
            pause(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failures - 1)))


def _lost(api: Api, error: Exception, *, was_open: bool, can_resume: bool) -> str:
    reason = str(error) or type(error).__name__
    if not was_open:
        return f"No server takes a websocket at {_url(api)} ({reason})."
    hint = "" if can_resume else " A subscription that passes `after: $after` is resumed where it ended."
    return f"The connection to {api.base_url} was lost ({reason}).{hint}"


def _url(api: Api) -> str:
    return f"{api.base_url.replace('http', 'ws', 1)}/graphql"


@contextlib.contextmanager
def _opened(api: Api) -> Iterator[ClientConnection]:
    """Open a socket in the name of who asks; raises what `websockets` raises, RefusedByApiError and UnreachedError."""
    token = api.session.token()
    with connect(
        _url(api), subprotocols=[PROTOCOL], compression=None, open_timeout=OPEN_SECONDS, proxy=None
    ) as socket:
        _send(socket, type="connection_init", payload=_authorization(token))
        yield socket


def _moments(
    api: Api, socket: ClientConnection, watched: Sequence[Watched], wait_seconds: float
) -> Iterator[Moment | None]:
    """Yield what comes over one socket until all subscriptions are over; raises what `websockets` raises."""
    token = api.session.token()
    while not all(each.is_over for each in watched):
        fresh = api.session.token()
        if fresh != token:
            token = fresh
            _send(socket, type="ping", payload=_authorization(fresh))
        try:
            message = json.loads(socket.recv(timeout=wait_seconds))
        except TimeoutError:
            yield None
            continue
        if (moment := _taken(socket, watched, message)) is not None:
            yield moment


def _taken(socket: ClientConnection, watched: Sequence[Watched], message: Mapping[str, Any]) -> Moment | None:
    """Do what a message of the server asks for; return the moment that it brings."""
    match message:
        case {"type": "connection_ack"}:
            for place, each in enumerate(watched):
                if not each.is_over:
                    _send(socket, id=str(place), type="subscribe", payload=each.payload())
        case {"type": "ping"}:
            _send(socket, type="pong")
        case {"type": "next", "id": place, "payload": payload}:
            watched[int(place)].take(payload)
            return Moment(int(place), payload)
        case {"type": "error", "id": place, "payload": errors}:
            watched[int(place)].is_over = True
            return Moment(int(place), {"errors": errors})
        case {"type": "complete", "id": place}:
            watched[int(place)].is_over = True
        case _:
            pass
    return None


def _authorization(token: str | None) -> dict[str, str]:
    return {} if token is None else {"authorization": f"Bearer {token}"}


def _send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))
