"""Fields that a higher slice joins to a type of a lower one, so that imports still go down only."""

from collections.abc import Callable
from typing import TypeVar

import strawberry
from strawberry.types.base import StrawberryObjectDefinition

Fields = TypeVar("Fields", bound=type)


def extends(kind: type) -> Callable[[Fields], Fields]:
    """Join the fields of a class to a type of the schema; `schema.py` must import the class.

    A field takes the object that it belongs to as `strawberry.Parent[kind]`, and costs nothing where it is not selected
    for it. Raises ValueError for a field that is not resolved, or whose name the type has already.
    """

    def join(fields: Fields) -> Fields:
        extended: StrawberryObjectDefinition = kind.__strawberry_definition__  # type: ignore[attr-defined]  # set by @strawberry.type
        known = {field.python_name for field in extended.fields}
        joined = strawberry.type(fields).__strawberry_definition__.fields  # type: ignore[attr-defined]  # as above
        for field in joined:
            if field.python_name in known or field.base_resolver is None:
                raise ValueError(f"{field.python_name} cannot be joined to {kind.__name__}")
        extended.fields.extend(joined)
        return fields

    return join
