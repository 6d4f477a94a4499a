from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Subprotocol

from navswap.kit.clock import ManualClock
from navswap.settings import Settings
from tests.edge.sample import FLOOD_ENDED
from tests.edge.serving import sample_app, serving

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}
Message = dict[str, Any]


class Socket:
    """A client that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, *messages: object) -> None:
        for message in messages:
            await self._connection.send(
                message if isinstance(message, (str, bytes)) else orjson.dumps(message).decode()
            )

    async def receive(self) -> Message:
        frame = await self._connection.recv()
        assert isinstance(frame, str)
        message: Message = orjson.loads(frame)
        return message

    async def subscribe(self, identifier: str, query: str, **more: object) -> None:
        await self.send({"type": "subscribe", "id": identifier, "payload": {"query": query, **more}})

    async def until_end(self, identifier: str) -> list[Message]:
        """Every message until the operation is over."""
        messages = [await self.receive()]
        while messages[-1]["type"] not in {"complete", "error"}:
            messages.append(await self.receive())
        assert {message["id"] for message in messages} == {identifier}
        return messages

    async def run(self, identifier: str, query: str, **more: object) -> list[Message]:
        await self.subscribe(identifier, query, **more)
        return await self.until_end(identifier)

    def vanish(self) -> None:
        """Cut the line without a goodbye."""
        self._connection.transport.abort()

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes."""
        with suppress(ConnectionClosedError):
            async for _ in self._connection:
                pass
        assert self._connection.close_code is not None
        return self._connection.close_code, self._connection.close_reason or ""


@asynccontextmanager
async def opened(server: str, **options: Any) -> AsyncIterator[Socket]:
    """A socket that has not yet said `connection_init`."""
    async with connect(
        f"ws://{server}/graphql", subprotocols=[PROTOCOL], open_timeout=60, **options
    ) as connection:
        yield Socket(connection)


@asynccontextmanager
async def welcomed(server: str, **payload: object) -> AsyncIterator[Socket]:
    """A socket that may subscribe."""
    async with opened(server) as socket:
        await socket.send({**INIT, "payload": payload})
        assert await socket.receive() == {"type": "connection_ack"}
        yield socket


async def test_a_subscription_delivers_and_completes(server: str) -> None:
    async with welcomed(server) as socket:
        assert await socket.run("1", "subscription { count(to: 2) }") == [
            {"type": "next", "id": "1", "payload": {"data": {"count": 1}}},
            {"type": "next", "id": "1", "payload": {"data": {"count": 2}}},
            {"type": "complete", "id": "1"},
        ]


async def test_queries_and_mutations_run_over_a_socket_too(server: str) -> None:
    async with welcomed(server) as socket:
        query = await socket.run("1", "query ($n: String!) { hello(name: $n) }", variables={"n": "Mei"})
        mutation = await socket.run("1", "mutation { hello }")
    assert [message["payload"] for message in (query[0], mutation[0])] == [
        {"data": {"hello": "hello Mei"}},
        {"data": {"hello": "changed"}},
    ]


@pytest.mark.parametrize(
    "message",
    [
        [],
        1,
        None,
        "text",
        {},
        {"type": 1},
        {"type": "start"},
        {"type": "x" * 500},
        {"type": "ping", "payload": 1},
        f'{{"type": "ping", "payload": {{"a": {"[" * 300}{"]" * 300}}}}}',
        {"type": "pong", "payload": []},
        {"type": "complete"},
        {"type": "complete", "id": 1},
        {"type": "subscribe", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": None, "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "1"},
        {"type": "subscribe", "id": "1", "payload": []},
        {"type": "subscribe", "id": "1", "payload": {}},
        {"type": "subscribe", "id": "1", "payload": {"query": 1}},
        {"type": "subscribe", "id": "1", "payload": {"query": ""}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": [1]}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": "{}"}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}},
        "{",
        "[" * 5000,
        b'{"type": "ping"}',
    ],
)
async def test_a_malformed_message_closes_the_socket_with_4400(server: str, message: object) -> None:
    text = (
        message
        if isinstance(message, bytes) or message in ("{", "[" * 5000)
        else orjson.dumps(message).decode()
    )
    async with welcomed(server) as socket:
        await socket.send(text)
        code, reason = await socket.closed()
    assert code == 4400
    assert reason


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "subscription { count"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { unknown }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription A { count }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "fragment F on Query { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
        ({"query": "query ($n: Int!) { half(number: $n) }"}, "BAD_USER_INPUT"),
        ({"query": "subscription ($n: Int!) { count(to: $n) }", "variables": {"n": "x"}}, "BAD_USER_INPUT"),
        ({"query": "{ me " + "{ friend " * 20 + "{ name }" + "}" * 20 + "}"}, "QUERY_TOO_DEEP"),
    ],
)
async def test_an_operation_that_cannot_run_leaves_the_socket_open(
    server: str, payload: dict[str, object], code: str
) -> None:
    async with welcomed(server) as socket:
        await socket.subscribe("live", "subscription { silence }")
        await socket.send({"type": "subscribe", "id": "bad", "payload": payload})
        refused = await socket.receive()
        assert (refused["type"], refused["id"]) == ("error", "bad")
        assert [error["extensions"]["code"] for error in refused["payload"]] == [code]
        assert len(await socket.run("bad", "subscription { count(to: 1) }")) == 2


