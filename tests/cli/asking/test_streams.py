"""How a subscription of the shell lives through a lost connection, against a server that closes it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from navswap.cli.asking.errors import RefusedByApiError, UnreachedError
from navswap.cli.asking.requests import Api
from navswap.cli.asking.streams import Watched, watch

DOCUMENT = "subscription ($after: String) { changed(after: $after) { cursor } }"


@contextmanager
def server(behave: Callable[[ServerConnection, dict[str, Any]], None]) -> Iterator[str]:
    """Serve the protocol: `behave` does what follows a subscription, given its payload; then the socket closes."""

    def handle(socket: ServerConnection) -> None:
        assert json.loads(socket.recv())["type"] == "connection_init"
        socket.send(json.dumps({"type": "connection_ack"}))
        behave(socket, json.loads(socket.recv())["payload"])

    with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-transport-ws")]) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        host, port = serving.socket.getsockname()[:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            serving.shutdown()
            thread.join()


def send(socket: ServerConnection, kind: str, **fields: Any) -> None:
    socket.send(json.dumps({"id": "0", "type": kind, **fields}))


def test_a_lost_stream_goes_on_behind_its_newest_cursor() -> None:
    begun: list[Any] = []

    def behave(socket: ServerConnection, payload: dict[str, Any]) -> None:
        begun.append(payload["variables"])
        send(socket, "next", payload={"data": {"changed": {"cursor": f"c{len(begun)}"}}})
        if len(begun) == 3:
            send(socket, "complete")

    paused: list[float] = []
    said: list[str] = []
    with server(behave) as url, Api(url) as api:
        moments = list(watch(api, [Watched(DOCUMENT, {}, "after")], paused.append, say_lost=said.append))
    assert begun == [{}, {"after": "c1"}, {"after": "c2"}]
    assert [moment.payload["data"]["changed"]["cursor"] for moment in moments if moment] == ["c1", "c2", "c3"]
    assert paused == [0.5, 0.5]
    assert said == [f"the connection to {url} was lost; trying again"] * 2


def test_a_stream_without_a_cursor_ends_when_it_is_lost() -> None:
    def behave(socket: ServerConnection, _: dict[str, Any]) -> None:
        send(socket, "next", payload={"data": {"changed": {"cursor": "c"}}})

    with server(behave) as url, Api(url) as api, pytest.raises(UnreachedError, match="after: \\$after"):
        list(watch(api, [Watched("subscription { changed { cursor } }")], lambda _: None))


def test_an_error_is_handed_on_and_ends_its_subscription() -> None:
    def behave(socket: ServerConnection, _: dict[str, Any]) -> None:
        send(socket, "error", payload=[{"message": "no"}])
        socket.recv()

    with server(behave) as url, Api(url) as api:
        [moment] = watch(api, [Watched(DOCUMENT, {}, "after")])
    assert moment is not None
    assert moment.payload == {"errors": [{"message": "no"}]}


def test_a_session_that_is_refused_is_no_lost_connection() -> None:
    def behave(socket: ServerConnection, _: dict[str, Any]) -> None:
        socket.close(4403, "The session has ended")

    with (
        server(behave) as url,
        Api(url) as api,
        pytest.raises(RefusedByApiError, match="The session has ended"),
    ):
        list(watch(api, [Watched(DOCUMENT, {}, "after")], lambda _: None))


def test_a_server_that_stays_away_is_given_up_after_two_minutes() -> None:
    def behave(socket: ServerConnection, _: dict[str, Any]) -> None:
        send(socket, "next", payload={"data": {"changed": {"cursor": "c"}}})

    paused: list[float] = []
    with ExitStack() as stack:
        url = stack.enter_context(server(behave))
        api = stack.enter_context(Api(url))
        moments = watch(api, [Watched(DOCUMENT, {}, "after")], paused.append)
        assert next(moments) is not None
        stack.pop_all().__exit__(None, None, None)
        with pytest.raises(UnreachedError, match="was lost"):
            list(moments)
    assert 100 < sum(paused) < 140
