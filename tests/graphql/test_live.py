import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Annotated, Any

import pytest
import strawberry
from strawberry import Schema

from navswap.auth.principal import Principal, SessionEndedError
from navswap.auth.roles import Role
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub
from navswap.events.stream import Loaded
from navswap.graphql.context import Context, Info
from navswap.graphql.live import AfterCursor, Resync, StreamMoment, before_session_ends, stream
from navswap.kit.clock import ManualClock
from navswap.kit.errors import InvalidInputError
from navswap.kit.ids import new_id
from navswap.kit.streams import session_stream
from navswap.settings import Settings
from tests.realtime.streams import Counted


class Counter:
    """A counter whose state is its sequence."""

    def __init__(self, hub: Hub, clock: ManualClock) -> None:
        self.value = 0
        self.principal: Principal | None = None
        self.has_ended = False
        self.seconds_left = 900.0
        self.hub = hub
        self.clock = clock

    @property
    def session_id(self) -> str | None:
        return None if self.principal is None else self.principal.session_id

    def on_another_session(self, _follow: Callable[[], None]) -> AbstractContextManager[None]:
        return nullcontext()

    async def load(self) -> Loaded[int]:
        return Loaded(self.value, {"counter:c": self.value})

    def step(self) -> None:
        self.value += 1
        self.hub.deliver(Envelope.around(Counted(counter="c", value=self.value), self.clock.now(), new_id()))


@strawberry.type(description="The counter as it is.")
class CounterSnapshot(StreamMoment):
    value: int


@strawberry.type(description="The counter went on.")
class CounterUpdate(StreamMoment):
    counter: str
    value: int


CounterChange = Annotated[
    CounterSnapshot | CounterUpdate | Resync,
    strawberry.union("CounterChange", description="A message of counterChanged."),
]


@strawberry.type
class Query:
    nothing: int


@strawberry.type
class Subscription:
    @strawberry.subscription
    def counter_changed(self, info: Info, after: AfterCursor = None) -> AsyncGenerator[CounterChange, None]:
        counter: Counter = info.context  # type: ignore[assignment]  # the toy's context
        return stream(
            info,
            ["counter:c"],
            counter.load,
            after,
            event=Counted,
            snapshot=lambda value, at: CounterSnapshot(**at, value=value),
            update=lambda counted, at: CounterUpdate(**at, counter=counted.counter, value=counted.value),
        )


SCHEMA = Schema(query=Query, subscription=Subscription)
DOCUMENT = """subscription ($after: String) { counterChanged(after: $after) {
  __typename
  ... on StreamMoment { cursor sequence }
  ... on CounterSnapshot { value }
  ... on CounterUpdate { counter value }
  ... on Resync { reason }
} }"""


@pytest.fixture
def counter(settings: Settings, clock: ManualClock) -> Counter:
    return Counter(
        Hub(settings.model_copy(update={"hub_history": 4, "subscriber_queue": 8}), clock, []), clock
    )


async def follow(counter: Counter, after: str | None = None) -> AsyncIterator[Any]:
    results = await SCHEMA.subscribe(DOCUMENT, variable_values={"after": after}, context_value=counter)
    assert hasattr(results, "__aiter__"), results
    async for result in results:
        if result.errors:
            raise result.errors[0].original_error or result.errors[0]
        assert result.data is not None
        yield result.data["counterChanged"]


async def test_a_snapshot_then_each_update_with_the_next_sequence(counter: Counter) -> None:
    counter.step()
    messages = follow(counter)
    snapshot = await anext(messages)
    assert (snapshot["__typename"], snapshot["sequence"], snapshot["value"]) == ("CounterSnapshot", 1, 1)
    counter.step()
    counter.step()
    updates = [await anext(messages) for _ in range(2)]
    assert [(update["__typename"], update["sequence"], update["value"]) for update in updates] == [
        ("CounterUpdate", 2, 2),
        ("CounterUpdate", 3, 3),
    ]


async def test_a_cursor_of_any_message_resumes_behind_it(counter: Counter) -> None:
    messages = follow(counter)
    cursors = [(await anext(messages))["cursor"]]
    for _ in range(3):
        counter.step()
        cursors.append((await anext(messages))["cursor"])
    for passed, cursor in enumerate(cursors[:-1]):
        assert (await anext(follow(counter, cursor)))["value"] == passed + 1


async def test_what_is_lost_is_a_resync_and_then_a_snapshot(counter: Counter) -> None:
    messages = follow(counter)
    await anext(messages)
    for _ in range(20):
        counter.step()
    assert await anext(messages) == {"__typename": "Resync", "reason": "SLOW_READER"}
    assert (await anext(messages))["sequence"] == 20


async def test_a_cursor_of_another_stream_is_an_invalid_input(counter: Counter) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await anext(follow(counter, "e30"))
    assert (refused.value.code, refused.value.field) == ("BAD_CURSOR", "after")


async def test_the_stream_ends_with_the_session(counter: Counter) -> None:
    expires_at = counter.clock.now() + timedelta(minutes=15)
    counter.principal = Principal("rider", Role.CONSUMER, "session", expires_at)
    messages = follow(counter)
    await anext(messages)
    ending = Envelope.around(Counted(counter="c", value=9), counter.clock.now(), new_id())
    counter.hub.deliver(ending.model_copy(update={"streams": {session_stream("session"): 1}}))
    with pytest.raises(SessionEndedError):
        await anext(messages)


async def test_a_failure_that_comes_as_the_client_leaves_is_not_logged_as_lost(counter: Counter) -> None:
    expires_at = counter.clock.now() + timedelta(minutes=15)
    counter.principal = Principal("rider", Role.CONSUMER, "session", expires_at)
    logged: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: logged.append(said))
    begun, released = asyncio.Event(), asyncio.Event()

    async def fail() -> None:
        begun.set()
        await released.wait()
        raise InvalidInputError("after", "This cursor is of another stream.")

    context: Context = counter  # type: ignore[assignment]  # the toy's context
    following = asyncio.create_task(before_session_ends(context, "counterChanged", fail))
    await begun.wait()
    released.set()  # the work fails in the turn in which the client's task is cancelled
    following.cancel()
    await asyncio.wait([following])
    assert following.cancelled()
    del following  # whose traceback holds what it waited for
    gc.collect()
    assert logged == []


def test_all_messages_but_a_resync_are_stream_moments() -> None:
    printed = str(SCHEMA)
    assert "type CounterSnapshot implements StreamMoment {" in printed
    assert "type CounterUpdate implements StreamMoment {" in printed
    assert "type Resync {" in printed
