"""Enums at the edge: the business's own, with every value explained."""

from collections.abc import Mapping
from enum import Enum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition


def describe_enum(
    kind: type[Enum], description: str, values: Mapping[str, str], *, name: str | None = None
) -> None:
    """Make an enum part of the schema; raises ValueError unless exactly its values are explained."""
    if set(values) != {member.name for member in kind}:
        raise ValueError(f"{kind.__name__} needs an explanation for each of its values and no other")
    strawberry.enum(kind, name=name, description=description)
    definition: StrawberryEnumDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = values[value.name]
