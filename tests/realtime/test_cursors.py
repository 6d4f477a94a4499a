"""The cursor of several streams is short, and leads back to the position that it was written at, or to none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navswap.events.cursors import BadStreamCursorError, Digest, Place, read_cursor
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub
from navswap.events.stream import Loaded, ResyncMessage, SnapshotMessage, UpdateMessage, follow
from navswap.infra.mongo import Session
from navswap.kit.clock import ManualClock, epoch_milliseconds
from navswap.kit.ids import TimeOrderedIds
from navswap.kit.streams import every
from navswap.runtime import Runtime
from tests.conftest import CLOCK_START
from tests.realtime.streams import Counted
from tests.realtime.test_hub_and_streams import take
from tests.support.outbox import OUTBOX

NAMES = [f"c{number}" for number in range(200)]
STREAMS = frozenset(f"counter:{name}" for name in NAMES)
START = epoch_milliseconds(CLOCK_START)
EVERY = frozenset({every("counter")})


class Town:
    """Counters whose state is their sequences."""

    def __init__(self, clock: ManualClock, names: Sequence[str]) -> None:
        self.values = dict.fromkeys(names, 5)
        self._clock = clock
        self._ids = TimeOrderedIds(clock)

    @property
    def position(self) -> dict[str, int]:
        return {f"counter:{name}": value for name, value in self.values.items()}

    async def load(self) -> Loaded[dict[str, int]]:
        return Loaded(dict(self.values), self.position)

    def step(self, name: str) -> Envelope:
        self.values[name] = self.values.get(name, 0) + 1
        fact = Counted(counter=name, value=self.values[name])
        return Envelope.around(fact, self._clock.now(), self._ids.new())


def read(cursor: str, town: Town) -> Digest:
    mark = read_cursor(cursor, frozenset(town.position))
    assert isinstance(mark, Digest)
    return mark


@given(steps=st.lists(st.sampled_from("abcd"), max_size=30), cut=st.integers(0, 30))
def test_from_anywhere_the_missed_updates_are_those_since(steps: list[str], cut: int) -> None:
    town = Town(ManualClock(CLOCK_START), "abcd")
    place, envelopes = Place(town.position, START), []
    cursors, positions = [place.cursor], [town.position]
    for name in steps:
        envelope = town.step(name)
        place.advance(envelope.streams, envelope.occurred_at)
        envelopes.append(envelope)
        cursors.append(place.cursor)
        positions.append(town.position)
    at = min(cut, len(steps))
    traced = read(cursors[at], town).trace_back(town.position, envelopes[::-1])
    assert traced == (positions[at], envelopes[at:])
    assert cursors[at] == Place(positions[at], read(cursors[at], town).milliseconds).cursor


@given(
    known=st.sets(st.sampled_from("abcd")),
    steps=st.lists(st.sampled_from("abcd"), max_size=30),
    cut=st.integers(0, 30),
)
def test_a_cursor_of_all_of_a_kind_is_good_for_those_that_came_later(
    known: set[str], steps: list[str], cut: int
) -> None:
    town = Town(ManualClock(CLOCK_START), sorted(known))
    place, envelopes = Place(town.position, START, EVERY), []
    cursors, positions = [place.cursor], [town.position]
    for name in steps:
        envelope = town.step(name)
        newer = place.newer(envelope)
        assert newer == envelope.streams
        assert not place.misses(newer)
        place.advance(newer, envelope.occurred_at)
        envelopes.append(envelope)
        cursors.append(place.cursor)
        positions.append(town.position)
    assert place.position == town.position
    at = min(cut, len(steps))
    mark = read_cursor(cursors[at], EVERY)
    assert isinstance(mark, Digest)
    position, missed = mark.trace_back(town.position, envelopes[::-1]) or ({}, [])
    assert missed == envelopes[at:]
    assert {stream: sequence for stream, sequence in position.items() if sequence} == positions[at]


def test_of_a_kind_other_streams_and_missing_updates_are_known() -> None:
    town = Town(ManualClock(CLOCK_START), "a")
    place = Place(town.position, START, EVERY)
    first = town.step("new")
    other = first.model_copy(update={"streams": {"counters:a": 9, "counterfoil:a": 9}})
    assert place.newer(other) == {}
    assert place.misses(place.newer(town.step("new")))
    with pytest.raises(BadStreamCursorError):
        read_cursor(place.cursor, frozenset(town.position))


async def test_what_is_new_of_a_kind_is_delivered_and_resumed(runtime: Runtime, clock: ManualClock) -> None:
    hub, town = Hub(runtime.settings, clock, ()), Town(clock, "a")
    messages: Any = follow(hub, EVERY, town.load, None)
    snapshot: Any = await anext(messages)
    hub.deliver(town.step("new"))
    hub.deliver(town.step("a"))
    updates: Any = await take(messages, 2)
    await messages.aclose()
    assert [update.envelope.payload["counter"] for update in updates] == ["new", "a"]
    again: Any = follow(hub, EVERY, town.load, snapshot.cursor)
    assert await take(again, 2) == updates
    await again.aclose()


@given(steps=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), data=st.data())
def test_with_an_update_lost_a_cursor_leads_nowhere(steps: list[str], data: st.DataObject) -> None:
    town = Town(ManualClock(CLOCK_START), "abcd")
    cursor = Place(town.position, START).cursor
    envelopes = [town.step(name) for name in steps]
    lost = data.draw(st.integers(0, len(steps) - 1))
    assert read(cursor, town).trace_back(town.position, envelopes[:lost] + envelopes[lost + 1 :]) is None


def test_updates_that_overtook_each_other_lead_nowhere_rather_than_astray() -> None:
    town = Town(ManualClock(CLOCK_START), "ab")
    place = Place(town.position, START)
    _undelivered, delivered = town.step("a"), town.step("b")
    place.advance(delivered.streams, delivered.occurred_at)
    assert read(place.cursor, town).trace_back(town.position, [_undelivered, delivered]) is None


@pytest.mark.parametrize("ahead", [{"a": 1}, {"a": 1, "b": -1}])
def test_a_position_that_never_was_is_not_found(ahead: dict[str, int]) -> None:
    town = Town(ManualClock(CLOCK_START), "ab")
    other = {f"counter:{name}": value + ahead.get(name, 0) for name, value in town.values.items()}
    assert read(Place(other, START).cursor, town).trace_back(town.position, []) is None


def test_a_cursor_of_other_streams_is_refused() -> None:
    town = Town(ManualClock(CLOCK_START), "ab")
    cursor = Place(town.position, START).cursor
    for others in (["a"], ["a", "c"], ["a", "b", "c"]):
        with pytest.raises(BadStreamCursorError):
            read_cursor(cursor, frozenset(f"counter:{name}" for name in others))
    with pytest.raises(BadStreamCursorError):
        read_cursor(cursor[:-2], frozenset(town.position))


async def messages_of(hub: Hub, town: Town, after: str | None, number: int) -> list[Any]:
    messages: Any = follow(hub, STREAMS, town.load, after)
    try:
        return list(await take(messages, number))
    finally:
        await messages.aclose()


@pytest.fixture
def town(clock: ManualClock) -> Town:
    return Town(clock, NAMES)


async def test_a_client_of_200_stations_resumes_by_a_short_cursor(
    runtime: Runtime, town: Town, clock: ManualClock
) -> None:
    hub, restarted = Hub(runtime.settings, clock, ()), Hub(runtime.settings, clock, ())
    [snapshot] = await messages_of(hub, town, None, 1)
    assert isinstance(snapshot, SnapshotMessage)
    assert len(snapshot.cursor) <= 50
    facts = []
    for name in (*NAMES[:5], "c3", "c3"):
        clock.advance(timedelta(minutes=2))
        hub.deliver(envelope := town.step(name))
        facts.append(Counted(counter=name, value=envelope.payload["value"]))

    async def work(session: Session) -> None:
        for fact in facts:
            await OUTBOX.publish(session, clock.now(), fact)

    await runtime.mongo.in_transaction(work)
    for web_process in (hub, restarted):
        seen, after = [], snapshot.cursor
        for _ in facts:
            [update] = await messages_of(web_process, town, after, 1)
            assert isinstance(update, UpdateMessage)
            seen.append((update.envelope.payload["counter"], update.envelope.payload["value"]))
            after = update.cursor
            assert len(after) <= 50
        assert seen == [(fact.counter, fact.value) for fact in facts]


async def test_a_client_whose_missed_updates_are_gone_starts_again(
    runtime: Runtime, town: Town, clock: ManualClock
) -> None:
    hub = Hub(runtime.settings, clock, ())
    [snapshot] = await messages_of(hub, town, None, 1)
    assert isinstance(snapshot, SnapshotMessage)
    clock.advance(timedelta(hours=2))
    town.step("c1")
    resync, fresh = await messages_of(hub, town, snapshot.cursor, 2)
    assert isinstance(resync, ResyncMessage)
    assert isinstance(fresh, SnapshotMessage)
    assert fresh == replace(fresh, state=town.values)
