"""Batches of which each element is judged by itself: one that cannot be used comes back with its reason, and costs no other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeVar

import strawberry
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition

from navswap.graphql.scalars import NonNegativeInt, find_moment, no_moment
from navswap.kit.errors import InvalidInputError

Element = TypeVar("Element")
Value = TypeVar("Value")
Input = TypeVar("Input", bound=type)

_LONGEST_REASON: Final = 300
"""Characters: a reason may hold the value that it is about, which may be of any length."""


@dataclass(frozen=True, slots=True)
class MalformedElement:
    """Stands in a batch for an element that is not of its type: the edge puts it there, and `read_each` gives it back.

    `field` is that of the element by its name in the API; None where the element as a whole is meant.
    """

    field: str | None
    reason: str


@strawberry.type(description="An element of a batch that cannot be used; the others count.")
class RefusedElement:
    """What is wrong with an element, as clients see it."""

    index: NonNegativeInt = strawberry.field(description="Its place in the batch, from 0.")
    field: str = strawberry.field(description="The field that is wrong, such as recordedAt.")
    reason: str = strawberry.field(description="What is wrong with it, in words.")
    example: str = strawberry.field(description="A value that would be taken.")

    @classmethod
    def of(cls, index: int, error: InvalidInputError, examples: Mapping[str, str]) -> Self:
        """Build the view of what is wrong with an element; `examples` has a value for each field, by its name in the API."""
        return cls(index=index, field=error.field, reason=error.message, example=examples[error.field])


class ElementMaker:
    """Makes the elements of one input, in the place of Strawberry; leaves one that is malformed as it is."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self._fields = definition.fields
        self._names: dict[str, str] = {}

    def __call__(
        self, kind: type, value: Mapping[str, Any] | MalformedElement, context: InputContext
    ) -> object:
        """Return the element of a value in the names of the API."""
        if isinstance(value, MalformedElement):
            return value
        if not self._names:
            name_of = context.config.name_converter.from_field
            self._names = {name_of(field): field.python_name for field in self._fields}
        return kind(**{self._names[name]: of_field for name, of_field in value.items()})


def judged_by_itself(kind: Input) -> Input:
    """Make an input the element of batches: one that is not of its type costs no other, wherever it stands in the variables.

    All fields of such an input are scalars or enums, and have a default.
    """
    definition: StrawberryObjectDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # set by @strawberry.input
    definition.from_input = ElementMaker(definition)
    return kind


def needed_field(description: str) -> Any:  # a default of any type of field, as that of strawberry.field is
    """Return a field that each element needs, to be read by `given`; in the schema it may be null.

    JavaScript writes NaN and Infinity as null: a null that the schema forbids would cost the batch before a resolver runs.
    """
    return strawberry.field(
        default=None, description=f"{description} Null, or left out, refuses this element alone."
    )


def given(value: Value | None, field: str) -> Value:
    """Return the value of a field that an element needs; raises InvalidInputError."""
    if value is None:
        raise InvalidInputError(field, "A value is needed here; null, as JavaScript writes NaN, is none.")
    return value


def read_each(
    batch: str,
    elements: Sequence[Element | MalformedElement | None],
    read: Callable[[Element], Value],
    examples: Mapping[str, str],
) -> tuple[dict[int, Value], list[RefusedElement]]:
    """Return the values of the elements that can be read by their place in the batch, and what is wrong with the others.

    `batch` is the field that holds the elements: what is wrong where one of them is null, or no such element at all. Its
    example stands for the fields that have none.
    """
    values: dict[int, Value] = {}
    refused: list[RefusedElement] = []
    for index, element in enumerate(elements):
        if isinstance(element, MalformedElement):
            refused.append(_as_refused(index, element, InvalidInputError(batch, "").field, examples))
            continue
        try:
            values[index] = read(given(element, batch))
        except InvalidInputError as error:
            refused.append(RefusedElement.of(index, error, examples))
    return values, refused


def _as_refused(
    index: int, malformed: MalformedElement, batch: str, examples: Mapping[str, str]
) -> RefusedElement:
    field = malformed.field or batch
    return RefusedElement(
        index=index,
        field=field,
        reason=malformed.reason[:_LONGEST_REASON],
        example=examples.get(field, examples[batch]),
    )


def read_device_time(text: str | None, field: str) -> datetime:
    """Return the moment that a device wrote into a field; raises InvalidInputError."""
    if (moment := find_moment(given(text, field))) is None:
        raise InvalidInputError(field, no_moment(text))
    return moment
