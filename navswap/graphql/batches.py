"""Batches of which each element is judged by itself: one that cannot be used comes back with its reason, and costs no other."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import strawberry

from navswap.graphql.scalars import NonNegativeInt, find_moment, no_moment
from navswap.kit.errors import InvalidInputError

Element = TypeVar("Element")
Value = TypeVar("Value")


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
    elements: Sequence[Element | None],
    read: Callable[[Element], Value],
    examples: Mapping[str, str],
) -> tuple[dict[int, Value], list[RefusedElement]]:
    """Return the values of the elements that can be read by their place in the batch, and what is wrong with the others.

    `batch` is the field that holds the elements: what is wrong where one of them is null.
    """
    values: dict[int, Value] = {}
    refused: list[RefusedElement] = []
    for index, element in enumerate(elements):
        try:
            values[index] = read(given(element, batch))
        except InvalidInputError as error:
            refused.append(RefusedElement.of(index, error, examples))
    return values, refused


def read_device_time(text: str | None, field: str) -> datetime:
    """Return the moment that a device wrote into a field; raises InvalidInputError."""
    if (moment := find_moment(given(text, field))) is None:
        raise InvalidInputError(field, no_moment(text))
    return moment
