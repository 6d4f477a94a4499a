"""What the clients of live positions do, and hubs as several web processes have them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from navswap.events.stream import ResyncMoment
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
    """What a client does: keeps the newest of everybody, and goes on with its cursor."""

    def __init__(self) -> None:
        self.shown: dict[str, int] = {}
        self.cursor: str | None = None
        self.sequences: list[int] = []

    def take(self, moment: Message) -> None:
        match moment:
            case SnapshotMessage():
                self.shown = {one.subject_id: one.recorded_milliseconds for one in moment.positions}
                self.cursor = moment.cursor
            case UpdateMessage():
                self.shown |= {one.subject_id: one.recorded_milliseconds for one in moment.positions}
                for subject_id in moment.departed:
                    self.shown.pop(subject_id, None)
                self.cursor = moment.cursor
                self.sequences.append(moment.sequence)
            case ResyncMoment():
                self.shown = {}


class Reading:
    """The moments of one subscription."""

    def __init__(self, moments: AsyncIterator[Message]) -> None:
        self._moments = moments

    async def next(self) -> Message:
        return await asyncio.wait_for(anext(self._moments), PATIENCE_SECONDS)

    async def snapshot(self) -> SnapshotMessage:
        moment = await self.next()
        assert isinstance(moment, SnapshotMessage)
        return moment

    async def changes(self) -> UpdateMessage:
        moment = await self.next()
        assert isinstance(moment, UpdateMessage)
        return moment


@asynccontextmanager
async def following(
    runtime: Runtime,
    hub: PositionHub,
    scope: Scope,
    *,
    after: str | None = None,
    positions: PositionService | None = None,
) -> AsyncIterator[Reading]:
    moments = follow_positions(hub, positions or positions_of(runtime), runtime.clock, scope, after)
    async with aclosing(moments):  # type: ignore[type-var]  # an async generator, told as an iterator
        yield Reading(moments)


@asynccontextmanager
async def live_hub(runtime: Runtime) -> AsyncIterator[PositionHub]:
    """A hub as another web process has it."""
    hub = PositionHub(runtime.settings, runtime.clock)
    async with BackgroundJobs(hub.run()):
        await asyncio.wait_for(hub.wait_until_connected(), PATIENCE_SECONDS)
        yield hub


async def shown_afresh(runtime: Runtime, hub: PositionHub, scope: Scope) -> dict[str, int]:
    client = Client()
    async with following(runtime, hub, scope) as reading:
        client.take(await reading.snapshot())
    return client.shown


async def read_until(client: Client, reading: Reading, person: str, milliseconds: int) -> None:
    """Read until the client has been told of a person as of a moment."""
    while client.shown.get(person) != milliseconds:
        client.take(await reading.next())


def milliseconds_now(runtime: Runtime) -> int:
    return round(runtime.clock.now().timestamp() * 1000)
