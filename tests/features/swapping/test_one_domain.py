"""One rider's day through the domain alone, in memory, and through the services on MongoDB: alike, step by step."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from navswap.auth.roles import Role
from navswap.events.outbox import OutboxEvent
from navswap.events.payloads import read_fact
from navswap.features.credits.service import CreditsServices
from navswap.features.packs.events import HealthMeasured, PackMoved
from navswap.features.packs.service import PackReading, PacksServices
from navswap.features.packs.storage import Packs
from navswap.features.stations.service import Station, StationsServices, StationState
from navswap.features.stations.storage import Stations
from navswap.features.swapping.domain.values import EntryState, QueueEntry, ReturnedPack, Swap
from navswap.features.swapping.events import EntryChanged, SwapCompleted
from navswap.features.swapping.service import SwappingServices
from navswap.features.swapping.slice import parameters_of
from navswap.features.swapping.storage import QueueEntries, Swaps
from navswap.kit.clock import ManualClock
from navswap.kit.errors import NavSwapError
from navswap.kit.facts import Fact
from navswap.runtime import Runtime
from tests.factories.network import a_rider, a_rider_of, a_station
from tests.factories.positions import a_principal
from tests.features.swapping.in_memory import InMemory
from tests.features.swapping.steps import confirm, stand_at
from tests.features.swapping.test_several_packs import BIG, FAR, MIXED

T = TypeVar("T")
PUBLISHED: list[type[Fact]] = [*EntryChanged.__subclasses__(), SwapCompleted, PackMoved, HealthMeasured]
KINDS = {kind.type: kind for kind in PUBLISHED}
STAFF = "staff-1"


@dataclass
class Both:
    """Two stations near each other, on MongoDB and in memory; each step is done in both, and both must agree."""

    runtime: Runtime
    clock: ManualClock
    station: Station
    near: Station
    memory: InMemory = field(init=False)

    async def begin(self) -> None:
        self.memory = InMemory(
            self.clock,
            parameters_of(self.runtime.settings),
            {station.id: station.information for station in (self.station, self.near)},
            {pack.id: pack for pack in await Packs.list_where({})},
            {model.id: model for model in await PacksServices.of(self.runtime).models.list_all()},
        )

    @property
    def services(self) -> SwappingServices:
        return SwappingServices.of(self.runtime)

    async def stand_at(self, rider_id: str, station: Station) -> None:
        await stand_at(self.runtime, rider_id, station.information.point)
        self.memory.stand_at(rider_id, station.information.point)

    async def confirm(self, rider_id: str, station: Station | None = None) -> QueueEntry:
        place = station or self.station
        need = await self.services.riders.need_of(await self.services.riders.vehicle_of(rider_id))
        return await self._alike(
            confirm(self.runtime, rider_id, place),
            lambda done: self.memory.confirm(
                done.id if isinstance(done, QueueEntry) else "none", rider_id, need, place.id
            ),
        )

    async def arrive(self, entry: QueueEntry, station: Station | None = None) -> QueueEntry | None:
        station_id = (station or self.station).id
        return await self._alike(
            self.runtime.mongo.in_transaction(
                lambda session: self.services.holds.arrive(entry.id, station_id, session)
            ),
            lambda _: self.memory.arrive(entry.id, station_id),
        )

    async def scan(self, entry: QueueEntry, station: Station | None = None) -> QueueEntry:
        station_id, code = (station or self.station).id, self.memory.code(entry.id)
        token = self.services.scans.qr_token(await QueueEntries.get(entry.id))
        return await self._alike(
            self.services.scans.verify(token, station_id, STAFF, None),
            lambda _: self.memory.verify(code, station_id, STAFF),
        )

    async def complete(self, entry: QueueEntry, *returned: ReturnedPack) -> Swap:
        return await self._alike(
            self.services.swaps.complete(entry.id, STAFF, *returned),
            lambda done: self.memory.complete(
                done.id if isinstance(done, Swap) else "none", entry.id, STAFF, returned
            ),
        )

    async def cancel(self, entry: QueueEntry) -> QueueEntry:
        return await self._alike(
            self.services.holds.cancel(entry.id, entry.rider_id),
            lambda _: self.memory.cancel(entry.id, entry.rider_id),
        )

    async def lapse(self) -> int:
        self.clock.advance(self.memory.parameters.hold)
        return await self._alike(self.services.holds.lapse_due(), lambda _: self.memory.lapse())

    async def report(self, entry: QueueEntry, soc_percent: float, *, faulty: bool = False) -> None:
        """Report the first held pack of an entry."""
        reading = PackReading(entry.serial_numbers[0], soc_percent, faulty=faulty)
        await self._alike(
            self.services.reports.report_packs(entry.station_id, [reading]),
            lambda _: self.memory.report(reading),
            compared=False,
        )

    async def break_pack(self, entry: QueueEntry) -> QueueEntry:
        await self.report(entry, 95.0, faulty=True)
        return await QueueEntries.get(entry.id)

    async def close(self, station: Station) -> list[QueueEntry]:
        stations, held = (
            StationsServices.of(self.runtime).stations,
            await QueueEntries.list_where({"active": True}),
        )

        def close_in_memory(_: object) -> None:
            self.memory.closed.add(station.id)
            self.memory.reassign(station.id)

        by = a_principal(STAFF, Role.STAFF)
        await self._alike(
            stations.set_state(station.id, StationState.CLOSED, by), close_in_memory, compared=False
        )
        after = await QueueEntries.find_by_ids([entry.id for entry in held])
        return [after[entry.id] for entry in held if after[entry.id] != entry]

    async def reassign(self, station_id: str) -> list[QueueEntry]:
        return await self._alike(
            self.runtime.mongo.in_transaction(
                lambda session: self.services.moves.reassign_broken_holds(station_id, session)
            ),
            lambda _: self.memory.reassign(station_id),
        )

    async def refused(self, step: Awaitable[object]) -> str:
        """Do a step that both refuse, in the same words, and return the code of the refusal."""
        try:
            await step
        except NavSwapError as refusal:
            return refusal.code
        raise AssertionError("both allow it")

    async def _alike(
        self, work: Awaitable[T], same: Callable[[T | NavSwapError], T | None], *, compared: bool = True
    ) -> T:
        """Do a step by the services and in memory; both must give or refuse the same, and be in the same state then."""
        self.clock.advance(timedelta(seconds=7))
        done: T | NavSwapError
        try:
            done = await work
        except NavSwapError as refusal:
            done = refusal
        try:
            in_memory: T | NavSwapError | None = same(done)
        except NavSwapError as refusal:
            in_memory = refusal
        if isinstance(done, NavSwapError):
            assert (type(in_memory), str(in_memory)) == (type(done), str(done))
        elif compared:
            assert in_memory == done
        await self._agree()
        if isinstance(done, NavSwapError):
            raise done
        return done

    async def _agree(self) -> None:
        """Require that all stored values, published facts, queues and payments are those of the domain."""
        memory = self.memory
        assert {entry.id: entry for entry in await QueueEntries.list_where({})} == memory.entries
        assert {swap.id: swap for swap in await Swaps.list_where({})} == memory.swaps
        assert {pack.id: pack for pack in await Packs.list_where({})} == memory.packs
        for station in (await Stations.find_by_ids(list(memory.queues))).values():
            queue = memory.queues[station.id]
            assert (station.status.queue_length, station.queue_sequence) == (queue.length, queue.sequence)
        assert by_key(await published()) == by_key(memory.facts)
        for entry in memory.entries.values():
            paid = await CreditsServices.of(self.runtime).credits.balance(entry.rider_id)
            assert paid.balance == (entry.compensation_credits or 0)


async def published() -> list[Fact]:
    """Return the facts of swapping and of packs, in the order of their publication."""
    topics = {"envelope.topic": {"$in": ["swapping", "packs"]}}
    events = await OutboxEvent.find(topics).sort("position").to_list()
    return [read_fact(KINDS[event.envelope["type"]], event.envelope["payload"]) for event in events]


def by_key(facts: list[Fact]) -> dict[str, list[Fact]]:
    """Return facts by what orders them: between two keys there is no order."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.key()].append(fact)
    return found


