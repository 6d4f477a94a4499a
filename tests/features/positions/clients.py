"""What the clients of live positions do, and hubs as several web processes have them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from navswap.events.stream import ResyncMessage
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import PositionHub, PositionService, Scope
from navswap.features.positions.service.stream import (
    Message,
    SnapshotMessage,
    UpdateMessage,
    follow_positions,
)
from navswap.infra.jobs import BackgroundJobs
from navswap.runtime import Runtime
from tests.features.positions.stores import PATIENCE_SECONDS, positions_of


class Client:
    """What a client does: keeps the newest position of each subject, and goes on with its cursor."""

    def __init__(self) -> None:
        self.shown: dict[str, LatestPosition] = {}
        self.cursor: str | None = None
        self.sequences: list[int] = []

    def take(self, message: Message) -> None:
        match message:
            case SnapshotMessage():
                self.shown = {position.subject_id: position for position in message.positions}
                self.cursor = message.cursor
            case UpdateMessage():
                self.shown |= {position.subject_id: position for position in message.positions}
                for subject_id in message.departed:
                    self.shown.pop(subject_id, None)
                self.cursor = message.cursor
                self.sequences.append(message.sequence)
            case ResyncMessage():
                self.shown = {}


class Reading:
    """The messages of one subscription."""

    def __init__(self, messages: AsyncIterator[Message]) -> None:
        self._messages = messages

    async def next(self) -> Message:
        return await asyncio.wait_for(anext(self._messages), PATIENCE_SECONDS)

    async def snapshot(self) -> SnapshotMessage:
        message = await self.next()
        assert isinstance(message, SnapshotMessage)
        return message

    async def changes(self) -> UpdateMessage:
        message = await self.next()
        assert isinstance(message, UpdateMessage)
        return message


@asynccontextmanager
async def following(
    runtime: Runtime,
    hub: PositionHub,
    scope: Scope,
    *,
    after: str | None = None,
    positions: PositionService | None = None,
) -> AsyncIterator[Reading]:
    messages = follow_positions(hub, positions or positions_of(runtime), runtime.clock, scope, after)
    async with aclosing(messages):  # type: ignore[type-var]  # an async generator, typed as an iterator
        yield Reading(messages)


@asynccontextmanager
async def live_hub(runtime: Runtime) -> AsyncIterator[PositionHub]:
    """A hub as another web process has it."""
    hub = PositionHub(runtime.settings, runtime.clock)
    async with BackgroundJobs(hub.run()):
        await asyncio.wait_for(hub.wait_until_connected(), PATIENCE_SECONDS)
        yield hub


async def shown_afresh(runtime: Runtime, hub: PositionHub, scope: Scope) -> dict[str, LatestPosition]:
    client = Client()
    async with following(runtime, hub, scope) as reading:
        client.take(await reading.snapshot())
    return client.shown


async def read_until(client: Client, reading: Reading, person: str, milliseconds: int) -> None:
    """Read until the client shows a person as recorded at a time."""
    while person not in client.shown or client.shown[person].recorded_milliseconds != milliseconds:
        client.take(await reading.next())


def milliseconds_now(runtime: Runtime) -> int:
    return round(runtime.clock.now().timestamp() * 1000)
