"""The property of every live stream: an old snapshot and the updates since make a fresh snapshot.

    async with verify_stream(runtime, admin, "ticketChanged", upsert("tickets", "ticket"), ticketIds=[ticket]) as stream:
        await action()
    assert stream.facts == ["faults.ticket.assigned"]

The subscription is that of the real schema, with all plain fields of its messages (see `selection`). The rule by which a
client applies an update to what it holds is an argument: `merge`, `upsert`, or a function of the test. A stream that
conflates (positions, traffic, the whole network) skips states by design: `verify_conflating_stream`.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from bson import Timestamp

from navswap.auth.principal import Principal
from navswap.auth.roles import Role
from navswap.events.envelope import Envelope
from navswap.events.hub import Hub
from navswap.events.outbox import OutboxEvent, envelope_of
from navswap.graphql.context import Context
from navswap.kit.facts import Fact
from navswap.kit.ids import new_id
from navswap.kit.streams import kind_of
from navswap.runtime import Runtime
from navswap.schema import schema_for
from tests.support.selection import Only, subscription

Json = dict[str, Any]
Apply = Callable[[Json, Json], None]
"""Brings what a client holds, first the snapshot, up to date by an update; changes the first in place."""

PATIENCE_SECONDS = 180.0
"""How long a message may take that has been delivered; a test that needs it has failed."""
POSITION = ("cursor", "sequence")


class SignedIn(Protocol):
    """A user in whose name a stream is followed."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def role(self) -> Role:
        """Its role."""
        ...


@dataclass
class VerifiedStream:
    """What was seen of a stream; `updates` and `facts`, the types of what caused them, are there once the block has ended."""

    snapshot: Json
    updates: list[Json] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)


@asynccontextmanager
async def verify_stream(
    runtime: Runtime,
    user: SignedIn,
    name: str,
    apply: Apply,
    *,
    only: Only | None = None,
    quiet: bool | None = False,
    **variables: Any,
) -> AsyncIterator[VerifiedStream]:
    """Follow a subscription around the block, and compare what a client would hold after it with a fresh snapshot.

    Beside the equation it holds that the block causes an update at all (none where `quiet`, either where that is None), that the sequence of each
    subject has no gap, and that a client that resumes behind the snapshot, at this web process or at another one, gets
    the same updates. `only` narrows the fields of a type down. A worker may run beside it; what is pending is left so.
    """
    since = await _last_position()
    hub = Hub(runtime.settings, runtime.clock, ())
    follower = Follower(runtime, user, subscription(name, only or {}), variables)
    async with AsyncExitStack() as stack:
        messages = await stack.enter_async_context(follower.follow(hub))
        verified = VerifiedStream(await messages.next("a snapshot"))
        streams = hub.followed
        yield verified
        published = await _published_since(since)
        for envelope in published:
            hub.deliver(envelope)
        verified.facts = [
            envelope.type
            for envelope in published
            if any(stream in streams or kind_of(stream) in streams for stream in envelope.streams)
        ]
        fresh = await (await stack.enter_async_context(follower.follow(hub))).next("a fresh snapshot")
        held = deepcopy(verified.snapshot)
        while place_of(held["cursor"]) != place_of(fresh["cursor"]):
            update = await messages.next(f"an update behind {len(verified.updates)} others")
            assert update["__typename"] != "Resync", "an update of the block was lost"
            verified.updates.append(update)
            apply(held, deepcopy(update))
            held |= {"cursor": update["cursor"], "sequence": max(held["sequence"], update["sequence"])}
        held["cursor"] = fresh["cursor"]
        assert held == fresh, f"the updates do not lead to the fresh snapshot: {_differences(held, fresh)}"
        if quiet is not None:
            assert bool(verified.updates) != quiet, f"the block caused {len(verified.updates)} updates"
        assert len(verified.updates) == len(verified.facts), "each fact is one update"
        for web_process in (hub, Hub(runtime.settings, runtime.clock, ())):
            resumed = await stack.enter_async_context(
                follower.follow(web_process, after=verified.snapshot["cursor"])
            )
            again = [await resumed.next("an update that was missed") for _ in verified.updates]
            assert _by_sequence(again) == _by_sequence(verified.updates), (
                "a resumed client gets other updates"
            )


@asynccontextmanager
async def verify_conflating_stream(
    runtime: Runtime, user: SignedIn, name: str, apply: Apply, **variables: Any
) -> AsyncIterator[VerifiedStream]:
    """Follow a subscription that conflates: a client may be given fewer updates, but comes to the fresh snapshot.

    Beside the equation it holds that the updates of one subscription count on from the snapshot, and that a client that
    resumes behind the snapshot comes to the fresh one, too. What feeds the stream beside the outbox runs in the test.
    """
    since = await _last_position()
    follower = Follower(runtime, user, subscription(name, {}), variables)
    async with AsyncExitStack() as stack:
        messages = await stack.enter_async_context(follower.follow(runtime.hub))
        verified = VerifiedStream(await messages.next("a snapshot"))
        yield verified
        for envelope in await _published_since(since):
            runtime.hub.deliver(envelope)
        # The first update comes before the fresh snapshot is asked for: a reading for that may reach all subscribers.
        first = await messages.next("an update")
        fresh = await (await stack.enter_async_context(follower.follow(runtime.hub))).next("a fresh snapshot")
        assert _content(fresh) != _content(verified.snapshot), "the block changed nothing"
        verified.updates = await _read_up_to(fresh, verified.snapshot, messages, apply, first)
        counted = [update["sequence"] for update in verified.updates]
        next_sequence = verified.snapshot["sequence"] + 1
        assert counted == list(range(next_sequence, next_sequence + len(counted))), "an update is missing"
        cursor = verified.snapshot["cursor"]
        resumed = await stack.enter_async_context(follower.follow(runtime.hub, after=cursor))
        await _read_up_to(fresh, verified.snapshot, resumed, apply)


