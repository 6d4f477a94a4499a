"""What clients that watch queues, entries and stations hold is what fresh snapshots have, around every step of a visit."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from navswap.auth.roles import Role
from navswap.features.faults.domain.catalogue import Component
from navswap.features.faults.domain.readings import Reading
from navswap.features.packs.service import Pack
from navswap.features.stations.events import StationChanged
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.swapping.domain.values import QueueEntry
from navswap.features.swapping.events import EntryChanged
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.features.swapping.storage import QueueEntries
from navswap.features.users.service import User
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock
from navswap.runtime import Runtime
from tests.e2e.scenarios import node
from tests.factories.faults import BROKEN, a_reading, telemetry
from tests.factories.network import TAIPEI, a_rider, a_station
from tests.factories.positions import a_principal
from tests.factories.users import a_user
from tests.features.stations.watching import STATUS, take_status
from tests.features.swapping.steps import confirm, verify
from tests.support.geo import destination
from tests.support.streams import Apply, VerifiedStream, merge, types_of, verify_stream

BOSS = a_principal("boss", Role.ADMIN)


def queue_of(station_id: str) -> Apply:
    """Return the rule of a client that shows the queue of a station: who waits there, first come first."""

    def apply(held: dict[str, Any], update: dict[str, Any]) -> None:
        entry, queue = update["entry"], held["queue"]
        entries = [known for known in queue["entries"] if known["id"] != entry["id"]]
        if entry["endedAt"] is None and entry["station"]["id"] == station_id:
            entries.append(entry)
        queue["entries"] = sorted(entries, key=lambda known: str(known["confirmedAt"]))
        queue["length"] = update["length"]

    return apply


class Town:
    """Two stations and their riders, all of whose streams are watched around each step."""

    def __init__(
        self, runtime: Runtime, clock: ManualClock, here: Station, near: Station, staff: User
    ) -> None:
        self.seen: set[str] = set()
        self._runtime = runtime
        self._clock = clock
        self._here = here
        self._near = near
        self._staff = staff
        self._services = SwappingServices.of(runtime)
        self._riders: dict[str, tuple[User, Pack]] = {}

    async def confirms(self) -> str:
        self._clock.advance(timedelta(minutes=1))
        rider, pack = await a_rider()
        assert pack is not None
        async with self._watched():
            entry = await confirm(self._runtime, rider.id, self._here)
        self._riders[entry.id] = (rider, pack)
        return entry.id

    async def cancels(self, key: str) -> None:
        await self._step(self._services.holds.cancel(key, self._riders[key][0].id))

    async def arrives(self, key: str) -> None:
        async def work(session: Session) -> QueueEntry | None:
            return await self._services.holds.arrive(key, self._here.id, session)

        await self._step(self._runtime.mongo.in_transaction(work))

    async def is_verified(self, key: str) -> None:
        entry = await self._entry(key)
        await self._step(verify(self._runtime, entry, self._here))

    async def swaps(self, key: str) -> None:
        returned = ReturnedPack(self._riders[key][1].id, 11.0)
        await self._step(self._services.swaps.complete(key, "staff", returned))

    async def time_runs_out(self) -> None:
        self._clock.advance(timedelta(minutes=self._runtime.settings.hold_minutes))
        await self._step(self._services.holds.lapse_due())

    async def slot_breaks(self, key: str) -> None:
        [held, *_] = (await self._entry(key)).packs
        reading = a_reading(self._runtime, evse_id=held.evse_id, error_code=BROKEN)
        await self._step(self._fault(reading))

    async def power_is_lost(self) -> None:
        reading = a_reading(self._runtime, Component.STATION, error_code="UnderVoltage")
        await self._step(self._fault(reading))

    async def leave(self) -> None:
        """Close both stations, so that no hold of another town moves there."""
        for station in (self._here, self._near):
            await StationsServices.of(self._runtime).stations.set_state(station.id, StationState.CLOSED, BOSS)

    async def _fault(self, reading: Reading) -> None:
        await telemetry(self._runtime, self._here, reading)

    async def _entry(self, key: str) -> QueueEntry:
        return await QueueEntries.get(key)

    async def _step(self, work: Awaitable[object]) -> None:
        async with self._watched():
            await work

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Verify the streams of both queues, of all entries and of both stations around a step."""
        stations, riders = (self._here, self._near), {key: rider for key, (rider, _) in self._riders.items()}
        async with AsyncExitStack() as stack:

            async def watch(user: User, name: str, apply: Apply, **variables: Any) -> VerifiedStream:
                verified = verify_stream(self._runtime, user, name, apply, quiet=None, **variables)
                return await stack.enter_async_context(verified)

            ids = [node("Station", station.id) for station in stations]
            watched = [await watch(self._staff, "stationChanged", take_status, only=STATUS, stationIds=ids)]
            watched += [await watch(self._staff, "queueChanged", queue_of(key), stationId=key) for key in ids]
            watched += [
                await watch(rider, "queueEntryChanged", merge("entry"), id=node("QueueEntry", key))
                for key, rider in riders.items()
            ]
            yield
        assert any(stream.updates for stream in watched), "the step changed nothing"
        self.seen.update(*(stream.facts for stream in watched))


async def a_visit(town: Town) -> None:
    entry = await town.confirms()
    await town.arrives(entry)
    await town.is_verified(entry)
    await town.swaps(entry)


async def holds_that_end_without_a_swap(town: Town) -> None:
    cancelled, expired, _ = await town.confirms(), await town.confirms(), await town.confirms()
    await town.cancels(cancelled)
    await town.arrives(expired)
    await town.time_runs_out()


async def holds_that_move(town: Town) -> None:
    first, _ = await town.confirms(), await town.confirms()
    await town.slot_breaks(first)
    await town.power_is_lost()


async def test_queues_entries_and_stations_are_followed_through_every_step(
    runtime: Runtime, clock: ManualClock
) -> None:
    seen, staff = set(), await a_user(Role.STAFF)
    for course in (a_visit, holds_that_end_without_a_swap, holds_that_move):
        here = await a_station(runtime, charged=4)
        near = await a_station(runtime, charged=1, point=destination(TAIPEI, 90, 900))
        town = Town(runtime, clock, here, near, staff)
        await course(town)
        await town.leave()
        seen |= town.seen
    assert seen == types_of(EntryChanged) | types_of(StationChanged)
