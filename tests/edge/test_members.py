"""A member that is handed payloads without a question is asked again where there is something to look at."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from navswap.auth.ended_sessions import EndedSessions
from navswap.auth.principal import SessionEndedError
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

    def write_frames(self, frames: bytes) -> bool:
        self.written.append(frames)
        return True

    async def send_text(self, text: str) -> None:
        raise AssertionError(text)


class Broken(Line):
    """A socket that fails, at once or after a turn."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def write_frames(self, _frames: bytes) -> bool:
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
