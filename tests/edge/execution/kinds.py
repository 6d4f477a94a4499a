"""A schema with every kind of type and every kind of resolver that an executor meets."""

from collections.abc import AsyncGenerator, Callable
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Generic, NewType, TypeVar

import strawberry
from strawberry import relay
from strawberry.extensions import FieldExtension
from strawberry.schema.config import StrawberryConfig

from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.scalars import Metres, NonNegativeInt

Node = TypeVar("Node")
Tag = NewType("Tag", str)


def write_tag(value: object) -> object:
    if value == "none":
        return None
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no tag")
    return {"tag": value}


@strawberry.enum
class Mood(Enum):
    CALM = "calm"
    BUSY = 2


class Guarded(FieldExtension):
    """Refuses one value of the context, and passes all else through."""

    def resolve(self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        if info.context == "stranger":
            raise PermissionError("not yours")
        return next_(source, info, **arguments)

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        if info.context == "stranger":
            raise PermissionError("not yours")
        return await next_(source, info, **arguments)


@strawberry.interface
class Named:
    name: str


@strawberry.interface
class Aged:
    age: int | None


@strawberry.type
class Cat(Named, Aged):
    lives: int
    owner: "Thing | None"


@strawberry.type
class Dog(Named):
    is_loud: bool | None
    master: "Thing"


@strawberry.type
class Stone:
    weight: float


Pet = Annotated[Cat | Dog | Stone, strawberry.union("Pet")]


@strawberry.type
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type
class Connection(Generic[Node]):
    edges: list[Edge[Node]]


@strawberry.type
class Thing(relay.Node):
    id: relay.NodeID[str]
    text: str
    maybe_text: str | None
    number: int
    maybe_number: int | None
    ratio: float
    maybe_ratio: float | None
    flag: bool
    key: strawberry.ID
    mood: Mood
    maybe_mood: Mood | None
    moment: datetime
    maybe_day: date | None
    distance: Metres
    count: NonNegativeInt | None
    tag: Tag | None
    words: list[str]
    maybe_words: list[str | None] | None
    grid: list[list[int | None]] | None
    moods: list[Mood]
    pet: Pet
    maybe_pet: Pet | None
    pets: list[Pet | None]
    named: Named
    aged: Aged | None
    stone: Stone
    maybe_stone: Stone | None
    part: "Thing | None"
    parts: list["Thing"]
    maybe_parts: list["Thing | None"] | None
    things: Connection["Thing"] | None
    cats: Connection[Cat] | None

    @strawberry.field
    def method(self) -> int:
        return self.number

    @strawberry.field
    def chosen(self) -> "Thing | None":
        return self.part

    @strawberry.field
    def placed(self, info: strawberry.Info) -> str | None:
        return f"{info.path.key} {info.context} {self.text}"

    @strawberry.field
    def times(self, by: int, of: list[int] | None = None) -> int:
        return self.number * by + sum(of or ())

    @strawberry.field
    async def later(self) -> "Thing | None":
        return self.part

    @strawberry.field
    async def surely_later(self) -> "Thing":
        return self.part  # type: ignore[return-value]  # null where none may be is what is tested

    @strawberry.field
    async def later_parts(self) -> list["Thing"]:
        return self.parts

    @strawberry.field
    async def later_number(self, by: int = 1) -> int:
        return self.number * by

    @strawberry.field
    async def later_pet(self) -> Pet | None:
        return self.pet

    @strawberry.field(extensions=[Guarded()])
    def guarded(self) -> int | None:
        return self.number

    @strawberry.field(extensions=[Guarded()])
    async def guarded_later(self) -> int:
        return self.number

    @strawberry.field
    def parent_text(self, parent: strawberry.Parent["Thing"]) -> str:
        return parent.text


@strawberry.type
class Root:
    thing: Thing
    maybe_thing: Thing | None
    many: list[Thing]
    found: Named | None


@strawberry.type
class Changes(Root):
    pass


@strawberry.type
class Streams:
    @strawberry.subscription
    async def moved(self) -> AsyncGenerator[Thing, None]:
        for thing in MOVED:
            yield thing


MOVED: list[Thing] = []

SCHEMA = LimitedSchema(
    policy=SchemaPolicy(compile_at_run=1),
    query=Root,
    mutation=Changes,
    subscription=Streams,
    types=[Cat, Dog],
    config=StrawberryConfig(
        relay_use_legacy_global_id=False,
        scalar_map={Tag: strawberry.scalar(name="Tag", serialize=write_tag, parse_value=str)},
    ),
)
