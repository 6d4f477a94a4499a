"""What an answer depends on, where that is little enough for one answer to be right for all who select the same."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from strawberry.types.field import StrawberryField

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import choices_of
from navswap.edge.execution.reading import DEFINITION, reading_of
from navswap.edge.execution.selection import Field
from navswap.graphql.cacheable import VersionOf, version_in
from navswap.graphql.permissions import Access


def variables_of_events(executor: CompiledExecutor) -> tuple[str, ...] | None:
    """Return the variables that the answer to an event of a subscription depends on; None where it depends on more.

    More is: who asks, the database, the time, or arguments of a field below the root; a field that has a resolver with
    `info`, roles or arguments may depend on them. The root field of a subscription is its event.
    """
    kind = executor.schema.subscription_type
    if kind is None or not _Selections(executor).are_of_roots(kind):
        return None
    return choices_of(executor)


def sources_of(executor: CompiledExecutor) -> tuple[VersionOf, ...] | None:
    """Return what the answer to a query depends on besides its variables; None where it depends on more.

    That are the sources that its root fields declare by `cacheable`, where all below them depends on their values alone.
    """
    kind, operation = executor.schema.query_type, executor.operation
    if kind is None or operation.operation is not OperationType.QUERY or choices_of(executor) is None:
        return None
    selections = _Selections(executor)
    found = [
        _source_of(executor.schema.get_field(parent, node.name.value))
        for node, parent in selections.fields(kind, operation.selection_set)
        if node.name.value != "__typename"
    ]
    known = tuple(source for source in found if source is not None)
    return known if len(known) == len(found) and selections.are_of_roots(kind) else None


def _source_of(field: GraphQLField | None) -> VersionOf | None:
    """Return the source that a public field declares."""
    defined = None if field is None else field.extensions.get(DEFINITION)
    if not isinstance(defined, StrawberryField):
        return None
    is_public = all(
        isinstance(extension, Access) and extension.roles is None for extension in defined.extensions
    )
    return version_in(defined.metadata) if is_public else None


class _Selections:
    """The selections of one operation."""

    def __init__(self, executor: CompiledExecutor) -> None:
        self._schema: GraphQLSchema = executor.schema
        self._operation = executor.operation
        self._fragments = executor.fragment_definitions
        self._seen: set[tuple[str, int]] = set()

    def are_of_roots(self, root: GraphQLObjectType) -> bool:
        """Return whether all that is selected below the root fields depends on their values alone."""
        return all(
            node.selection_set is None or self._are_plain(get_named_type(field.type), node.selection_set)
            for node, kind in self.fields(root, self._operation.selection_set)
            if (field := self._schema.get_field(kind, node.name.value)) is not None
            and not node.name.value.startswith("__")
        )

    def _are_plain(self, kind: GraphQLNamedType, selections: SelectionSetNode) -> bool:
        key = (kind.name, id(selections))
        if key in self._seen:  # it is looked at already: fragments may be spread many times
            return True
        self._seen.add(key)
        return all(self._is_plain(parent, node) for node, parent in self.fields(kind, selections))

    def _is_plain(self, parent: GraphQLObjectType, node: FieldNode) -> bool:
        name = node.name.value
        definition = self._schema.get_field(parent, name)
        if definition is None or name == "__typename":
            return True
        field = Field(parent, name, definition, [], [node])
        return reading_of(self._schema, field).is_of_object and (
            node.selection_set is None or self._are_plain(get_named_type(definition.type), node.selection_set)
        )

    def fields(
        self, kind: GraphQLNamedType, selections: SelectionSetNode
    ) -> Iterator[tuple[FieldNode, GraphQLObjectType]]:
        """Yield the fields of a selection set with each type of an object that they may be selected of."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                for parent in self._objects(kind):
                    yield node, parent
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self.fields(
                    self._schema.type_map[fragment.type_condition.name.value], fragment.selection_set
                )
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = kind if named is None else self._schema.type_map[named.name.value]
                yield from self.fields(inner, node.selection_set)

    def _objects(self, kind: GraphQLNamedType) -> list[GraphQLObjectType]:
        if isinstance(kind, GraphQLObjectType):
            return [kind]
        if is_abstract_type(kind):
            abstract: GraphQLAbstractType = kind
            return list(self._schema.get_possible_types(abstract))
        return []
