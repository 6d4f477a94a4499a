"""Objects for every type of a schema, with what a resolver should not return among them.

All of them can be read, walked and awaited again, so that two executors can be given the same ones.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from random import Random
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    is_abstract_type,
)
from graphql.pyutils import Undefined
from strawberry.types.base import StrawberryObjectDefinition

from navswap.graphql.views import PARTS

DEFINITION = "strawberry-definition"


class Later:
    """An awaitable that may be awaited again; it raises what it holds where that is an error to raise."""

    def __init__(self, value: Any, *, fails: bool, steps: int) -> None:
        self._value, self._fails, self._steps = value, fails, steps

    def __await__(self) -> Generator[Any, None, Any]:
        for _ in range(self._steps):
            yield from asyncio.sleep(0).__await__()
        if self._fails:
            raise self._value
        return self._value

    def __repr__(self) -> str:
        return "later"


class Forbidden(Exception):  # noqa: N818 - a name for the message
    """What an attribute raises."""


class Data:
    """Makes objects; `oddness` is the share of values that are none of their type, `later` the share of awaitables."""

    def __init__(self, schema: GraphQLSchema, seed: int, *, oddness: float, later: float) -> None:
        self._schema = schema
        self._random = Random(seed)
        self._oddness = oddness
        self._later = later
        self._odd: list[Callable[[GraphQLOutputType, int], Any]] = [
            lambda _kind, _depth: None,
            lambda _kind, _depth: None,
            lambda _kind, _depth: None,
            lambda _kind, _depth: self._random.choice(
                [
                    "text",
                    "",
                    "7",
                    7,
                    2**31,
                    2**70,
                    True,
                    1.5,
                    2.0,
                    math.nan,
                    math.inf,
                    b"x",
                    {},
                    [],
                    (),
                    Undefined,
                    object,
                ]
            ),
            lambda _kind, _depth: ValueError("returned"),
            lambda kind, depth: self.value(kind, depth, odd=False, nullable=False),
            lambda kind, depth: _Twin(self.value(kind, depth, odd=False)),
            self._of_other_kind,
            self._as_iterable,
        ]
        self._left = 25

    def object(self, kind: GraphQLObjectType, depth: int) -> Any:
        """Return an object of a type with all its attributes, of a subclass that raises now and then."""
        cls = _class_of(kind)
        if self._chance(self._oddness / 4):
            cls = _strange(cls)
        made: Any = object.__new__(cls)
        self._left -= 1
        if self._chance(0.5):
            object.__setattr__(made, PARTS, {})
        for name, inner in _attributes_of(kind):
            if not self._chance(self._oddness / 8):
                object.__setattr__(made, name, self.value(inner, depth - 1))
        for name, annotation in _private(cls):
            object.__setattr__(made, name, f"k{self._random.randrange(9)}" if "str" in annotation else None)
        return made

    def value(
        self, kind: GraphQLOutputType, depth: int, *, odd: bool | None = None, nullable: bool = True
    ) -> Any:
        """Return a value for a place in the answer, or what no such place should be given."""
        if self._chance(self._later) and odd is None:
            fails = self._chance(0.2)
            value = Forbidden("later") if fails else self.value(kind, depth, odd=self._chance(self._oddness))
            return Later(value, fails=fails, steps=self._random.randrange(3))
        if odd if odd is not None else self._chance(self._oddness):
            return self._random.choice(self._odd)(kind, depth)
        if isinstance(kind, GraphQLNonNull):
            return self._proper(kind.of_type, depth)
        return (
            None
            if nullable and (depth <= 0 or self._left <= 0 or self._chance(0.25))
            else self._proper(kind, depth)
        )

    def _proper(self, kind: GraphQLOutputType, depth: int) -> Any:
        if isinstance(kind, GraphQLList):
            return [
                self.value(kind.of_type, depth)
                for _ in range(self._random.randrange(4) if self._left > 0 else 0)
            ]
        if isinstance(kind, GraphQLObjectType):
            return self.object(kind, depth) if self._left > 0 else None
        if is_abstract_type(kind):
            kinds = list(self._schema.get_possible_types(kind))
            return self.object(self._random.choice(kinds), depth) if self._left > 0 else None
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(list(kind.extensions[DEFINITION].wrapped_cls))
        assert isinstance(kind, GraphQLScalarType)
        return self._scalar(kind.name)

    def _scalar(self, name: str) -> Any:
        random = self._random
        numbers: dict[str, Callable[[], Any]] = {
            "Int": lambda: random.randrange(-5, 1000),
            "NonNegativeInt": lambda: random.randrange(1000),
            "Credits": lambda: random.randrange(2**40),
            "Boolean": lambda: random.random() < 0.5,
            "DateTime": lambda: datetime.fromtimestamp(random.randrange(2**31), UTC),
            "Date": lambda: date(2026, 1, random.randrange(1, 29)),
            "String": lambda: random.choice(["", "a", "naïve", "two words", "none"]),
            "ID": lambda: f"id{random.randrange(100)}",
            "Tag": lambda: random.choice(["x", "none"]),
        }
        return numbers.get(name, lambda: round(random.uniform(0, 50), 3))()

    def _of_other_kind(self, _kind: GraphQLOutputType, depth: int) -> Any:
        kinds = [
            kind
            for kind in self._schema.type_map.values()
            if isinstance(kind, GraphQLObjectType)
            and isinstance(kind.extensions.get(DEFINITION), StrawberryObjectDefinition)
        ]
        made = self.object(self._random.choice(kinds), min(depth, 1) - 1)
        if self._chance(0.5):
            target = self._random.choice(kinds).extensions[DEFINITION].origin
            strawberry.cast(target, made)
        return made

    def _as_iterable(self, kind: GraphQLOutputType, depth: int) -> Any:
        """Return a list as anything else that can be walked, or as an asynchronous one."""
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if not isinstance(inner, GraphQLList):
            return self.value(kind, depth, odd=False)
        items = [self.value(inner.of_type, depth) for _ in range(3)]
        return self._random.choice([tuple, deque, _Walk, _AsyncWalk])(items)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


class _Walk:
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __repr__(self) -> str:
        return "walk"


class _AsyncWalk:
    def __init__(self, items: list[Any]) -> None:
        self._items = items

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self._items:
            yield item

    def __repr__(self) -> str:
        return "asynchronous walk"


class _Twin:
    """Looks like another object without being of its class."""

    def __init__(self, other: Any) -> None:
        self._other = None if isinstance(other, Enum) else other

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._other, name)

    def __repr__(self) -> str:
        return "twin"


@cache
def _class_of(kind: GraphQLObjectType) -> type:
    definition = kind.extensions[DEFINITION]
    assert isinstance(definition, StrawberryObjectDefinition)
    return definition.concrete_of.origin if definition.concrete_of else definition.origin


@cache
def _attributes_of(kind: GraphQLObjectType) -> list[tuple[str, GraphQLOutputType]]:
    """Return the plain attributes behind an object type, with the types of their fields."""
    plain = [
        (field.extensions[DEFINITION], field.type)
        for field in kind.fields.values()
        if DEFINITION in field.extensions
    ]
    return [(defined.python_name, inner) for defined, inner in plain if defined.base_resolver is None]


@cache
def _strange(cls: type) -> type:
    """Return a subclass some of whose attributes raise."""

    class Strange(cls):  # type: ignore[misc]  # a class that is chosen at run time
        def __getattribute__(self, name: str) -> Any:
            if not name.startswith("_") and len(name) % 5 == 0:
                raise Forbidden(name)
            return super().__getattribute__(name)

    return Strange


@cache
def _private(cls: type) -> list[tuple[str, str]]:
    """Return the attributes of a view that the schema does not show, with their annotations."""
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by @strawberry.type
    shown = {defined.python_name for defined in definition.fields if defined.base_resolver is None}
    return [
        (name, str(annotation))
        for base in cls.__mro__
        for name, annotation in getattr(base, "__annotations__", {}).items()
        if name not in shown and not name.startswith("_")
    ]