async def a_town(runtime: Runtime, clock: ManualClock, *, charged: int = 4, charged_near: int = 2) -> Both:
    station = await a_station(runtime, charged=charged, slot_models=MIXED[::-1])
    near = await a_station(runtime, charged=charged_near, slot_models=MIXED[::-1], point=FAR)
    return Both(runtime, clock, station, near)


async def test_a_rider_confirms_arrives_is_scanned_and_swaps(runtime: Runtime, clock: ManualClock) -> None:
    town = await a_town(runtime, clock)
    rider, old = await a_rider()
    assert old is not None
    await town.begin()
    entry = await town.confirm(rider.id)
    assert await town.refused(town.complete(entry, ReturnedPack(old.id, 9.0))) == "NOT_VERIFIED"
    assert await town.refused(town.scan(entry)) == "RIDER_NOT_AT_STATION"
    assert await town.refused(town.scan(entry, town.near)) == "WRONG_STATION"
    await town.stand_at(rider.id, town.station)
    assert await town.arrive(entry) is not None
    assert await town.arrive(entry) is None
    await town.scan(entry)
    assert await town.refused(town.scan(entry)) == "QR_ALREADY_USED"
    assert await town.refused(town.cancel(entry)) == "SWAP_UNDER_WAY"
    assert await town.refused(town.complete(entry)) == "RETURN_PACK_MISSING"
    swap = await town.complete(entry, ReturnedPack(None, 9.0))
    assert await town.complete(entry, ReturnedPack(None, 9.0)) == swap
    assert await town.refused(town.cancel(entry)) == "HOLD_ENDED"
    again = await town.confirm(rider.id)
    assert again.walk_in
    assert [pack.serial_number for pack in swap.packs_in] == [old.id]


