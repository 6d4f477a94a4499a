"""Subscribers over real websockets to streams of a real hub; every value that is read for an answer is counted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

import pytest
import strawberry
from redis.asyncio import Redis
from starlette.applications import Starlette
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.edge.endpoint import Admission, GraphQLEndpoint
from navswap.edge.fanout import Fanout
from navswap.edge.rate_limit import OperationGuard
from navswap.edge.schema import LimitedSchema
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub
from navswap.events.stream import Loaded
from navswap.graphql.context import Context, Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, stream
from navswap.graphql.permissions import roles
from navswap.infra.rate_limiter import RateLimiter
from navswap.kit.clock import ManualClock
from navswap.kit.errors import NavSwapError
from navswap.kit.ids import new_id
from navswap.kit.streams import session_stream
from navswap.settings import Settings
from tests.edge.serving import serving
from tests.edge.test_websocket import Socket, welcomed
from tests.realtime.streams import Counted

CAPACITY = 8
READS: list[str] = []
"""The counters whose values were read for answers, in order."""


class Counters:
    """Counters whose state is their sequence."""

    def __init__(self, hub: Hub, clock: ManualClock) -> None:
        self.hub = hub
        self.clock = clock
        self.ended = EndedSessions(clock, timedelta(minutes=15))
        self.values: dict[str, int] = {"c": 0, "d": 0}
        self.is_broken = False

    async def load(self, name: str) -> Loaded[int]:
        if self.is_broken:
            raise RuntimeError("password=hunter2")
        return Loaded(self.values[name], {f"counter:{name}": self.values[name]})

    def step(self, name: str = "c") -> None:
        self.values[name] += 1
        fact = Counted(counter=name, value=self.values[name])
        self.hub.deliver(Envelope.around(fact, self.clock.now(), new_id()))

    def skip(self, name: str = "c") -> None:
        """Change without an update."""
        self.values[name] += 1

    def sign_out(self, session: str) -> None:
        ending = Envelope.around(Counted(counter="s", value=1), self.clock.now(), new_id())
        self.hub.deliver(ending.model_copy(update={"streams": {session_stream(session): 1}}))


@strawberry.interface
class Tally:
    """What a snapshot and an update have in common."""

    counter: str
    number: strawberry.Private[int]

    @strawberry.field
    def value(self) -> int:
        READS.append(self.counter)
        return self.number

    @strawberry.field
    def padding(self) -> str:
        return "x" * 1_000_000

    @strawberry.field
    def reader(self, info: Info) -> str:
        return info.context.signed_in().user_id

    @strawberry.field(extensions=roles(Role.ADMIN))
    def secret(self) -> int:
        return self.number


@strawberry.type
class CounterSnapshot(StreamMoment, Tally):
    pass


@strawberry.type
class CounterUpdate(StreamMoment, Tally):
    pass


CounterChange = Annotated[
    CounterSnapshot | CounterUpdate | Resync, strawberry.union("CounterChange", description="A message.")
]


@strawberry.type
class Query:
    nothing: int


@strawberry.type
class Subscription:
    @strawberry.subscription
    def counter_changed(
        self, info: Info, counter: str = "c", after: AfterCursor = None
    ) -> AsyncGenerator[CounterChange, None]:
        counters: Counters = info.context.services  # type: ignore[assignment]  # the toy's services
        if counter not in counters.values:
            raise NavSwapError("There is no such counter.")
        return stream(
            info,
            [f"counter:{counter}"],
            lambda: counters.load(counter),
            after,
            event=Counted,
            snapshot=lambda value, at: CounterSnapshot(**at, counter=counter, number=value),
            update=lambda counted, at: CounterUpdate(**at, counter=counted.counter, number=counted.value),
            is_shared=True,
        )


def document(*more: str, arguments: str = "", conditional: str = "") -> str:
    fields = " ".join(["counter", "value", *more])
    declared = ", $full: Boolean = false" if conditional else ""
    chosen = f"... @include(if: $full) {{ {conditional} }}" if conditional else ""
    return (
        f"subscription ($after: String{declared}) {{ counterChanged(after: $after {arguments}) {{ __typename"
        f" ... on StreamMoment {{ cursor sequence }} ... on Tally {{ {fields} {chosen} }} ... on Resync {{ reason }} }} }}"
    )


DOCUMENT = document(conditional="again: value")


@dataclass
class Ground:
    """A server with streams, and what its clients may do."""

    address: str
    counters: Counters
    fanout: Fanout

    @asynccontextmanager
    async def subscribed(
        self,
        query: str = DOCUMENT,
        *,
        role: str = "CONSUMER",
        session: str = "s",
        minutes: int = 15,
        **variables: Any,
    ) -> AsyncIterator["Follower"]:
        async with welcomed(self.address, role=role, session=session, minutes=minutes) as socket:
            await socket.subscribe(session, query, variables=variables)
            yield Follower(socket, session)

    async def gathered(self, members: int, groups: int = 1) -> None:
        """Wait until so many subscribers are members of groups."""
        while (self.fanout.members, len(self.fanout)) != (members, groups):  # noqa: ASYNC110 - another task gathers them
            await asyncio.sleep(0)


@dataclass
class Follower:
    """A subscriber."""

    socket: Socket
    identifier: str

    async def message(self) -> dict[str, Any]:
        message = await self.socket.receive()
        assert message["id"] == self.identifier
        return message

    async def moment(self) -> dict[str, Any]:
        message = await self.message()
        assert message["type"] == "next", message
        moment: dict[str, Any] = message["payload"]["data"]["counterChanged"]
        return moment

    async def value(self) -> tuple[str, int]:
        moment = await self.moment()
        return moment["__typename"].removeprefix("Counter"), moment["value"]


UVICORN = {"protocol": WebSocketsSansIOProtocol}
"""A server that takes no frames that are ready."""
COMPRESSING = {"compresses": True}


@pytest.fixture
async def ground(
    request: pytest.FixtureRequest, settings: Settings, redis: Redis, clock: ManualClock
) -> AsyncIterator[Ground]:
    READS.clear()
    settings = settings.model_copy(update={"subscriber_queue": CAPACITY})
    hub = Hub(settings, clock, [])
    counters = Counters(hub, clock)

    def context_of(_authorization: str | None, address: str) -> Context:
        services: Any = counters
        return Context(settings, clock, hub, services, None, address, counters.ended)

    def take(context: Context, given: Any) -> None:
        expires_at = clock.now() + timedelta(minutes=given["minutes"])
        context.principal = Principal(
            f"user of {given['session']}", Role(given["role"]), given["session"], expires_at
        )

    async def sign_in(context: Context) -> None:
        take(context, context.connection_params)

    def renew(context: Context, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        take(context, payload)
        return payload

    schema = LimitedSchema(query=Query, subscription=Subscription, types=[Tally])
    limiter = RateLimiter(redis, f"{settings.redis_prefix}{new_id()}:", clock, timeout_seconds=60)
    edge: GraphQLEndpoint[Context] = GraphQLEndpoint(
        schema,
        settings,
        OperationGuard(limiter, settings),
        Admission(
            context_of=context_of, principal_of=lambda _context: None, on_connect=sign_in, on_renewal=renew
        ),
    )
    async with serving(Starlette(routes=edge.routes()), **getattr(request, "param", {})) as address:
        yield Ground(address, counters, edge.fanout)
    assert (edge.fanout.members, len(edge.fanout)) == (0, 0)
    assert hub.followed == frozenset()


@pytest.mark.parametrize("ground", [{}, UVICORN, COMPRESSING], indirect=True)
async def test_equal_subscribers_share_one_execution_and_late_ones_join_them(ground: Ground) -> None:
    async with AsyncExitStack() as stack:
        followers = []
        for number in range(5):
            follower = await stack.enter_async_context(ground.subscribed(session=f"s{number}"))
            assert await follower.value() == ("Snapshot", number)
            followers.append(follower)
            await ground.gathered(number + 1)
            READS.clear()
            ground.counters.step()
            assert {await each.value() for each in followers} == {("Update", number + 1)}
            assert READS == ["c"]


@pytest.mark.parametrize("ground", [{}, UVICORN, COMPRESSING], indirect=True)
async def test_events_that_come_together_are_sent_in_order_and_each_is_executed_once(ground: Ground) -> None:
    async with ground.subscribed(session="a") as one, ground.subscribed(session="b" * 200) as other:
        for follower in (one, other):
            await follower.moment()
        await ground.gathered(2)
        READS.clear()
        for _ in range(CAPACITY):
            ground.counters.step()
        for follower in (one, other):
            moments = [await follower.moment() for _ in range(CAPACITY)]
            assert [moment["value"] for moment in moments] == list(range(1, CAPACITY + 1))
            assert len({moment["cursor"] for moment in moments}) == CAPACITY
        assert READS == ["c"] * CAPACITY


async def test_events_before_a_failure_are_delivered(ground: Ground) -> None:
    async with ground.subscribed(session="a") as follower:
        await follower.moment()
        await ground.gathered(1)
        ground.counters.step()
        ground.counters.step()
        ground.counters.is_broken = True
        ground.counters.skip()
        ground.counters.step()
        assert [await follower.value(), await follower.value()] == [("Update", 1), ("Update", 2)]
        assert (await follower.moment())["__typename"] == "Resync"
        assert (await follower.message())["type"] == "error"


async def test_a_late_subscriber_has_the_state_and_goes_on_like_the_others(ground: Ground) -> None:
    async with ground.subscribed(session="early") as early:
        seen = [await early.moment()]
        for _ in range(3):
            ground.counters.step()
            seen.append(await early.moment())
        async with ground.subscribed(session="late") as late:
            fresh = await late.moment()
            assert (fresh["value"], fresh["sequence"], fresh["cursor"]) == (3, 3, seen[-1]["cursor"])
            await ground.gathered(2)
            ground.counters.step()
            assert await late.moment() == await early.moment()


async def test_who_resumes_behind_a_cursor_gets_the_gap_and_then_joins(ground: Ground) -> None:
    async with ground.subscribed(session="a") as follower:
        snapshot = await follower.moment()
        ground.counters.step()
        ground.counters.step()
        missed = [await follower.moment(), await follower.moment()]
        await ground.gathered(1)
        async with ground.subscribed(session="b", after=snapshot["cursor"]) as resumed:
            assert [await resumed.moment(), await resumed.moment()] == missed
            await ground.gathered(2)
            READS.clear()
            ground.counters.step()
            assert await resumed.moment() == await follower.moment()
            assert READS == ["c"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (document("again: counter"), {}),
        (DOCUMENT, {"full": True}),
        (document("twice: value", arguments=', counter: "d"'), {}),
    ],
)
async def test_other_selections_variables_and_streams_are_other_groups(
    ground: Ground, query: str, variables: dict[str, Any]
) -> None:
    async with (
        ground.subscribed(session="a") as follower,
        ground.subscribed(query, session="b", **variables) as other,
    ):
        first, second = await follower.moment(), await other.moment()
        assert first != second
        await ground.gathered(2, groups=2)


@pytest.mark.parametrize(
    ("query", "role", "seen"),
    [
        (document("reader"), "CONSUMER", {"reader": "user of {}"}),
        (document("secret"), "ADMIN", {"secret": 1}),
    ],
)
async def test_what_depends_on_who_asks_is_not_shared(
    ground: Ground, query: str, role: str, seen: dict[str, Any]
) -> None:
    async with (
        ground.subscribed(query, role=role, session="a") as one,
        ground.subscribed(query, role=role, session="b") as other,
    ):
        for follower in (one, other):
            assert await follower.value() == ("Snapshot", 0)
        ground.counters.step()
        for follower in (one, other):
            moment = await follower.moment()
            for key, value in seen.items():
                assert moment[key] == (value.format(follower.identifier) if isinstance(value, str) else value)
        assert READS == ["c"] * 4
        assert ground.fanout.members == 0


async def test_a_subscription_that_is_refused_never_comes_to_a_group(ground: Ground) -> None:
    async with ground.subscribed(document(arguments=', counter: "none"')) as follower:
        refused, completed = await follower.message(), await follower.message()
    assert refused["payload"]["errors"][0]["message"] == "There is no such counter."
    assert completed["type"] == "complete"


async def test_one_that_completes_leaves_the_others(ground: Ground) -> None:
    async with ground.subscribed(session="a") as one, ground.subscribed(session="b") as other:
        for follower in (one, other):
            await follower.moment()
        await ground.gathered(2)
        await one.socket.send({"type": "complete", "id": "a"})
        await ground.gathered(1)
        ground.counters.step()
        assert await other.value() == ("Update", 1)
        await one.socket.subscribe("a", DOCUMENT)
        assert await one.value() == ("Snapshot", 1)
        await ground.gathered(2)
        other.socket.vanish()
        await ground.gathered(1)
        ground.counters.step()
        assert await one.value() == ("Update", 2)


async def update_both(ground: Ground, one: Follower, other: Follower) -> None:
    """Have two members be sent an update behind their snapshots."""
    for follower in (one, other):
        await follower.moment()
    await ground.gathered(2)
    ground.counters.step()
    assert {await one.value(), await other.value()} == {("Update", 1)}


async def end_by_sign_out(ground: Ground) -> None:
    ground.counters.sign_out("short")


async def end_by_expiry(ground: Ground) -> None:
    ground.counters.clock.advance(timedelta(minutes=2))
    ground.counters.step()  # at which it is seen, for the clock of the test jumps


async def end_by_a_sign_out_that_the_hub_missed(ground: Ground) -> None:
    ground.counters.ended.add("short")
    ground.counters.step()


@pytest.mark.parametrize("end", [end_by_sign_out, end_by_expiry, end_by_a_sign_out_that_the_hub_missed])
async def test_a_member_whose_session_ended_is_sent_nothing_more(
    ground: Ground, end: Callable[[Ground], Any]
) -> None:
    async with (
        ground.subscribed(session="long") as long,
        ground.subscribed(session="short", minutes=1) as short,
    ):
        await update_both(ground, long, short)
        await end(ground)
        message = await short.message()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "SESSION_ENDED")
        await ground.gathered(1)
        ground.counters.step()
        assert (await long.value())[0] == "Update"


async def test_a_session_that_is_renewed_for_a_shorter_time_is_served_until_its_new_end(
    ground: Ground,
) -> None:
    async with ground.subscribed(session="long") as long, ground.subscribed(session="short") as short:
        await update_both(ground, long, short)
        renewal = {"role": "CONSUMER", "session": "short", "minutes": 1}
        await short.socket.send({"type": "ping", "payload": renewal})
        assert (await short.socket.receive())["type"] == "pong"
        ground.counters.clock.advance(timedelta(minutes=2))
        ground.counters.step()
        assert await long.value() == ("Update", 2)
        message = await short.message()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "SESSION_ENDED")


@pytest.mark.parametrize("query", [DOCUMENT, document("reader")])
async def test_a_stream_that_is_renewed_with_another_session_ends_with_that_one(
    ground: Ground, query: str
) -> None:
    async with ground.subscribed(query, session="first") as follower:
        assert await follower.value() == ("Snapshot", 0)
        await ground.gathered(*((1, 1) if query is DOCUMENT else (0, 0)))
        renewal = {"role": "CONSUMER", "session": "second", "minutes": 15}
        await follower.socket.send({"type": "ping", "payload": renewal})
        assert (await follower.socket.receive())["type"] == "pong"
        assert ground.counters.hub.followed == {"counter:c", session_stream("second")}
        ground.counters.sign_out("first")
        ground.counters.step()
        assert await follower.value() == ("Update", 1)
        ground.counters.sign_out("second")
        message = await follower.message()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "SESSION_ENDED")


async def test_a_gap_is_one_resync_and_one_snapshot_for_all(ground: Ground) -> None:
    async with ground.subscribed(session="a") as one, ground.subscribed(session="b") as other:
        for follower in (one, other):
            await follower.moment()
        await ground.gathered(2)
        READS.clear()
        ground.counters.skip()
        ground.counters.step()
        for follower in (one, other):
            assert await follower.moment() == {"__typename": "Resync", "reason": "GAP"}
            assert await follower.value() == ("Snapshot", 2)
        assert READS == ["c"]
        ground.counters.step()
        assert {await one.value(), await other.value()} == {("Update", 3)}


async def test_a_stream_that_fails_ends_for_all_with_a_masked_error(ground: Ground) -> None:
    async with ground.subscribed(session="a") as one, ground.subscribed(session="b") as other:
        for follower in (one, other):
            await follower.moment()
        await ground.gathered(2)
        ground.counters.is_broken = True
        ground.counters.skip()
        ground.counters.step()
        for follower in (one, other):
            assert (await follower.moment())["__typename"] == "Resync"
            message = await follower.message()
            assert (message["type"], message["payload"][0]["message"]) == ("error", "Internal error")
        await ground.gathered(0, groups=0)
        ground.counters.is_broken = False
        await one.socket.subscribe("a", DOCUMENT)
        assert await one.value() == ("Snapshot", 2)


@pytest.mark.parametrize("ground", [{}, UVICORN], indirect=True)
async def test_a_slow_client_starts_again_and_the_others_are_not_held_up(ground: Ground) -> None:
    query = (
        document("padding").replace("reader @include(if: $full)", "").replace(", $full: Boolean = false", "")
    )
    async with (
        ground.subscribed(query, session="quick") as quick,
        ground.subscribed(query, session="slow") as slow,
    ):
        for follower in (quick, slow):
            await follower.moment()
        await ground.gathered(2)
        while ground.fanout.members == 2:
            ground.counters.step()
            assert await quick.value() == ("Update", ground.counters.values["c"])
        steps = ground.counters.values["c"]
        assert steps > CAPACITY
        seen = [await slow.moment()]
        while seen[-1]["__typename"] != "Resync":
            seen.append(await slow.moment())
        values = [moment["value"] for moment in seen[:-1]]
        assert values == list(range(1, len(values) + 1))
        assert len(values) < steps
        assert seen[-1]["reason"] == "SLOW_READER"
        assert await slow.value() == ("Snapshot", steps)
        await ground.gathered(2)
        ground.counters.step()
        assert {await quick.value(), await slow.value()} == {("Update", steps + 1)}
