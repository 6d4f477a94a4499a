"""The manifest by which a slice declares itself; a process, the schema and the topics follow from a list of these."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from navswap.events.archive.records import ReadRaw
from navswap.events.consumer import Reaction
from navswap.events.dead_letters import Replayable
from navswap.graphql.nodes import LoadedNode
from navswap.infra.mongo import Stored
from navswap.platform import Platform
from navswap.services import Services, SliceServices

Own = TypeVar("Own", bound=SliceServices)
Job = Coroutine[Any, Any, None]
"""An endless coroutine that a process runs beside its requests."""
Reactions = Mapping[str, list[Reaction]]
"""What is done about a fact, by the type of the fact."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Work that a worker does again and again, `seconds` apart; it does what is due and is harmless when nothing is."""

    seconds: float
    work: Callable[[], Awaitable[object]]
    name: str


def _nothing(_: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Slice(Generic[Own]):
    """One slice of the business: what it stores, offers, publishes, reacts to, schedules, and adds to the schema.

    `navswap/slices.py` lists them, low to high. All fields but `name`, `services` and `build` are optional.
    """

    name: str
    """The folder below `navswap/features`, the consumer group of its reactions, and how logs and docs call it."""
    services: type[Own]
    """The record of its services, by which resolvers and higher slices reach them."""
    build: Callable[[Platform, Services], Own]
    """Builds its services on the platform and on the services of the slices below; opens nothing."""

    topic: str | None = None
    """The Kafka topic of its facts, without the prefix; the first segment of their types. None: it publishes none."""
    raw_topics: tuple[str, ...] = ()
    """Topics that it fills past the outbox, with what is no fact."""
    archived: Mapping[str, ReadRaw] = field(default_factory=dict)
    """How the archive reads what stands in a raw topic; one that is not named is not archived."""
    documents: tuple[type[Stored], ...] = ()
    """What it stores, with indexes."""
    prepare: Callable[[Platform], Awaitable[None]] | None = None
    """Creates what it stores past Beanie, with its indexes; harmless when that is there."""

    reactions: Callable[[Own], Reactions] | None = None
    """What it does when others publish; it listens to the topics of those facts."""
    schedule: Callable[[Own], Sequence[Scheduled]] = _nothing
    """What it does in the worker because time has passed."""
    worker_jobs: Callable[[Own], Sequence[Job]] = _nothing
    """What else it runs in every worker."""
    web_jobs: Callable[[Own], Sequence[Job]] = _nothing
    """What it runs in every web process, beside the requests."""

    replayable: Callable[[Own], Sequence[Replayable]] = _nothing
    """Its consumers, besides that of its reactions, whose dead letters can be replayed."""

    query: tuple[type, ...] = ()
    mutation: tuple[type, ...] = ()
    subscription: tuple[type, ...] = ()
    """Classes whose fields are root fields of the schema."""
    nodes: tuple[type[LoadedNode], ...] = ()
    """Types that `node` finds by their id."""
    extensions: tuple[type, ...] = ()
    """Classes that join fields to types of lower slices (`navswap/graphql/extending.py`)."""


Slices = tuple[Slice[Any], ...]
"""Slices, low to high."""


def documents_of(slices: Slices) -> tuple[type[Stored], ...]:
    """Return everything that slices store by Beanie."""
    return tuple(document for part in slices for document in part.documents)


def fact_topics(slices: Slices) -> tuple[str, ...]:
    """Return the topics that the outbox relay fills, without their prefix."""
    return tuple(part.topic for part in slices if part.topic)


def all_topics(slices: Slices) -> tuple[str, ...]:
    """Return the topics of facts, then those that are filled past the outbox."""
    return (*fact_topics(slices), *(topic for part in slices for topic in part.raw_topics))


def topics_of(reactions: Iterable[str], slices: Slices) -> tuple[str, ...]:
    """Return the topics on which facts of some types travel; raises ValueError for a type that no slice publishes."""
    wanted = {type_.partition(".")[0] for type_ in reactions}
    if unknown := wanted - set(fact_topics(slices)):
        raise ValueError(f"No slice publishes to {', '.join(sorted(unknown))}.")
    return tuple(topic for topic in fact_topics(slices) if topic in wanted)
