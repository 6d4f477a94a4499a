"""Whether the answer to an event depends on the event alone, so that one answer is right for all who select the same."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import choices_of
from navswap.edge.execution.reading import reading_of
from navswap.edge.execution.selection import Field


def variables_of_events(executor: CompiledExecutor) -> tuple[str, ...] | None:
    """Return the variables that the answer to an event of a subscription depends on; None where it depends on more.

    More is: who asks, the database, the time, or arguments of a field below the root; a field that has a resolver with
    `info`, roles or arguments may depend on them. The root field of a subscription is its event.
    """
    kind = executor.schema.subscription_type
    if kind is None or not _Selections(executor).are_of_event(kind):
        return None
    return choices_of(executor)


class _Selections:
    """The selections of one operation."""

    def __init__(self, executor: CompiledExecutor) -> None:
        self._schema: GraphQLSchema = executor.schema
        self._operation = executor.operation
        self._fragments = executor.fragment_definitions
        self._seen: set[tuple[str, int]] = set()

    def are_of_event(self, root: GraphQLObjectType) -> bool:
        """Return whether all that is selected below the root fields depends on the event alone."""
        return all(
            node.selection_set is None or self._are_plain(get_named_type(field.type), node.selection_set)
            for node, kind in self._fields(root, self._operation.selection_set)
            if (field := self._schema.get_field(kind, node.name.value)) is not None
            and not node.name.value.startswith("__")
        )

    def _are_plain(self, kind: GraphQLNamedType, selections: SelectionSetNode) -> bool:
        key = (kind.name, id(selections))
        if key in self._seen:  # it is looked at already: fragments may be spread many times
            return True
        self._seen.add(key)
        return all(self._is_plain(parent, node) for node, parent in self._fields(kind, selections))

    def _is_plain(self, parent: GraphQLObjectType, node: FieldNode) -> bool:
        name = node.name.value
        definition = self._schema.get_field(parent, name)
        if definition is None or name == "__typename":
            return True
        field = Field(parent, name, definition, [], [node])
        return reading_of(self._schema, field).is_of_object and (
            node.selection_set is None or self._are_plain(get_named_type(definition.type), node.selection_set)
        )

    def _fields(
        self, kind: GraphQLNamedType, selections: SelectionSetNode
    ) -> Iterator[tuple[FieldNode, GraphQLObjectType]]:
        """Yield the fields of a selection set with each type of an object that they may be selected of."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                for parent in self._objects(kind):
                    yield node, parent
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self._fields(
                    self._schema.type_map[fragment.type_condition.name.value], fragment.selection_set
                )
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = kind if named is None else self._schema.type_map[named.name.value]
                yield from self._fields(inner, node.selection_set)

    def _objects(self, kind: GraphQLNamedType) -> list[GraphQLObjectType]:
        if isinstance(kind, GraphQLObjectType):
            return [kind]
        if is_abstract_type(kind):
            abstract: GraphQLAbstractType = kind
            return list(self._schema.get_possible_types(abstract))
        return []