async def test_ping_is_answered_with_its_payload(server: str) -> None:
    async with opened(server) as socket:
        await socket.send({"type": "ping"}, {"type": "ping", "payload": {"n": [1, None]}}, {"type": "pong"})
        assert await socket.receive() == {"type": "pong"}
        assert await socket.receive() == {"type": "pong", "payload": {"n": [1, None]}}


async def test_a_null_payload_is_no_payload(server: str) -> None:
    async with opened(server) as socket:
        await socket.send({**INIT, "payload": None}, {"type": "ping", "payload": None})
        assert await socket.receive() == {"type": "connection_ack"}
        assert await socket.receive() == {"type": "pong"}


async def test_an_empty_array_stands_for_an_empty_object(server: str) -> None:
    async with welcomed(server) as socket:
        [answer, _] = await socket.run("1", "{ hello }", variables=[], extensions=[])
        assert answer["payload"] == {"data": {"hello": "hello world"}}


async def test_a_path_that_ends_with_a_slash_is_the_same(server: str) -> None:
    async with connect(f"ws://{server}/graphql/", subprotocols=[PROTOCOL], open_timeout=60) as socket:
        assert socket.subprotocol == PROTOCOL


async def test_nothing_is_subscribed_before_the_welcome(server: str) -> None:
    async with opened(server) as socket:
        await socket.subscribe("1", "subscription { count }")
        assert (await socket.closed())[0] == 4401


async def test_the_welcome_is_said_once(server: str) -> None:
    async with welcomed(server) as socket:
        await socket.send(INIT)
        assert (await socket.closed())[0] == 4429


async def test_an_id_runs_one_operation_at_a_time(server: str) -> None:
    long_id = "x" * 1000
    async with welcomed(server) as socket:
        await socket.subscribe(long_id, "subscription { silence }")
        await socket.subscribe(long_id, "subscription { silence }")
        assert (await socket.closed())[0] == 4409


async def test_a_completed_operation_ends_and_frees_its_id(server: str) -> None:
    async with welcomed(server) as socket:
        await socket.subscribe("1", "subscription { silence }")
        await socket.send({"type": "complete", "id": "1"}, {"type": "complete", "id": "unknown"})
        assert len(await socket.run("1", "subscription { count(to: 1) }")) == 2


@pytest.mark.parametrize(
    "query", ["subscription { breaks(after: 0) }", "subscription { mistyped }", "{ broken }"]
)
async def test_a_bug_is_masked_in_every_operation(server: str, query: str) -> None:
    async with welcomed(server) as socket:
        messages = await socket.run("1", query)
    assert "Internal error" in str(messages)
    assert "hunter2" not in str(messages)


async def test_a_stream_that_fails_ends_with_an_error_and_not_as_complete(server: str) -> None:
    async with welcomed(server) as socket:
        *values, last = await socket.run("1", "subscription { refuses(after: 2) }")
    assert [value["payload"] for value in values] == [{"data": {"refuses": 0}}, {"data": {"refuses": 1}}]
    assert last == {
        "type": "error",
        "id": "1",
        "payload": [{"message": "The session has ended.", "extensions": {"code": "SLOT_TAKEN"}}],
    }


