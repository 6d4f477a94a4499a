"""The plans of one schema: written when an operation comes again, kept for as long as its document is."""

import weakref
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    DirectiveNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution import collect_fields

from navswap.edge.execution.classes import runtime_type_of
from navswap.edge.execution.generation import Budget, TooLargeError, subfields, write_object, write_value
from navswap.edge.execution.selection import Completion, Position

if TYPE_CHECKING:
    from graphql.execution.collect_fields import FieldDetailsList

    from navswap.edge.execution.executor import CompiledExecutor

MOST_VARIANTS: Final = 16
"""Plans of one operation: its `@skip` and `@include` may choose among more selections than are worth keeping."""

_CONDITIONS: Final = frozenset({GraphQLSkipDirective.name, GraphQLIncludeDirective.name})


class Plans:
    """The plans of the operations that one schema runs, by operation of a parsed document.

    A plan is written when its operation runs for the `runs`-th time: an operation that comes once is not worth it. It goes
    when its document goes, so that the bound on parsed documents bounds the plans as well.
    """

    def __init__(self, *, runs: int = 2) -> None:
        self._runs = runs
        self._known: dict[int, tuple[weakref.ref[OperationDefinitionNode], Operation]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, executor: "CompiledExecutor") -> "Variant | None":
        """Return the plan of the operation that an executor runs, None where graphql-core is to run it."""
        node = executor.operation
        known = self._known.get(id(node))
        if known is None:
            operation = Operation(executor)
            self._known[id(node)] = (weakref.ref(node, partial(_forget, self._known, id(node))), operation)
        else:
            operation = known[1]
        operation.runs += 1
        if operation.runs < self._runs:
            return None
        return operation.always.get(executor.is_for_json) or operation.variant(executor)


def _forget(known: dict[int, Any], key: int, _gone: "weakref.ref[OperationDefinitionNode]") -> None:
    known.pop(key, None)


class Operation:
    """One operation of a document: how often it ran, and its plans by what its `@skip` and `@include` choose."""

    def __init__(self, executor: "CompiledExecutor") -> None:
        self.runs = 0
        self.always: dict[bool, Variant] = {}
        """Its plans by `is_for_json`, where there is nothing to choose."""
        self._choices = choices_of(executor)
        self._variants: OrderedDict[tuple[object, ...], Variant] = OrderedDict()

    def variant(self, executor: "CompiledExecutor") -> "Variant | None":
        """Return the plan for the variables of an executor; None where a directive is not for plans."""
        if self._choices is None:
            return None
        values = executor.variable_values.coerced
        chosen = (executor.is_for_json, *(values.get(name) for name in self._choices))
        if not all(isinstance(choice, bool) for choice in chosen):
            return None
        known = self._variants.get(chosen)
        if known is None:
            known = self._variants[chosen] = Variant()
            if len(self._variants) > MOST_VARIANTS:
                self._variants.popitem(last=False)
        if not self._choices:
            self.always[executor.is_for_json] = known
        return known


class Variant:
    """The plan of one operation, for one choice of its `@skip` and `@include`; each function is written at its first use."""

    def __init__(self) -> None:
        self._budget = Budget()
        self._root: Completion | None = None
        self._is_too_large = False
        self._objects: dict[tuple[str, tuple[int, ...]], Completion | None] = {}

    def root(self, executor: "CompiledExecutor", kind: GraphQLObjectType) -> Completion | None:
        """Return what completes the whole operation, None for one that is too large."""
        if self._root is None and not self._is_too_large:
            try:
                self._root = self._written_root(executor, kind)
            except TooLargeError:
                self._is_too_large = True
        return self._root

    def _written_root(self, executor: "CompiledExecutor", kind: GraphQLObjectType) -> Completion:
        collected = collect_fields.collect_fields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            kind,
            executor.operation,
            executor.hide_suggestions,
        )
        is_root = executor.operation.operation is OperationType.QUERY
        fields = collected.grouped_field_set
        return write_object(executor, self._budget, kind, fields, None, is_root=is_root)

    def at_object(
        self, executor: "CompiledExecutor", kind: GraphQLObjectType, details: "FieldDetailsList"
    ) -> Completion | None:
        """Return what completes an object that graphql-core came to, None where there is no plan."""
        key = (kind.name, tuple(id(found.node) for found in details))
        if key not in self._objects:
            self._objects[key] = self._written(executor, kind, details, None)
        return self._objects[key]

    def learn(self, executor: "CompiledExecutor", position: Position, value: Any) -> Completion | None:
        """Remember for a position of an abstract type what completes instances of the value's class."""
        kind = runtime_type_of(executor.schema, position.inner, value)
        complete = None if kind is None else self._written(executor, kind, position.field.details, position)
        position.by_class[type(value)] = complete
        return complete

    def completion_of(self, executor: "CompiledExecutor", position: Position) -> Completion:
        """Return what completes an awaited value of a position."""
        try:
            complete = write_value(executor, self._budget, position)
        except TooLargeError:
            complete = _by_reference(position)
        position.completion = complete
        return complete

    def _written(
        self,
        executor: "CompiledExecutor",
        kind: GraphQLObjectType,
        details: "FieldDetailsList",
        parent: Position | None,
    ) -> Completion | None:
        try:
            return write_object(executor, self._budget, kind, subfields(executor, kind, details), parent)
        except TooLargeError:
            return None


def choices_of(executor: "CompiledExecutor") -> tuple[str, ...] | None:
    """Return the variables of the `@skip` and `@include` of an operation, None where it has other directives."""
    directives = list(_directives_in(executor))
    if any(directive.name.value not in _CONDITIONS for directive in directives):
        return None
    return tuple(dict.fromkeys(_variables_of(directives)))


def _by_reference(position: Position) -> Completion:
    return lambda run, value, at: run.finish(position, at, value)  # type: ignore[arg-type]  # a value has a path


def _directives_in(executor: "CompiledExecutor") -> list[DirectiveNode]:
    """Return the directives of everything that an operation selects, and of the operation itself."""
    found: list[DirectiveNode] = list(executor.operation.directives or ())
    pending: list[SelectionSetNode] = [executor.operation.selection_set]
    seen: set[str] = set()
    while pending:
        for node in pending.pop().selections:
            found.extend(node.directives or ())
            nested = getattr(node, "selection_set", None)
            if isinstance(node, FragmentSpreadNode):
                fragment = executor.fragments.get(node.name.value)
                if fragment is None or node.name.value in seen:
                    continue
                seen.add(node.name.value)
                found.extend(fragment.definition.directives or ())
                nested = fragment.definition.selection_set
            if nested is not None:
                pending.append(nested)
    return found


def _variables_of(directives: list[DirectiveNode]) -> list[str]:
    return [
        argument.value.name.value
        for directive in directives
        for argument in directive.arguments or ()
        if isinstance(argument.value, VariableNode)
    ]
