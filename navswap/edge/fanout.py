"""Shared subscriptions: subscribers who are owed the same messages are answered by one execution, encoded once.

A subscription always begins by itself: its document is checked, its resolver decides whether this viewer may follow these
streams, and it gets its own snapshot, or what it missed. From then on its messages depend on three things: the streams that it
follows, what it selects of an event, and how far it has come. Where all three are those of a group, it joins the group and
its own stream ends; where there is no group yet, its stream becomes that of a new one. A group is a single task, which executes the
selection once for an event, and hands the encoded payload to each member, who puts its id in front of it. Events that have
come meanwhile are answered first and written to each socket with it, at once, as frames that are ready (`frames.py`).

What stays with each subscriber: its session (a member whose token has ended is sent nothing more), and its pace. A socket
that does not take frames at once keeps a bounded queue; when that is full the member leaves the group, and begins again by itself
with a Resync and a snapshot, until it has caught up. Only selections that depend on the event alone are shared
(`execution/sharing.py`); all others run as they do without this module. Its one entrance is `Fanout`.
"""

import asyncio
import inspect
from collections.abc import Callable, Hashable, Sequence
from contextvars import Context as Variables
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLError
from prometheus_client import Counter

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.sharing import variables_of_events
from navswap.edge.http import is_request_error, payload_of
from navswap.edge.members import Member, Sessions, batch_of
from navswap.edge.schema import LimitedSchema
from navswap.graphql.context import Context
from navswap.graphql.live import Live, before_session_ends

EXECUTIONS = Counter(
    "navswap_shared_executions_total", "Events that were executed for a group of subscribers"
)
DELIVERIES = Counter("navswap_shared_deliveries_total", "Events that were handed to members of such groups")

_MEMBERS_AT_ONCE: Final = 250
"""Members that are handed payloads before others of the process have a turn: a millisecond or two."""
_BYTES_AT_ONCE: Final = 32 * 1024
"""Payloads are written together until they have so many bytes: half of what a transport takes before it says that it is full."""


class OperationFailedError(Exception):
    """An operation that failed as a whole, and ends with these errors."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Selection:
    """What an operation selects of its events; equal `key`s select the same."""

    schema: LimitedSchema
    executor: CompiledExecutor
    key: Hashable

    async def answer(self, event: Any) -> bytes:
        """Return the payload of an event as JSON; raises OperationFailedError for one that ends the operation."""
        running: Any = self.executor.build_per_event_executor(event).execute_operation(serially=False)
        result: Any = await running if inspect.isawaitable(running) else running
        if result.errors:
            self.schema.process_errors(result.errors)
        if is_request_error(result):
            raise OperationFailedError(result.errors)
        return orjson.dumps(payload_of(result))


class Fanout:
    """The groups of subscribers of one schema in this process."""

    def __init__(self, schema: LimitedSchema) -> None:
        self._schema = schema
        self._groups: dict[Hashable, _Group] = {}

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def members(self) -> int:
        """Return how many subscribers are members of a group."""
        return sum(len(group.members) for group in self._groups.values())

    def selection(
        self, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> Selection | None:
        """Return what an operation that runs selects of its events; None for one that cannot be shared."""
        prepared = self._schema.prepared(query, variables, operation_name)
        if prepared is None:
            return None
        known, executor = prepared
        if operation_name not in known.event_variables:
            known.event_variables[operation_name] = variables_of_events(executor)
        names = known.event_variables[operation_name]
        if names is None:
            return None
        values = tuple(executor.variable_values.coerced.get(name) for name in names)
        return Selection(self._schema, executor, (query, operation_name, values))

    async def follow(self, live: Live[Any], selection: Selection, member: Member, context: Context) -> None:
        """Serve a subscriber behind its last message until it is cancelled.

        Raises SessionEndedError, OperationFailedError, and what the stream raises.
        """
        try:
            await before_session_ends(
                context, live.name, lambda: self._follow(live, selection, member, context)
            )
        finally:
            member.close()

    async def _follow(self, live: Live[Any], selection: Selection, member: Member, context: Context) -> None:
        own: Live[Any] | None = live
        try:
            while True:
                group = self._join(live, selection, member, context)
                if group is None:
                    await member.send(await selection.answer(await anext(live)))
                    continue
                own = None
                try:
                    if group.live is not live:
                        await live.aclose()
                    await member.until_lost()
                finally:
                    await self._leave(group, member)
                own = live = group.live.again()
        finally:
            if own is not None:
                await own.aclose()

    def _join(
        self, live: Live[Any], selection: Selection, member: Member, context: Context
    ) -> "_Group | None":
        """Make a subscriber a member of its group, which begins with it if need be; None while it is elsewhere in its streams."""
        if live.position is None:
            return None
        key = (selection.key, live.name, live.streams)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group(
                key, live, selection, Sessions(context.clock, context.ended_sessions), self._forget
            )
        elif not group.is_at(live.position):
            return None
        group.enter(member)
        return group

    async def _leave(self, group: "_Group", member: Member) -> None:
        group.members.pop(member, None)
        if not group.members:
            self._forget(group)
            await group.close()

    def _forget(self, group: "_Group") -> None:
        if self._groups.get(group.key) is group:
            del self._groups[group.key]


class _Group:
    """Subscribers who are owed the same messages from now on, and the one task that serves them."""

    def __init__(
        self,
        key: Hashable,
        live: Live[Any],
        selection: Selection,
        sessions: Sessions,
        forget: Callable[["_Group"], None],
    ) -> None:
        self.key = key
        self.live = live
        self.members: dict[Member, None] = {}
        self._selection = selection
        self._sessions = sessions
        self._forget = forget
        self._is_between = True
        self._task = asyncio.create_task(self._run(), context=Variables())  # not that of the first member

    def is_at(self, position: Any) -> bool:
        """Return whether the members have all messages up to a position, and none behind it."""
        return self._is_between and self.live.position == position

    def enter(self, member: Member) -> None:
        """Take a member who is owed what comes from now on."""
        member.enter(self._sessions)
        self.members[member] = None

    async def close(self) -> None:
        """End the task and leave the hub."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.live.aclose()

    async def _run(self) -> None:
        try:
            async for event in self.live:
                self._is_between = False
                payloads: list[bytes] = []
                try:
                    await self._answer_all(event, payloads)
                finally:  # a failure comes behind what was answered before it
                    if payloads:
                        await self._hand_out(payloads)
                self._is_between = True
        except Exception as failure:  # noqa: BLE001 - whatever ended the stream ends it for all of its members
            self._end(failure)
        else:
            self._end(None)

    def _end(self, failure: Exception | None) -> None:
        self._forget(self)
        for member in self.members:
            member.end(failure)

    async def _answer_all(self, event: Any, payloads: list[bytes]) -> None:
        """Add the payloads of an event and of those that have come already."""
        payloads.append(await self._selection.answer(event))
        size = len(payloads[0])
        while size < _BYTES_AT_ONCE and self.live.is_ready:
            payloads.append(await self._selection.answer(await anext(self.live)))
            size += len(payloads[-1])

    async def _hand_out(self, payloads: Sequence[bytes]) -> None:
        batch = batch_of(payloads)
        EXECUTIONS.inc(len(batch))
        members = tuple(self.members)
        for first in range(0, len(members), _MEMBERS_AT_ONCE):
            if first:
                await asyncio.sleep(0)
            if self._sessions.may_have_ended():
                for member in members:
                    member.look_again()
            for member in members[first : first + _MEMBERS_AT_ONCE]:
                member.hand(batch)
        DELIVERIES.inc(len(members) * len(batch))
