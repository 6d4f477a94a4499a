"""Variables that hold batches: an element that is not of its type costs itself, and not the operation.

GraphQL refuses the variables of an operation as a whole. Only where it did, the batches in them are looked through: what stands for
an element that is malformed reaches the resolver as a `MalformedElement`, which `read_each` gives back with its place.
Variables without a fault are not looked at. What is written in the document itself is a matter of its validation.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    VariableDefinitionNode,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues
from graphql.pyutils import is_iterable
from graphql.utilities import validate_input_value

from navswap.edge.execution.reading import DEFINITION
from navswap.graphql.batches import ElementMaker, MalformedElement

_Path = tuple[str | int, ...]


class SiftedVariables:
    """The variables of an operation, with something of the right type in the place of each malformed element."""

    def __init__(
        self,
        schema: GraphQLSchema,
        definitions: Iterable[VariableDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self.malformed: dict[_Path, MalformedElement | None] = {}
        """None is a null that the document itself forbids."""
        self.variables = dict(variables)
        for node in definitions:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLVariableSignature) and signature.name in variables:
                name = signature.name
                self.variables[name] = self._sifted(variables[name], signature.type, (name,))

    def put_back(self, values: VariableValues) -> None:
        """Put into the values that resolvers take what is malformed in them."""
        for (*ways, last), element in self.malformed.items():
            holder: Any = values.coerced
            for way in ways:
                holder = holder[way]
            holder[last] = element

    def _sifted(self, value: Any, kind: GraphQLInputType, path: _Path) -> Any:
        named = get_nullable_type(kind)
        if is_input_object_type(named) and _is_of_batches(named):
            return self._element(value, named, path, may_be_null=named is kind)
        if value is None:
            return None
        if is_list_type(named):
            items = value if is_iterable(value) else [value]  # GraphQL takes one for a list of one
            return [self._item(item, named.of_type, (*path, index)) for index, item in enumerate(items)]
        if is_input_object_type(named) and isinstance(value, dict):
            fields = named.fields
            return {
                name: self._sifted(given, fields[name].type, (*path, name)) if name in fields else given
                for name, given in value.items()
            }
        return value

    def _item(self, item: Any, kind: GraphQLInputType, path: _Path) -> Any:
        """Return an item of a list; ids and the like are judged one by one where an item may be null."""
        if not is_leaf_type(kind):
            return self._sifted(item, kind, path)
        reason = _first_fault(item, kind)
        if reason is None:
            return item
        self.malformed[path] = MalformedElement(None, reason)
        return None

    def _element(self, value: Any, kind: GraphQLInputObjectType, path: _Path, *, may_be_null: bool) -> Any:
        malformed = None if value is None else _malformed(value, kind)
        if malformed is None and (value is not None or may_be_null):
            return value
        self.malformed[path] = malformed
        return {}


def _is_of_batches(kind: GraphQLInputObjectType) -> bool:
    return isinstance(getattr(kind.extensions.get(DEFINITION), "from_input", None), ElementMaker)


def _malformed(value: Any, kind: GraphQLInputObjectType) -> MalformedElement | None:
    """Return what is wrong with an element; None where it is of its type."""
    if not isinstance(value, dict):
        return MalformedElement(None, _first_fault(value, kind) or "")
    for name, of_field in value.items():
        field = kind.fields.get(name)
        if field is None:
            return MalformedElement(name, f"{kind.name} has no field of this name; leave it out.")
        reason = _first_fault(of_field, field.type)
        if reason is not None:
            return MalformedElement(name, reason)
    return None


def _first_fault(value: Any, kind: GraphQLInputType) -> str | None:
    """Return what GraphQL says first against a value; None where it is of the type."""
    faults: list[GraphQLError] = []
    validate_input_value(value, kind, lambda error, _: faults.append(error))
    return faults[0].message if faults else None
