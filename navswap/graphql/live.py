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
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from typing import Annotated, Any, TypedDict, TypeVar

import strawberry
import structlog

from navswap.auth.principal import SessionEndedError
from navswap.events.hub import MissedUpdatesError, Subscription
from navswap.events.payloads import read_fact
from navswap.events.stream import (
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
_ENDED = "Your session has ended; refresh it and subscribe again with your last cursor."
State = TypeVar("State")
Event = TypeVar("Event", bound=Fact)
Snapshot = TypeVar("Snapshot", bound="StreamMoment")
Update = TypeVar("Update", bound="StreamMoment")
Item = TypeVar("Item")

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


async def stream(
    info: Info,
    streams: Iterable[str],
    load: Load[State],
    after: str | None,
    *,
    event: type[Event],
    snapshot: Callable[[State, At], Snapshot],
    update: Callable[[Event, At], Update],
) -> AsyncGenerator[Snapshot | Update | Resync, None]:
    """Follow streams for a subscriber until its session ends.

    `load` reads the state and the positions of exactly these streams; `event` is the payload of their updates. Raises
    BadStreamCursorError for a cursor of another subscription, and SessionEndedError.
    """
    async for message in followed(info.context, info.field_name, frozenset(streams), load, after):
        match message:
            case SnapshotMessage():
                yield snapshot(message.state, At(cursor=message.cursor, sequence=message.sequence))
            case UpdateMessage():
                yield update(
                    read_fact(event, message.envelope.payload),
                    At(cursor=message.cursor, sequence=message.sequence),
                )
            case ResyncMessage():
                yield Resync(reason=message.reason)


async def followed(
    context: Context, name: str, streams: frozenset[str], load: Load[State], after: str | None
) -> AsyncGenerator[Message[State], None]:
    """Follow streams for a subscriber: snapshot, updates, resync, until the session ends."""
    messages = follow(context.hub, streams, load, after)
    async for message in until_session_ends(context, name, messages):
        if isinstance(message, UpdateMessage):
            log.debug(
                "update_delivered",
                stream=name,
                event_type=message.envelope.type,
                event_id=message.envelope.id,
                correlation_id=message.envelope.correlation_id,
            )
        yield message


async def until_session_ends(
    context: Context, name: str, items: AsyncIterator[Item]
) -> AsyncGenerator[Item, None]:
    """Pass items on until the token of the subscriber ends or its session is signed out.

    Raises SessionEndedError then, so that the client knows to refresh and come back with its cursor.
    """
    principal = context.principal
    if context.has_ended:
        raise SessionEndedError(_ENDED)
    with SUBSCRIPTIONS.labels(name).track_inprogress():
        if principal is None:
            async for item in items:
                yield item
            return
        with context.hub.subscribe([session_stream(principal.session_id)]) as session:
            ended: asyncio.Task[Any] = asyncio.create_task(_signed_out(session))
            try:
                while True:
                    try:
                        yield await _next_or_end(context, items, ended)
                    except StopAsyncIteration:
                        return
            finally:
                ended.cancel()
                await asyncio.gather(ended, return_exceptions=True)


async def _next_or_end(context: Context, items: AsyncIterator[Item], ended: "asyncio.Task[Any]") -> Item:
    """Return the next item, or raise SessionEndedError; a session that is renewed meanwhile goes on."""
    upcoming = asyncio.ensure_future(_awaitable(anext(items)))
    try:
        while (remaining := context.seconds_left) > 0 and not (upcoming.done() or ended.done()):
            await asyncio.wait({upcoming, ended}, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
        still_good = not context.has_ended and not ended.done()
        if upcoming.done() and (still_good or upcoming.exception() is not None):
            return upcoming.result()
    finally:
        if not upcoming.done():
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
    raise SessionEndedError(_ENDED)


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