async def test_a_vehicle_with_two_packs_swaps_both_or_none(runtime: Runtime, clock: ManualClock) -> None:
    town = await a_town(runtime, clock, charged=9)
    rider, (first, second) = await a_rider_of(BIG, 2)
    other, _ = await a_rider_of(BIG, 2)
    await town.begin()
    entry = await town.confirm(rider.id)
    assert await town.refused(town.confirm(other.id)) == "NO_CHARGED_PACK"
    await town.stand_at(rider.id, town.station)
    await town.scan(entry)
    assert await town.refused(town.complete(entry, ReturnedPack(first.id, 9.0))) == "RETURN_PACK_MISSING"
    unnamed = ReturnedPack(None, 9.0), ReturnedPack(None, 8.0)
    assert await town.refused(town.complete(entry, *unnamed)) == "INVALID_INPUT"
    wrong = ReturnedPack(first.id, 9.0), ReturnedPack(second.id, 8.0, 5)
    assert await town.refused(town.complete(entry, *wrong)) == "WRONG_PACK_MODEL"
    await town.report(entry, 60.0)
    swap = await town.complete(entry, ReturnedPack(second.id, 9.0, 12), ReturnedPack(first.id, 8.0))
    assert [len(swap.packs_in), len(swap.packs_out)] == [2, 2]
    assert entry.serial_numbers[0] not in {pack.serial_number for pack in swap.packs_out}


async def test_holds_are_cancelled_expire_or_see_no_rider(runtime: Runtime, clock: ManualClock) -> None:
    town = await a_town(runtime, clock)
    riders = [(await a_rider())[0].id for _ in range(3)]
    await town.begin()
    cancelled, arrived, absent = [await town.confirm(rider_id) for rider_id in riders]
    ended = await town.cancel(cancelled)
    assert await town.cancel(cancelled) == ended
    await town.arrive(arrived)
    assert await town.lapse() == 2
    assert await town.lapse() == 0
    assert await town.refused(town.scan(absent)) == "QR_OUTSIDE_WINDOW"
    states = [town.memory.entries[entry.id].state for entry in (cancelled, arrived, absent)]
    assert states == [EntryState.CANCELLED, EntryState.EXPIRED, EntryState.NO_SHOW]


async def test_holds_move_within_the_station_then_to_the_next_and_end_compensated(
    runtime: Runtime, clock: ManualClock
) -> None:
    town = await a_town(runtime, clock, charged=10, charged_near=8)
    two, plain, late = (await a_rider_of(BIG, 2))[0], (await a_rider())[0], (await a_rider_of(BIG, 2))[0]
    await town.begin()
    entries = [await town.confirm(rider.id) for rider in (two, plain, late)]
    await town.stand_at(plain.id, town.station)
    await town.scan(entries[1])
    ended = await town.break_pack(entries[2])
    assert ended.station_id == town.near.id, "too few are left here, the next station has two"
    moved = await town.break_pack(entries[1])
    assert (moved.station_id, moved.state) == (town.station.id, EntryState.VERIFIED)
    [compensated] = await town.close(town.station)
    assert (compensated.id, compensated.state) == (entries[0].id, EntryState.COMPENSATED)
    assert await town.refused(town.confirm(two.id)) == "STATION_CLOSED"
    await town.stand_at(late.id, town.near)
    assert await town.arrive(entries[2]) is None
    assert await town.arrive(entries[2], town.near) is not None
    assert await town.refused(town.scan(entries[2])) == "WRONG_STATION"
    await town.scan(entries[2], town.near)
    assert await town.reassign(town.near.id) == []
