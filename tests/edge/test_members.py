"""A member that is handed payloads without a question is asked again where there is something to look at."""

import asyncio
import weakref
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from strawberry.http.exceptions import WebSocketDisconnected

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.principal import SessionEndedError
from navswap.edge.frames import Outlet
from navswap.edge.members import Member, Sessions, batch_of
from navswap.kit.clock import ManualClock
from tests.support.api import PATIENCE_SECONDS


@dataclass
class Person:
    is_served: bool = True
    session_ends_at: datetime | None = None


@dataclass
class Line:
    """A socket that takes everything."""

    written: list[bytes] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.outlet = Outlet(self.look_and_write, self.write)

    def look_and_write(self, frames: bytes) -> bool:
        self.looks += 1
        self.write(frames)
        return True

    def write(self, frames: bytes) -> None:
        self.written.append(frames)

    async def send_text(self, text: str) -> None:
        raise AssertionError(text)


class Broken(Line):
    """A socket that fails, at once or after a turn."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def look_and_write(self, _frames: bytes) -> bool:
        return False

    async def send_text(self, text: str) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        raise RuntimeError(text)


@pytest.fixture
def sessions(clock: ManualClock) -> Sessions:
    return Sessions(clock, EndedSessions(clock, timedelta(minutes=10)))


async def test_a_completed_operation_is_handed_nothing_more(sessions: Sessions) -> None:
    person, line = Person(), Line()
    member = Member("1", line, person, capacity=1)
    member.enter(sessions)
    for _ in range(2):
        member.hand(batch_of([b"1"]))
    person.is_served = False
    member.look_again()
    member.hand(batch_of([b"2"]))
    assert len(line.written) == 2
    with pytest.raises(SessionEndedError):
        await member.until_lost()


async def test_a_member_that_was_ended_is_handed_nothing_more(sessions: Sessions) -> None:
    line = Line()
    member = Member("1", line, Person(), capacity=1)
    member.enter(sessions)
    member.hand(batch_of([b"1"]))
    member.end(None)
    member.hand(batch_of([b"2"]))
    assert len(line.written) == 1


async def test_a_socket_is_looked_at_once_until_something_happens_to_it(sessions: Sessions) -> None:
    line = Line()
    member = Member("1", line, Person(), capacity=1)
    member.enter(sessions)
    for looks in (1, 1, 1):
        member.hand(batch_of([b"1"]))
        assert line.looks == looks
    line.outlet.look_again()
    for looks in (2, 2):
        member.hand(batch_of([b"2"]))
        assert line.looks == looks
    assert len(line.written) == 5


class Full(Line):
    """A socket that has enough with each write that is looked at."""

    def look_and_write(self, frames: bytes) -> bool:
        super().look_and_write(frames)
        self.outlet.look_again()
        return True


async def test_a_socket_that_has_enough_by_a_write_is_looked_at_again(sessions: Sessions) -> None:
    line = Full()
    member = Member("1", line, Person(), capacity=1)
    member.enter(sessions)
    for looks in (1, 2):
        member.hand(batch_of([b"1"]))
        assert line.looks == looks


class Gone(Line):
    """A socket whose transport has been closed unseen."""

    def write(self, frames: bytes) -> None:
        if self.looks > 1:
            raise AssertionError(frames)
        if self.written:
            raise RuntimeError("the handler is closed")
        super().write(frames)

    def look_and_write(self, frames: bytes) -> bool:
        return super().look_and_write(frames) if not self.looks else False

    async def send_text(self, _text: str) -> None:
        self.looks += 1
        raise WebSocketDisconnected


async def test_a_transport_that_is_gone_ends_no_hand_out(sessions: Sessions) -> None:
    line = Gone()
    member = Member("1", line, Person(), capacity=1)
    member.enter(sessions)
    for _ in range(3):
        member.hand(batch_of([b"1"]))
    assert len(line.written) == 1


async def test_a_socket_lets_go_of_a_member_that_is_no_more(sessions: Sessions) -> None:
    line = Line()
    member = Member("1", line, Person(), capacity=1)
    member.enter(sessions)
    member.hand(batch_of([b"1"]))
    known = weakref.ref(member)
    member.close()
    del member
    assert known() is None


@pytest.mark.parametrize("turns", [0, 1])
async def test_a_socket_that_fails_ends_its_own_member_and_no_hand_out(
    sessions: Sessions, turns: int
) -> None:
    member = Member("1", Broken(turns), Person(), capacity=2)
    member.enter(sessions)
    for _ in range(2):
        member.hand(batch_of([b"1"]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(RuntimeError):
            await member.until_lost()


def test_sessions_are_looked_at_when_the_next_one_ends_and_when_another_has_ended(clock: ManualClock) -> None:
    ended = EndedSessions(clock, timedelta(minutes=10))
    sessions = Sessions(clock, ended)
    for minutes in (5, 2, 8):
        sessions.add(clock.now() + timedelta(minutes=minutes))
    sessions.add(None)
    assert not sessions.may_have_ended()
    clock.advance(timedelta(minutes=2))
    assert sessions.may_have_ended()
    assert not sessions.may_have_ended()
    ended.add("another")
    assert sessions.may_have_ended()
    assert not sessions.may_have_ended()
