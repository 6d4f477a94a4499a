"""Consumer groups of the embedded broker: who is a member, what each has been assigned, and what was committed.

A group is rebalanced when a member comes or goes: all members are asked to join again, the leader among them shares the partitions out,
and each is handed its share. A member whose connection ends is gone at once, and not only when its session has run out.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka.errors import IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError

NO_GENERATION: Final = -1

Subscriptions = Sequence[tuple[str, bytes]]
"""The ways to share out that a member knows, best first, each with what it subscribes to."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer to who joins: an error or 0, and what the generation is; `members` for its leader alone."""

    error: int
    member_id: str
    generation: int = NO_GENERATION
    protocol: str = ""
    leader: str = ""
    members: Subscriptions = ()


@dataclass(frozen=True, slots=True)
class Assigned:
    """The answer to who asks for its share: an error or 0, and the share."""

    error: int
    share: bytes = b""


@dataclass(eq=False, slots=True)
class _Member:
    member_id: str
    connection: object
    session_seconds: float
    rebalance_seconds: float
    subscriptions: Subscriptions
    joining: asyncio.Future[Joined] | None = None
    syncing: asyncio.Future[Assigned] | None = None
    session: asyncio.TimerHandle | None = None

    def join(self, answer: Joined) -> None:
        """Answer its request to join, unless it has left."""
        if self.joining is not None and not self.joining.done():
            self.joining.set_result(answer)
        self.joining = None

    def assign(self, answer: Assigned) -> None:
        """Answer its request for its share, if there is one."""
        if self.syncing is not None and not self.syncing.done():
            self.syncing.set_result(answer)
        self.syncing = None


@dataclass(eq=False, slots=True)
class Group:
    """One group; `offsets` are the committed ones by topic and partition."""

    offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    _members: dict[str, _Member] = field(default_factory=dict)
    _named: int = 0
    _generation: int = 0
    _leader: str = ""
    _shares: Mapping[str, bytes] | None = None
    _rebalance: asyncio.TimerHandle | None = None

    def join(
        self,
        member_id: str,
        connection: object,
        session_seconds: float,
        rebalance_seconds: float,
        subscriptions: Subscriptions,
    ) -> asyncio.Future[Joined]:
        """Become a member, or stay one, by another generation; it begins when all members have joined or their time is over."""
        joining: asyncio.Future[Joined] = asyncio.get_running_loop().create_future()
        if member_id and member_id not in self._members:
            joining.set_result(Joined(UnknownMemberIdError.errno, member_id))
            return joining
        if not member_id:
            self._named += 1
            member_id = f"member-{self._named}"
        before = self._members.get(member_id)
        if before is not None:
            self._end(before)
        member = _Member(member_id, connection, session_seconds, rebalance_seconds, subscriptions, joining)
        self._members[member_id] = member
        self._begin_rebalance()
        return joining

    def sync(self, member_id: str, generation: int, shares: Mapping[str, bytes]) -> asyncio.Future[Assigned]:
        """Return the share of a member once the leader, who brings all shares, has asked for its own."""
        syncing: asyncio.Future[Assigned] = asyncio.get_running_loop().create_future()
        error = self.refusal(member_id, generation)
        if error:
            syncing.set_result(Assigned(error))
            return syncing
        member = self._members[member_id]
        member.syncing = syncing
        if member_id == self._leader:
            self._shares = dict(shares)
        if self._shares is not None:
            waiting = [each for each in self._members.values() if each.syncing is not None]
            for each in waiting:
                each.assign(Assigned(0, self._shares.get(each.member_id, b"")))
        return syncing

    def refusal(self, member_id: str, generation: int) -> int:
        """Return why a member may not go on, 0 where it may; it lives on for another session."""
        member = self._members.get(member_id)
        if member is None:
            return int(UnknownMemberIdError.errno)
        if generation != self._generation:
            return int(IllegalGenerationError.errno)
        if self._rebalance is not None:
            return int(RebalanceInProgressError.errno)
        self._extend(member)
        return 0

    def refusal_of_commit(self, member_id: str, generation: int) -> int:
        """Return why offsets are not committed, 0 where they may be; a member may while others join."""
        if generation == NO_GENERATION and not member_id:
            return 0
        error = self.refusal(member_id, generation)
        return 0 if error == RebalanceInProgressError.errno else error

    def leave(self, member_id: str) -> int:
        """End a membership; returns an error or 0."""
        member = self._members.pop(member_id, None)
        if member is None:
            return int(UnknownMemberIdError.errno)
        self._end(member)
        if self._members:
            self._begin_rebalance()
        else:
            self._stop_waiting()
        return 0

    def leave_with(self, connection: object) -> None:
        """End the memberships of a connection."""
        gone = [each.member_id for each in self._members.values() if each.connection is connection]
        for member_id in gone:
            self.leave(member_id)

    def _begin_rebalance(self) -> None:
        if self._rebalance is None:
            seconds = max(member.rebalance_seconds for member in self._members.values())
            self._rebalance = asyncio.get_running_loop().call_later(seconds, self._begin_generation)
            for member in self._members.values():
                member.assign(Assigned(RebalanceInProgressError.errno))
                if member.session is not None:
                    member.session.cancel()  # its time is that of the rebalance now
        if all(member.joining is not None for member in self._members.values()):
            self._begin_generation()

    def _begin_generation(self) -> None:
        """Answer all who have joined; those who have not are members no more."""
        self._stop_waiting()
        for member in [each for each in self._members.values() if each.joining is None]:
            del self._members[member.member_id]
            self._end(member)
        if not self._members:
            return
        self._generation += 1
        self._shares = None
        if self._leader not in self._members:
            self._leader = next(iter(self._members))
        protocol = self._common_protocol()
        subscribed = [
            (each.member_id, dict(each.subscriptions).get(protocol, b"")) for each in self._members.values()
        ]
        for member in self._members.values():
            is_leader = member.member_id == self._leader
            member.join(
                Joined(
                    0,
                    member.member_id,
                    self._generation,
                    protocol,
                    self._leader,
                    subscribed if is_leader else (),
                )
            )
            self._extend(member)

    def _common_protocol(self) -> str:
        """Return the way to share out that the leader likes best of those that all know."""
        known = [{name for name, _ in member.subscriptions} for member in self._members.values()]
        wanted = [name for name, _ in self._members[self._leader].subscriptions]
        return next((name for name in wanted if all(name in names for names in known)), "")

    def _extend(self, member: _Member) -> None:
        if member.session is not None:
            member.session.cancel()
        loop = asyncio.get_running_loop()
        member.session = loop.call_later(member.session_seconds, self.leave, member.member_id)

    def _stop_waiting(self) -> None:
        if self._rebalance is not None:
            self._rebalance.cancel()
            self._rebalance = None

    def _end(self, member: _Member) -> None:
        if member.session is not None:
            member.session.cancel()
        member.join(Joined(UnknownMemberIdError.errno, member.member_id))
        member.assign(Assigned(UnknownMemberIdError.errno))