def merge(*names: str) -> Apply:
    """Return the rule of a stream of one subject: these fields of the update replace those of the snapshot."""

    def apply(held: Json, update: Json) -> None:
        held.update({name: update[name] for name in names})

    return apply


def upsert(held_list: str, item: str, *, ended: Callable[[Json], bool] = lambda _: False) -> Apply:
    """Return the rule of a stream of a list: the item of the update replaces that of its id, joins, or leaves.

    `held_list` is the dotted path of the list in the snapshot, `item` the field of the update; `ended` says whether an
    item is not in the list any more. What joins stands at the end.
    """

    def apply(held: Json, update: Json) -> None:
        *path, last = held_list.split(".")
        holder = held
        for name in path:
            holder = holder[name]
        changed = update[item]
        items = {known["id"]: known for known in holder[last]}
        items[changed["id"]] = changed
        holder[last] = [known for known in items.values() if not ended(known)]

    return apply


def types_of(base: type[Fact]) -> set[str]:
    """Return the types of all facts of a kind: the base, where it has a type of its own, and what is derived from it."""
    own = {base.type} if "type" in vars(base) else set()
    return own.union(*(types_of(kind) for kind in base.__subclasses__()))


class Messages:
    """The messages of one subscription, as a client gets them."""

    def __init__(self, results: AsyncIterator[Any]) -> None:
        self._results = results

    async def next(self, what: str) -> Json:
        """Return the next message; fails when none comes."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                result = await anext(self._results)
        except TimeoutError as error:
            raise AssertionError(f"{what} did not come") from error
        assert result.errors is None, result.errors
        [message] = result.data.values()
        found: Json = deepcopy(message)
        return found


class Follower:
    """Follows one subscription of the real schema, as often as asked."""

    def __init__(self, runtime: Runtime, user: SignedIn, document: str, variables: Json) -> None:
        self._runtime = runtime
        self._user = user
        self._document = document
        self._variables = variables

    @asynccontextmanager
    async def follow(self, hub: Hub, after: str | None = None) -> AsyncIterator[Messages]:
        """Follow at the hub of a web process, from the beginning or behind a cursor."""
        runtime = self._runtime
        expires_at = runtime.clock.now() + timedelta(days=365)
        principal = Principal(self._user.id, self._user.role, new_id(), expires_at)
        context = Context(runtime.settings, runtime.clock, hub, runtime.services, principal, "127.0.0.1")
        variables = self._variables if after is None else {**self._variables, "after": after}
        results: Any = await schema_for(runtime.settings).subscribe(
            self._document, variables, context_value=context
        )
        assert hasattr(results, "__anext__"), results
        try:
            yield Messages(results)
        finally:
            await results.aclose()


async def _read_up_to(
    fresh: Json, snapshot: Json, messages: Messages, apply: Apply, *first: Json
) -> list[Json]:
    """Return the updates, the first of which may be read already, that lead from one snapshot to another."""
    held, updates, known = deepcopy(snapshot), [], list(first)
    while known or _content(held) != _content(fresh):
        missing = f"the update for {_differences(_content(held), _content(fresh))}"
        update = known.pop() if known else await messages.next(missing)
        assert update["__typename"] != "Resync", "an update of the block was lost"
        updates.append(update)
        apply(held, deepcopy(update))
    return updates


async def _last_position() -> Timestamp:
    newest = await OutboxEvent.collection().find_one({}, sort=[("position", -1)])
    return Timestamp(0, 0) if newest is None else newest["position"]


async def _published_since(position: Timestamp) -> list[Envelope]:
    """Return what was published after a position, as it comes out of Kafka: in order, by way of bytes."""
    documents = OutboxEvent.collection().find({"position": {"$gt": position}}).sort("position", 1)
    return [Envelope.from_bytes(envelope_of(document).to_bytes()) async for document in documents]


def place_of(cursor: str) -> bytes:
    """Return what two cursors of one position have in common: all but the time of the newest update."""
    written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    return written if written[:1] == b"{" else written[:-8]


def _content(message: Json) -> Json:
    return {name: value for name, value in message.items() if name not in POSITION}


def _by_sequence(updates: list[Json]) -> list[Json]:
    """Order updates as one subject's are; those of several may come in another order after a gap."""
    without_cursor = [
        {name: value for name, value in update.items() if name != "cursor"} for update in updates
    ]
    return sorted(without_cursor, key=lambda update: (update["sequence"], str(update)))


def _differences(held: Any, fresh: Any, path: str = "") -> list[str]:
    """Return where two messages differ, each with both values."""
    if isinstance(held, dict) and isinstance(fresh, dict) and held.keys() == fresh.keys():
        parts = [(f"{path}.{name}", held[name], fresh[name]) for name in held]
    elif isinstance(held, list) and isinstance(fresh, list) and len(held) == len(fresh):
        parts = [(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(held, fresh, strict=True))]
    else:
        return [] if held == fresh else [f"{path.lstrip('.')}: {held} is not {fresh}"]
    return [found for part_path, one, other in parts for found in _differences(one, other, part_path)]
