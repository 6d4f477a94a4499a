"""A GraphQL document of the shell: its operation, its variables, and the list whose pages it can follow."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    value_from_ast_untyped,
    visit,
)

from navswap.cli.asking.errors import MisusedError

AFTER: Final = "after"
OWN_VARIABLE: Final = "pagesAfter"
"""The variable by which the cursor is given where the document has none."""
TEXTS: Final = frozenset({"ID", "String", "DateTime"})
"""Types whose values are taken as they are typed: an id of digits is no number."""


@dataclass(frozen=True, slots=True)
class Paged:
    """A list whose pages can be followed: the document that takes a cursor, its variable, and where the list stands."""

    text: str
    variable: str
    path: tuple[str, ...]
    """Response names from the root to the connection."""
    begins_after: str | None
    """The cursor that the document names itself."""


@dataclass(frozen=True, slots=True)
class Document:
    """One operation of a document, with the fragments beside it."""

    text: str
    parsed: DocumentNode
    operation: OperationDefinitionNode

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The fragments of the document by name."""
        return {
            each.name.value: each
            for each in self.parsed.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    @property
    def name(self) -> str | None:
        """The name of the operation; None where it has none."""
        return self.operation.name.value if self.operation.name else None

    @property
    def is_subscription(self) -> bool:
        """Whether the answer is a stream."""
        return self.operation.operation is OperationType.SUBSCRIPTION

    @property
    def is_query(self) -> bool:
        """Whether it may be asked twice without harm."""
        return self.operation.operation is OperationType.QUERY

    @property
    def cursor_variable(self) -> str | None:
        """The variable of the root field's `after`, by which a stream is resumed; None where it has none."""
        for root in fields_of(self.operation.selection_set, self.fragments):
            for argument in root.arguments or ():
                if argument.name.value == AFTER and isinstance(argument.value, VariableNode):
                    return argument.value.name.value
        return None

    def variables(self, given: Mapping[str, Any], typed: Iterable[str]) -> dict[str, Any]:
        """Return the values of the variables: an object, over which go pairs `name=value` as they were typed.

        Raises MisusedError for a name that the operation does not declare, and for one that it needs and does not get.
        """
        declared = {each.variable.name.value: each for each in self.operation.variable_definitions or ()}
        values = dict(given)
        for pair in typed:
            name, equals, text = pair.partition("=")
            if not equals:
                raise MisusedError(f"--var {pair}: write it as name=value.")
            values[name] = _read(text, declared[name].type) if name in declared else text
        if unknown := values.keys() - declared.keys():
            listed = ", ".join(f"${name}" for name in declared) or "none"
            raise MisusedError(
                f"The operation declares no variable ${min(unknown)}; its variables are: {listed}."
            )
        missing = {
            name: print_ast(each.type)
            for name, each in declared.items()
            if isinstance(each.type, NonNullTypeNode) and each.default_value is None and name not in values
        }
        if missing:
            needed = ", ".join(f"${name}: {kind}" for name, kind in missing.items())
            options = " ".join(f"--var {name}=..." for name in missing)
            raise MisusedError(f"The operation needs {needed}. Give {options}; objects and lists as JSON.")
        return values

    def paged(self) -> Paged:
        """Return how the pages of the one list of the operation are followed; raises MisusedError where it is not one."""
        found = list(_connections(self.operation.selection_set, self.fragments, ()))
        if len(found) != 1:
            what = "no list with `edges`" if not found else "several lists with `edges`"
            raise MisusedError(f"--all follows the pages of one list; the operation asks for {what}.")
        path, connection = found[0]
        return _with_cursor(self, path, connection)


def read_document(text: str, operation: str | None) -> Document:
    """Return the operation of a document that is named, or the only one; raises MisusedError."""
    try:
        parsed = parse(text)
    except GraphQLSyntaxError as error:
        place = error.locations[0] if error.locations else None
        where = f" at line {place.line}, column {place.column}" if place else ""
        raise MisusedError(f"The document cannot be read{where}: {error.message}") from error
    operations = {
        each.name.value if each.name else "": each
        for each in parsed.definitions
        if isinstance(each, OperationDefinitionNode)
    }
    return Document(text, parsed, _chosen(operations, operation))


def fields_of(
    selections: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterable[FieldNode]:
    """Yield the fields of a selection, those of its fragments among them."""
    for selection in selections.selections if selections else ():
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                yield from fields_of(selection.selection_set, fragments)
            case FragmentSpreadNode() if selection.name.value in fragments:
                yield from fields_of(fragments[selection.name.value].selection_set, fragments)
            case _:
                continue


def _chosen(operations: Mapping[str, OperationDefinitionNode], name: str | None) -> OperationDefinitionNode:
    if not operations:
        raise MisusedError("The document holds no operation.")
    names = ", ".join(each for each in operations if each)
    if name is None:
        if len(operations) > 1:
            raise MisusedError(f"The document holds several operations; choose one by --operation: {names}.")
        return next(iter(operations.values()))
    if name not in operations:
        raise MisusedError(
            f"The document holds no operation {name}; it holds: {names or 'one without a name'}."
        )
    return operations[name]


def _read(text: str, kind: TypeNode) -> Any:
    """Return a typed value: JSON where the variable takes something other than a text, else the text itself."""
    named = kind.type if isinstance(kind, NonNullTypeNode) else kind
    if isinstance(named, NamedTypeNode) and named.name.value in TEXTS:
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text  # the name of an enum value, or for the API to refuse


def _connections(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    path: tuple[str, ...],
) -> Iterable[tuple[tuple[str, ...], FieldNode]]:
    """Yield the outermost fields that select `edges`, each with its path of response names."""
    for field in fields_of(selections, fragments):
        here = (*path, field.alias.value if field.alias else field.name.value)
        below = list(fields_of(field.selection_set, fragments))
        if any(each.name.value == "edges" for each in below):
            yield here, field
        else:
            yield from _connections(field.selection_set, fragments, here)


def _with_cursor(document: Document, path: tuple[str, ...], connection: FieldNode) -> Paged:
    """Return the document with the cursor of the list as a variable, and with what says how it goes on."""
    variable = OWN_VARIABLE
    begins_after: str | None = None
    for argument in connection.arguments or ():
        if argument.name.value == AFTER and isinstance(argument.value, VariableNode):
            variable = argument.value.name.value
        elif argument.name.value == AFTER:
            begins_after = value_from_ast_untyped(argument.value)
    cursor = _Cursor(document.operation, connection, variable)
    return Paged(print_ast(visit(document.parsed, cursor)), variable, path, begins_after)


class _Cursor(Visitor):
    """Rewrites one connection: it takes its cursor from a variable, and says whether and where it goes on."""

    def __init__(self, operation: OperationDefinitionNode, connection: FieldNode, variable: str) -> None:
        super().__init__()
        self._operation, self._connection = operation, connection
        head = f"query (${variable}: String)"
        (pattern,) = parse(
            f"{head} {{ list(after: ${variable}) {{ pageInfo {{ hasNextPage endCursor }} }} }}"
        ).definitions
        assert isinstance(pattern, OperationDefinitionNode)  # noqa: S101 - written two lines above; for the type checker
        (self._pattern,) = fields_of(pattern.selection_set, {})
        self._declared = pattern.variable_definitions or ()

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        """Return the connection with its cursor; None leaves any other field as it is."""
        if node is not self._connection:
            return None
        others = [each for each in node.arguments or () if each.name.value != AFTER]
        asked = [each.selection_set.selections for each in (node, self._pattern) if each.selection_set]
        return replace(
            node,
            arguments=(*others, *(self._pattern.arguments or ())),
            selection_set=SelectionSetNode(selections=tuple(each for part in asked for each in part)),
        )

    def enter_operation_definition(
        self, node: OperationDefinitionNode, *_: Any
    ) -> OperationDefinitionNode | None:
        """Return the operation with the variable of the cursor, unless it declares it itself."""
        declared = {each.variable.name.value for each in node.variable_definitions or ()}
        own = [each for each in self._declared if each.variable.name.value not in declared]
        if node is not self._operation or not own:
            return None
        return replace(node, variable_definitions=(*(node.variable_definitions or ()), *own))
