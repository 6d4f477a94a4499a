"""Live positions: snapshots, updates, cursors, slow readers and lost brokers."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from navswap.events.cursors import BadStreamCursorError, encode_cursor
from navswap.events.stream import ResyncMessage, ResyncReason
from navswap.features.positions.reading import LatestPosition
from navswap.features.positions.service import AreaScope, PositionHub, SubjectScope
from navswap.features.positions.service.stream import MARGIN, UPDATE_SIZE, SnapshotMessage, UpdateMessage
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.clock import ManualClock
from navswap.kit.geo import Area, Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime
from tests.factories.gps import a_fix
from tests.factories.positions import a_principal
from tests.features.positions.clients import (
    Client,
    following,
    live_hub,
    milliseconds_now,
    read_until,
    shown_afresh,
)
from tests.features.positions.stores import PATIENCE_SECONDS, positions_of, without_redis
from tests.support.geo import destination

pytestmark = pytest.mark.streams

DAY = timedelta(days=1)


@dataclass
class Town:
    """A box that no other test looks at, and people in and around it."""

    middle: Point
    people: list[str] = field(default_factory=lambda: [new_id() for _ in range(12)])

    @property
    def area(self) -> Area:
        return Area(
            self.middle.longitude - 0.01,
            self.middle.latitude - 0.01,
            self.middle.longitude + 0.01,
            self.middle.latitude + 0.01,
        )

    @property
    def scope(self) -> AreaScope:
        return AreaScope(self.area)

    async def move(self, runtime: Runtime, person: str, *, metres: float, seconds: float = 0.0) -> None:
        """Report somebody so far from the middle; about 1,100 m are the edge."""
        fix = a_fix(seconds, subject_id=person, start=runtime.clock.now())
        point = destination(self.middle, 0.0, metres)
        moved = type(fix)(person, point, fix.recorded_at)
        assert (await positions_of(runtime).report(a_principal(person), [moved])).accepted == 1


@pytest.fixture
def town() -> Town:
    random = Random(new_id())
    return Town(Point(random.uniform(-100, -40), random.uniform(-60, 60)))


@pytest.mark.parametrize("seed", range(3))
async def test_a_snapshot_and_its_updates_are_a_fresh_snapshot(
    runtime: Runtime, clock: ManualClock, town: Town, seed: int
) -> None:
    random, client = Random(seed), Client()
    for person in town.people[:6]:
        await town.move(runtime, person, metres=random.uniform(0, 2000))
    async with live_hub(runtime) as hub, following(runtime, hub, town.scope) as reading:
        client.take(await reading.snapshot())
        for _ in range(60):
            clock.advance(timedelta(seconds=60))
            late = random.choice([0.0, 0.0, -90.0])
            await town.move(
                runtime,
                random.choice(town.people),
                metres=random.uniform(0, 2000),
                seconds=late + random.random(),
            )
        fresh = await shown_afresh(runtime, hub, town.scope)
        while client.shown != fresh:
            client.take(await reading.next())
    assert client.sequences == list(range(1, len(client.sequences) + 1))
    async with live_hub(runtime) as other:
        assert client.shown == await shown_afresh(runtime, other, town.scope)


async def test_a_client_resumes_after_its_cursor_in_another_process(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    client, goer, comer, sitter, mover = Client(), *town.people[:4]
    await town.move(runtime, goer, metres=100)
    await town.move(runtime, sitter, metres=200)
    await town.move(runtime, comer, metres=3000)
    await town.move(runtime, mover, metres=300)
    clock.advance(timedelta(minutes=5))
    async with live_hub(runtime) as hub, following(runtime, hub, town.scope) as reading:
        client.take(await reading.snapshot())
    clock.advance(timedelta(minutes=5))
    await town.move(runtime, goer, metres=4000)
    await town.move(runtime, comer, metres=0)
    await town.move(runtime, mover, metres=10)
    async with (
        live_hub(runtime) as other,
        following(runtime, other, town.scope, after=client.cursor) as reading,
    ):
        gap = await reading.changes()
        client.take(gap)
        assert {one.subject_id for one in gap.positions} == {comer, mover}
        assert goer in gap.departed
        assert sitter not in gap.departed
        assert client.shown == await shown_afresh(runtime, other, town.scope)
        clock.advance(timedelta(minutes=5))
        await town.move(runtime, sitter, metres=5000)
        client.take(await reading.changes())
        assert set(client.shown) == {comer, mover}


async def test_a_cursor_older_than_what_is_kept_is_a_resync(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    client = Client()
    async with live_hub(runtime) as hub:
        async with following(runtime, hub, town.scope) as reading:
            client.take(await reading.snapshot())
        clock.advance(DAY)
        async with following(runtime, hub, town.scope, after=client.cursor) as reading:
            assert await reading.next() == ResyncMessage(ResyncReason.GAP)
            await reading.snapshot()


@pytest.mark.parametrize("foreign", ["", "nonsense", encode_cursor({"area:0,0,1,1": 5}), encode_cursor({})])
async def test_a_foreign_cursor_is_refused(runtime: Runtime, town: Town, foreign: str) -> None:
    hub = PositionHub(runtime.settings, runtime.clock)
    async with following(runtime, hub, town.scope, after=foreign) as reading:
        with pytest.raises(BadStreamCursorError):
            await reading.next()


async def test_a_slow_reader_is_told_the_newest_of_each_and_no_backlog(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    slow, quick, (a, b) = Client(), Client(), town.people[:2]
    async with (
        live_hub(runtime) as hub,
        following(runtime, hub, town.scope) as slowly,
        following(runtime, hub, town.scope) as quickly,
    ):
        slow.take(await slowly.snapshot())
        quick.take(await quickly.snapshot())
        for step in range(10):
            clock.advance(timedelta(seconds=60))
            await town.move(runtime, (a, b)[step % 2], metres=step)
            await read_until(quick, quickly, (a, b)[step % 2], milliseconds_now(runtime))
        backlog = await slowly.changes()
        slow.take(backlog)
        assert len(backlog.positions) == 2
        assert slow.shown == quick.shown


async def test_a_crowd_is_told_in_pieces(runtime: Runtime, town: Town) -> None:
    hub = PositionHub(runtime.settings, runtime.clock)
    async with following(runtime, hub, town.scope) as reading:
        await reading.snapshot()
        crowd = [a_latest(runtime, town.middle) for _ in range(2 * UPDATE_SIZE + 1)]
        hub.receive(crowd)
        sizes = [len((await reading.changes()).positions) for _ in range(3)]
    assert sizes == [UPDATE_SIZE, UPDATE_SIZE, 1]


async def test_who_leaves_the_area_is_told_to_have_departed_once(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    goer, other = town.people[:2]
    await town.move(runtime, goer, metres=0)
    async with live_hub(runtime) as hub, following(runtime, hub, town.scope) as reading:
        await reading.snapshot()
        for metres in (2000, 2500):
            clock.advance(timedelta(minutes=1))
            await town.move(runtime, goer, metres=metres)
        clock.advance(timedelta(minutes=1))
        await town.move(runtime, other, metres=0)
        told: list[UpdateMessage] = []
        seen: set[str] = set()
        while not seen >= {goer, other}:
            told.append(await reading.changes())
            seen |= {*told[-1].departed, *(one.subject_id for one in told[-1].positions)}
    assert [subject for moment in told for subject in moment.departed] == [goer]


async def test_a_late_point_changes_nothing_for_who_watches(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    person = town.people[0]
    clock.advance(timedelta(hours=1))
    await town.move(runtime, person, metres=0)
    async with live_hub(runtime) as hub, following(runtime, hub, town.scope) as reading:
        before = await reading.snapshot()
        await town.move(runtime, person, metres=900, seconds=-600)
        clock.advance(timedelta(minutes=1))
        await town.move(runtime, person, metres=50)
        change = await reading.changes()
    assert [one.subject_id for one in before.positions] == [person]
    assert [one.recorded_at for one in change.positions] == [clock.now()]
    assert change.sequence == 1


async def test_subjects_are_followed_wherever_they_are_and_nobody_else(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    mine, foreign = town.people[:2]
    scope = SubjectScope(frozenset({mine}))
    async with live_hub(runtime) as hub, following(runtime, hub, scope) as reading:
        assert (await reading.snapshot()).positions == []
        await town.move(runtime, foreign, metres=0)
        await town.move(runtime, mine, metres=0)
        first = await reading.changes()
        clock.advance(timedelta(hours=5))
        await town.move(runtime, mine, metres=90_000)
        second = await reading.changes()
    assert [one.subject_id for one in (*first.positions, *second.positions)] == [mine, mine]
    assert (first.departed, second.departed) == ([], [])
    async with live_hub(runtime) as other, following(runtime, other, scope, after=first.cursor) as reading:
        assert [one.recorded_at for one in (await reading.changes()).positions] == [clock.now()]


async def test_a_hub_that_lost_the_broker_tells_all_watchers_to_resync(runtime: Runtime, town: Town) -> None:
    client, person = Client(), town.people[0]
    hub = PositionHub(runtime.settings, runtime.clock)
    async with following(runtime, hub, town.scope) as reading:
        async with BackgroundJobs(hub.run()):
            await asyncio.wait_for(hub.wait_until_connected(), PATIENCE_SECONDS)
            client.take(await reading.snapshot())
        assert not hub.connected
        await town.move(runtime, person, metres=0)
        async with BackgroundJobs(hub.run()):
            moments = [await reading.next()]
            while not isinstance(moments[-1], SnapshotMessage):
                moments.append(await reading.next())
    resyncs = [moment for moment in moments if isinstance(moment, ResyncMessage)]
    assert resyncs == [ResyncMessage(ResyncReason.SLOW_READER)]
    assert [one.subject_id for one in moments[-1].positions] == [person]


async def test_a_snapshot_needs_no_broker(runtime: Runtime, town: Town) -> None:
    person = town.people[0]
    await town.move(runtime, person, metres=0)
    never_connected = PositionHub(runtime.settings, runtime.clock)
    assert set(await shown_afresh(runtime, never_connected, town.scope)) == {person}


async def test_without_redis_a_hub_tells_what_it_saw_and_says_that_it_may_not_be_all(
    runtime: Runtime, clock: ManualClock, town: Town
) -> None:
    client, person = Client(), town.people[0]
    async with live_hub(runtime) as hub, without_redis(runtime) as positions:
        async with following(runtime, hub, town.scope, positions=positions) as reading:
            snapshot = await reading.snapshot()
            assert not snapshot.is_complete
            await town.move(runtime, person, metres=0)
            await read_until(client, reading, person, milliseconds_now(runtime))
        clock.advance(MARGIN + timedelta(seconds=1))
        cursor = encode_cursor({town.scope.name: milliseconds_now(runtime)})
        async with following(runtime, hub, town.scope, after=cursor, positions=positions) as reading:
            await town.move(runtime, person, metres=5)
            await read_until(client, reading, person, milliseconds_now(runtime))
        async with following(runtime, hub, town.scope, after=snapshot.cursor, positions=positions) as reading:
            assert await reading.next() == ResyncMessage(ResyncReason.GAP)


def a_latest(runtime: Runtime, point: Point) -> LatestPosition:
    fix = a_fix(subject_id=new_id(), start=runtime.clock.now())
    principal = a_principal(fix.subject_id)
    return LatestPosition.of(
        type(fix)(fix.subject_id, point, fix.recorded_at), principal.role, fix.recorded_at
    )