async def test_operations_at_once_are_limited_for_each_socket(server: str) -> None:
    async with welcomed(server) as socket, welcomed(server) as other:
        for number in range(3):
            await socket.subscribe(f"{number}", "subscription { silence }")
        refused = await socket.run("3", "subscription { count }")
        assert refused[0]["payload"][0]["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS", "limit": 3}
        await socket.send({"type": "complete", "id": "0"})
        assert len(await socket.run("3", "subscription { count(to: 1) }")) == 2
        assert len(await other.run("3", "subscription { count(to: 1) }")) == 2


async def test_each_operation_counts_towards_the_rate_limit(
    settings: Settings, redis: Redis, clock: ManualClock
) -> None:
    limited = settings.model_copy(update={"rate_limit_principal_per_minute": 2})
    async with (
        serving(sample_app(limited, redis, clock)) as server,
        welcomed(server, authorization="rider-1") as socket,
        welcomed(server, authorization="rider-2") as other,
    ):
        answers = [await socket.run(f"{number}", "{ hello }") for number in range(3)]
        assert [len(answer) for answer in answers] == [2, 2, 1]
        assert answers[2][0]["type"] == "error"
        assert answers[2][0]["payload"][0]["extensions"] == {
            "code": "RATE_LIMITED",
            "limit": 2,
            "retryAfterSeconds": 30,
        }
        assert len(await other.run("1", "{ hello }")) == 2
        clock.advance(timedelta(seconds=30))
        assert len(await socket.run("4", "{ hello }")) == 2


@pytest.mark.parametrize(("token", "code"), [("bad", 4403), ("bug", 1011)])
async def test_a_client_may_be_turned_away_at_the_welcome(server: str, token: str, code: int) -> None:
    async with opened(server) as socket:
        await socket.send({**INIT, "payload": {"authorization": token}})
        closed = await socket.closed()
    assert closed[0] == code
    assert closed[1] == {4403: "The token is not ours.", 1011: "Internal error"}[code]


@pytest.mark.parametrize(("token", "code"), [("bad", 4403), ("bug", 1011)])
async def test_a_client_may_be_turned_away_at_the_handshake(server: str, token: str, code: int) -> None:
    async with opened(server, additional_headers={"authorization": token}) as socket:
        closed = await socket.closed()
    assert closed[0] == code
    assert "hunter2" not in closed[1]


async def test_one_who_says_nothing_is_sent_away(
    settings: Settings, redis: Redis, clock: ManualClock
) -> None:
    app = sample_app(settings, redis, clock, connection_init_timeout=timedelta(0))
    async with serving(app) as server, opened(server) as socket:
        assert (await socket.closed())[0] == 4408


@pytest.mark.parametrize("protocols", [None, ["graphql-ws"], ["chat"]])
async def test_only_graphql_transport_ws_is_spoken(server: str, protocols: list[Subprotocol] | None) -> None:
    async with connect(f"ws://{server}/graphql", subprotocols=protocols, open_timeout=60) as connection:
        code, reason = await Socket(connection).closed()
    assert code == 4406
    assert "graphql-transport-ws" in reason


async def test_a_page_of_another_origin_is_kept_out(
    settings: Settings, redis: Redis, clock: ManualClock
) -> None:
    friendly = settings.model_copy(update={"allowed_origins": ["https://app.example"]})
    async with serving(sample_app(friendly, redis, clock)) as server:
        for origin in (None, f"http://{server}", "https://app.example"):
            async with opened(server, origin=origin) as socket:
                await socket.send(INIT)
                assert await socket.receive() == {"type": "connection_ack"}
        for origin in ("https://evil.example", "http://app.example", "null"):
            with pytest.raises(InvalidStatus) as refused:
                async with opened(server, origin=origin):
                    pass
            assert refused.value.response.status_code == 403


async def test_a_client_that_vanishes_ends_its_operations_and_is_no_bug(server: str) -> None:
    before = REGISTRY.get_sample_value("navswap_bugs_total")
    async with welcomed(server) as socket:
        await socket.subscribe("1", "subscription { flood }")
        await socket.receive()
        socket.vanish()
        await FLOOD_ENDED.wait()
    async with welcomed(server) as socket:
        await socket.run("1", "{ hello }")
    assert REGISTRY.get_sample_value("navswap_bugs_total") == before
