"""Subscriptions over trusted streams: they end with the session, are counted, and tell of a resync."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import Annotated, Any, TypeVar

import strawberry
import structlog

from navswap.auth.principal import Principal, SessionEndedError
from navswap.events.hub import MissedUpdatesError, Subscription
from navswap.events.stream import Load, Moment, ResyncMoment, ResyncReason, UpdateMoment, follow
from navswap.graphql.context import Context
from navswap.graphql.enums import describe_enum
from navswap.infra.telemetry import SUBSCRIPTIONS

log = structlog.get_logger(__name__)
State = TypeVar("State")
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
        description="Cursor of the last moment seen. The missed updates follow first, or a Resync where they "
        "are gone. Without it the stream begins with a snapshot."
    ),
]


@strawberry.type(description="Updates were lost. Drop what you hold: a snapshot follows at once.")
class Resync:
    """The explicit gap in a stream."""

    reason: ResyncReason = strawberry.field(description="Why the stream starts again.")


def session_stream(session_id: str) -> str:
    """Return the stream on which the end of a session is told."""
    return f"session:{session_id}"


async def live(
    context: Context, name: str, streams: frozenset[str], load: Load[State], after: str | None
) -> AsyncGenerator[Moment[State], None]:
    """Follow streams for a subscriber: snapshot, updates, resync, until the session ends."""
    moments = follow(context.hub, streams, load, after)
    async for moment in guarded(context, name, moments):
        if isinstance(moment, UpdateMoment):
            log.debug(
                "update_delivered",
                stream=name,
                event_type=moment.envelope.type,
                event_id=moment.envelope.id,
                correlation_id=moment.envelope.correlation_id,
            )
        yield moment


async def guarded(context: Context, name: str, items: AsyncIterator[Item]) -> AsyncGenerator[Item, None]:
    """Pass items on until the token of the subscriber ends or its session is signed out.

    Raises SessionEndedError then, so that the client knows to refresh and come back with its cursor.
    """
    principal = context.principal
    with SUBSCRIPTIONS.labels(name).track_inprogress():
        if principal is None:
            async for item in items:
                yield item
            return
        with context.hub.subscribe([session_stream(principal.session_id)]) as session:
            ended: asyncio.Task[Any] = asyncio.create_task(_told_to_end(session))
            try:
                while True:
                    try:
                        yield await _next_or_end(context, principal, items, ended)
                    except StopAsyncIteration:
                        return
            finally:
                ended.cancel()
                await asyncio.gather(ended, return_exceptions=True)


async def _next_or_end(
    context: Context, principal: Principal, items: AsyncIterator[Item], ended: "asyncio.Task[Any]"
) -> Item:
    remaining = (principal.expires_at - context.clock.now()).total_seconds()
    upcoming = asyncio.ensure_future(_awaitable(anext(items)))
    try:
        if remaining > 0:
            await asyncio.wait({upcoming, ended}, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
        still_good = context.clock.now() < principal.expires_at and not ended.done()
        if upcoming.done() and (still_good or upcoming.exception() is not None):
            return upcoming.result()
    finally:
        if not upcoming.done():
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
    raise SessionEndedError("Your session has ended; refresh it and subscribe again with your last cursor.")


async def _told_to_end(session: Subscription) -> None:
    """Return when the session is signed out; updates lost on the way are no sign of that."""
    while True:
        try:
            await session.next()
        except MissedUpdatesError:
            continue
        return


async def _awaitable(item: Awaitable[Item]) -> Item:
    return await item


def resync_of(moment: ResyncMoment) -> Resync:
    """Return the GraphQL type of a resync."""
    return Resync(reason=moment.reason)
