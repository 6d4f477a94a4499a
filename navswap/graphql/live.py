"""Live streams that can be trusted: a snapshot, then every update once and in order, or an explicit resync.

A subscription says what it follows and how its two types are built; `stream` does the rest:

    return stream(
        info, [account_stream(user_id)], lambda: service.load_live(user_id), after,
        event=BalanceChanged,
        snapshot=lambda state, at: CreditsSnapshot(**at, balance=CreditBalance.of(state)),
        update=lambda change, at: CreditsUpdate(**at, balance=CreditBalance.of(change)),
    )

Both types implement StreamMoment; the union of the subscription has them and Resync. Streams of another source (positions,
traffic) pass their messages through `until_session_ends`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, Final, Generic, Self, TypedDict, TypeVar

import strawberry
import structlog

from navswap.auth.principal import SessionEndedError
from navswap.events.cursors import Position
from navswap.events.envelope import fact_of
from navswap.events.hub import MissedUpdatesError, Subscription
from navswap.events.stream import (
    Feed,
    Load,
    Message,
    ResyncMessage,
    ResyncReason,
    SnapshotMessage,
    UpdateMessage,
    follow,
)
from navswap.graphql.context import Context, Info
from navswap.graphql.enums import describe_enum
from navswap.infra.telemetry import SUBSCRIPTIONS
from navswap.kit.facts import Fact
from navswap.kit.streams import session_stream

log = structlog.get_logger(__name__)
SESSION_ENDED: Final = "Your session has ended; refresh it and subscribe again with your last cursor."
State = TypeVar("State")
Event = TypeVar("Event", bound=Fact)
Snapshot = TypeVar("Snapshot", bound="StreamMoment")
Update = TypeVar("Update", bound="StreamMoment")
Item = TypeVar("Item")
Moment = TypeVar("Moment")

describe_enum(
    ResyncReason,
    "Why a stream starts again.",
    {
        "GAP": "The missed updates are no longer kept.",
        "SLOW_READER": "This client read too slowly, or the server lost its feed for a while.",
    },
)

AfterCursor = Annotated[
    str | None,
    strawberry.argument(
        description="Cursor of the last message seen. The missed updates follow first, or a Resync where they "
        "are gone. Without it the stream begins with a snapshot."
    ),
]


@strawberry.interface(
    description="A message of a live stream that a client can resume behind: a snapshot or an update."
)
class StreamMoment:
    """What each message of each stream carries, apart from a Resync."""

    cursor: str = strawberry.field(description="Give it as `after` to resume behind this message.")
    sequence: int = strawberry.field(
        description="Version of what the message is about, at least 0; grows by 1 with each update of one subject. A "
        "snapshot of several subjects has the highest of theirs."
    )


@strawberry.type(description="Updates were lost. Drop what you hold: a snapshot follows at once.")
class Resync:
    """The explicit gap in a stream; there is nothing to resume behind it."""

    reason: ResyncReason = strawberry.field(description="Why the stream starts again.")


class At(TypedDict):
    """The fields of StreamMoment, for its implementations: `CreditsUpdate(**at, …)`."""

    cursor: str
    sequence: int


class Live(Generic[Moment]):
    """What a subscription follows, without the one who follows: the messages of a feed, as types of the API."""

    def __init__(self, name: str, feed: Feed[Any], view: Callable[[Message[Any]], Moment]) -> None:
        """`name` is the root field."""
        self.name = name
        self._feed = feed
        self._view = view

    @property
    def streams(self) -> frozenset[str]:
        """Return the streams, which decide what is seen."""
        return self._feed.streams

    @property
    def position(self) -> Position | None:
        """Return the position behind the last message; None before the first, and behind a Resync."""
        return self._feed.position

    @property
    def is_ready(self) -> bool:
        """Return whether the next message is at hand: reading it waits for nothing."""
        return self._feed.is_ready

    def again(self) -> "Live[Moment]":
        """Return the same for a client that read too slowly: a Resync, then a snapshot."""
        return Live(self.name, self._feed.again(), self._view)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Moment:
        message = await anext(self._feed)
        if isinstance(message, UpdateMessage):
            log.info(
                "update_delivered",
                stream=self.name,
                event_type=message.envelope.type,
                event_id=message.envelope.id,
                correlation_id=message.envelope.correlation_id,
            )
        return self._view(message)

    async def aclose(self) -> None:
        """Leave the hub."""
        await self._feed.aclose()


class Offer:
    """Where a subscription puts what it follows, so that its transport can go on with it in its place."""

    def __init__(self) -> None:
        self.live: Live[Any] | None = None
        self.is_taken = False

    def take(self) -> Live[Any] | None:
        """Return what the subscription follows, which stays open when the subscription ends; None where it is not to be shared."""
        self.is_taken = self.live is not None
        return self.live


_offer: ContextVar[Offer | None] = ContextVar("offer", default=None)


@contextmanager
def offered() -> Iterator[Offer]:
    """Collect what a subscription that runs in this context offers to share."""
    offer = Offer()
    token = _offer.set(offer)
    try:
        yield offer
    finally:
        _offer.reset(token)


def offer_at_hand() -> Offer | None:
    """Return where the subscription that runs in this context puts its offer."""
    return _offer.get()


async def stream(  # noqa: PLR0913 - each is named where it is called
    info: Info,
    streams: Iterable[str],
    load: Load[State],
    after: str | None,
    *,
    event: type[Event],
    snapshot: Callable[[State, At], Snapshot],
    update: Callable[[Event, At], Update],
    is_shared: bool = False,
) -> AsyncGenerator[Snapshot | Update | Resync, None]:
    """Follow streams for a subscriber until its session ends.

    `load` reads the state and the positions of exactly these streams; `event` is the payload of their updates. With
    `is_shared` all subscribers who follow these streams by this field are given the same messages, so that equal
    selections are answered once for all of them (`edge/fanout.py`): `load`, `snapshot` and `update` must not depend on
    who asks, and the resolver must return this generator, or pass on all that it yields and close it. Raises BadStreamCursorError for a cursor of another
    subscription, and SessionEndedError.
    """

    def view(message: Message[State]) -> Snapshot | Update | Resync:
        match message:
            case SnapshotMessage():
                return snapshot(message.state, At(cursor=message.cursor, sequence=message.sequence))
            case UpdateMessage():
                return update(
                    fact_of(message.envelope, event),
                    At(cursor=message.cursor, sequence=message.sequence),
                )
            case ResyncMessage():
                return Resync(reason=message.reason)

    live = Live(info.field_name, follow(info.context.hub, frozenset(streams), load, after), view)
    offer = _offer.get() if is_shared else None
    if offer is not None:
        offer.live = live
    try:
        async with aclosing(until_session_ends(info.context, info.field_name, live)) as moments:
            async for moment in moments:
                yield moment
    finally:
        if offer is None or not offer.is_taken:
            await live.aclose()


async def until_session_ends(
    context: Context, name: str, items: AsyncIterator[Item]
) -> AsyncGenerator[Item, None]:
    """Pass items on until the token of the subscriber ends or its session is signed out.

    Raises SessionEndedError then, so that the client knows to refresh and come back with its cursor.
    """
    async with _watched_session(context, name) as ended:
        while True:
            try:
                item = await (anext(items) if ended is None else _before_end(context, anext(items), ended))
            except StopAsyncIteration:
                return
            yield item


async def before_session_ends(context: Context, name: str, work: Callable[[], Awaitable[Item]]) -> Item:
    """Return what comes of work for a subscriber; raises SessionEndedError when its session ends before."""
    async with _watched_session(context, name) as ended:
        return await (work() if ended is None else _before_end(context, work(), ended))


@asynccontextmanager
async def _watched_session(context: Context, name: str) -> AsyncIterator["asyncio.Future[None] | None"]:
    """Yield a future that is done when the session is signed out, None for a visitor.

    Raises SessionEndedError for a session that has ended already.
    """
    if context.has_ended:
        raise SessionEndedError(SESSION_ENDED)
    with SUBSCRIPTIONS.labels(name).track_inprogress():
        if context.session_id is None:
            yield None
            return
        watch = _SessionWatch(context)
        with context.on_another_session(watch.follow):
            try:
                yield watch.ended
            finally:
                await watch.close()


class _SessionWatch:
    """Waits for the sign-out of the session that a client has: where it renews with another one, of that."""

    def __init__(self, context: Context) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the session is signed out."""
        self._context = context
        self._following = ExitStack()
        self._task: asyncio.Task[None] | None = None
        self.follow()

    def follow(self) -> None:
        """Follow the session that the client has now, and no longer the one before."""
        self._stop()
        session_id = self._context.session_id
        if session_id is not None:
            session = self._following.enter_context(self._context.hub.subscribe([session_stream(session_id)]))
            self._task = asyncio.create_task(self._wait(session))

    async def close(self) -> None:
        """Follow nothing any more."""
        task = self._task
        self._stop()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._following.close()

    async def _wait(self, session: Subscription) -> None:
        await _signed_out(session)
        if not self.ended.done():
            self.ended.set_result(None)


async def _before_end(context: Context, work: Awaitable[Item], ended: "asyncio.Future[None]") -> Item:
    """Return what comes of the work, or raise SessionEndedError; a session that is renewed meanwhile goes on."""
    upcoming = asyncio.ensure_future(_awaitable(work))
    either: set[asyncio.Future[Any]] = {upcoming, ended}
    try:
        while (remaining := context.seconds_left) > 0 and not (upcoming.done() or ended.done()):
            await asyncio.wait(either, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
        still_good = not context.has_ended and not ended.done()
        if upcoming.done() and (still_good or upcoming.exception() is not None):
            return upcoming.result()
    finally:
        if not upcoming.done():
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
        elif not upcoming.cancelled():
            upcoming.exception()  # looked at, or asyncio logs that of a client who left in that moment as lost
    raise SessionEndedError(SESSION_ENDED)


async def _signed_out(session: Subscription) -> None:
    """Return when the session is signed out; updates lost on the way are no sign of that."""
    while True:
        try:
            await session.next()
        except MissedUpdatesError:
            continue
        return


async def _awaitable(item: Awaitable[Item]) -> Item:
    return await item
