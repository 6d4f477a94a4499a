"""How large a GraphQL document may be: one rule that walks every definition once.

The rule runs before all others and ends the validation when a limit is passed, so that no costlier rule sees
an oversized document. Fragments are measured once each and then added up, so nested spreads cost linear time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final, Self

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    KnownTypeNamesRule,
    NamedTypeNode,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
)
from graphql.validation import SDLValidationContext, ValidationContext
from graphql.validation.validate import ValidationAbortedError

from navswap.settings import Settings

_COUNT_CEILING = 1_000_000_000
"""Nested spreads multiply; beyond this the exact number is of no use."""

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})

_UNCOUNTED = -1_000_000
"""The depth below an introspection field: too low for anything under it to pass a limit."""

_CODES = {
    "depth": "QUERY_TOO_DEEP",
    "aliases": "TOO_MANY_ALIASES",
    "directives": "TOO_MANY_DIRECTIVES",
    "fields": "TOO_MANY_FIELDS",
    "introspections": "TOO_MANY_INTROSPECTIONS",
}

_MOST_MEANT_TYPES = 2
"""Unknown types of a document for which those are looked up that were meant: each costs a comparison with a thousand names."""

_MERGE_BUDGET = 8_000
"""Comparisons of fields with one name, two units each: about 25 ms, and 45 fragments on one object."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest document that is executed.

    `depth` is the longest path of fields, `fields`, `aliases` and `directives` are counted in one operation with
    every fragment spread in place, `tokens` are the lexical tokens of the whole document, comments included.
    Introspection below `__schema` and `__type` counts except for its depth, which graphql-core bounds itself;
    `introspections` are those two fields, each of which may walk the whole schema. `definitions` are the operations and
    fragments of the whole document, each of which every rule visits by itself; `variable_values` are the values in the
    variables, lists and objects walked.
    """

    depth: int = 12
    aliases: int = 30
    directives: int = 30
    fields: int = 500
    tokens: int = 3000
    introspections: int = 2
    definitions: int = 100
    variable_values: int = 20_000

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits that the settings name."""
        return cls(
            depth=settings.max_query_depth,
            aliases=settings.max_query_aliases,
            directives=settings.max_query_directives,
            fields=settings.max_query_fields,
            tokens=settings.max_query_tokens,
            definitions=settings.max_query_definitions,
            variable_values=settings.max_variable_values,
        )


class LimitExceededError(ValidationAbortedError):
    """An operation is larger than a limit; `extensions` hold the code, the limit and the actual size."""

    def __init__(self, what: str, limit: int, actual: int, operation: OperationDefinitionNode) -> None:
        measured = f"at least {actual}" if actual >= _COUNT_CEILING else str(actual)
        super().__init__(
            f"The operation has {what} {measured}, over the limit of {limit}.",
            nodes=operation,
            extensions={"code": _CODES[what], "limit": limit, "actual": actual},
        )


@dataclass(slots=True)
class _Size:
    """What a definition holds, its fragments spread in place."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    introspections: int = 0

    def spread(self, fragment: "_Size", depth: int) -> None:
        """Add a fragment that is spread below `depth` fields."""
        self.depth = max(self.depth, depth + fragment.depth)
        self.aliases = min(self.aliases + fragment.aliases, _COUNT_CEILING)
        self.directives = min(self.directives + fragment.directives, _COUNT_CEILING)
        self.fields = min(self.fields + fragment.fields, _COUNT_CEILING)
        self.introspections = min(self.introspections + fragment.introspections, _COUNT_CEILING)


@dataclass(slots=True)
class _Outline:
    """What a definition holds itself, and which fragments it spreads below how many fields."""

    own: _Size
    spreads: list[tuple[str, int]]

    def total(self, fragments: Mapping[str, _Size]) -> _Size:
        """Return the size with every known fragment in place; another rule reports an unknown one."""
        size = replace(self.own)
        for name, depth in self.spreads:
            if name in fragments:
                size.spread(fragments[name], depth)
        return size


@cache
def limits_rule(limits: Limits) -> type[ValidationRule]:
    """Return the rule of these limits: the same class each time, so that findings can be kept by it."""

    class LimitsRule(ValidationRule):
        """Ends the validation at the first operation that passes a limit."""

        def enter_document(self, document: DocumentNode, *_args: Any) -> None:
            for operation, size in _measure(document):
                for what in _CODES:
                    if getattr(size, what) > getattr(limits, what):
                        raise LimitExceededError(what, getattr(limits, what), getattr(size, what), operation)
            if (definitions := len(document.definitions)) > limits.definitions:
                raise TooManyDefinitionsError(limits.definitions, definitions)

    return LimitsRule


class TooManyDefinitionsError(ValidationAbortedError):
    """A document has more operations and fragments than are read in one request."""

    def __init__(self, limit: int, actual: int) -> None:
        super().__init__(
            f"The document has definitions {actual}, over the limit of {limit}.",
            extensions={"code": "TOO_MANY_DEFINITIONS", "limit": limit, "actual": actual},
        )


class TooManyValuesError(GraphQLError):
    """The variables of an operation hold more values than are read in one request."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The variables hold more than {limit} values; send them in several requests.",
            extensions={"code": "TOO_MANY_VARIABLE_VALUES", "limit": limit},
        )


_SINGLE: Final = frozenset({str, int, float, bool, type(None)})
"""What holds no other values in JSON."""


def has_more_values(variables: Any, limit: int) -> bool:
    """Return whether variables, as JSON, hold more than so many values; no more than those are looked at."""
    pending, seen = [variables], 0
    while pending:
        value = pending.pop()
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        seen += len(children)
        if seen > limit:
            return True
        if not _SINGLE.issuperset(map(type, children)):
            pending.extend(children)
    return False


class BoundedTypeNamesRule(KnownTypeNamesRule):
    """Reports unknown types, the first of a document with those that may have been meant."""

    def __init__(self, context: ValidationContext | SDLValidationContext) -> None:
        super().__init__(context)
        self._unknown = 0

    def enter_named_type(self, node: NamedTypeNode, *args: Any) -> None:
        """Report a type that the schema has not."""
        self._unknown += node.name.value not in self.existing_types_map
        if self._unknown > _MOST_MEANT_TYPES:
            self.type_names = []
        super().enter_named_type(node, *args)


class BoundedMergeRule(OverlappingFieldsCanBeMergedRule):
    """Compares the fields of one name, whose number of pairs grows by the square, within a budget.

    graphql-core's own budget stands for seconds, and its error does not say what to do.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = _MERGE_BUDGET

    def enter_selection_set(
        self, selection_set: SelectionSetNode, _key: Any, parent: Any, *_args: Any
    ) -> None:
        """Compare the fields of one level; end the validation once the budget is spent."""
        try:
            super().enter_selection_set(selection_set, _key, parent)
        except ValidationAbortedError as spent:
            raise TooManyOverlapsError(selection_set) from spent


class TooManyOverlapsError(ValidationAbortedError):
    """One object is selected so often in one document that checking it would take too long."""

    def __init__(self, selection_set: SelectionSetNode) -> None:
        super().__init__(
            "The same fields are selected too many times in one place; use fewer fragments or selections of one object.",
            nodes=selection_set,
            extensions={"code": "TOO_MANY_OVERLAPPING_FIELDS"},
        )


def _measure(document: DocumentNode) -> Iterator[tuple[OperationDefinitionNode, _Size]]:
    outlines = {
        definition.name.value: _outline(definition)
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    fragments: dict[str, _Size] = {}
    for name in _innermost_first(outlines):
        fragments[name] = outlines[name].total(fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            yield definition, _outline(definition).total(fragments)


def _innermost_first(outlines: Mapping[str, _Outline]) -> tuple[str, ...]:
    graph = {
        name: [spread for spread, _ in outline.spreads if spread in outlines]
        for name, outline in outlines.items()
    }
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError:
        return ()  # another rule refuses a document whose fragments form a cycle


def _outline(definition: OperationDefinitionNode | FragmentDefinitionNode) -> _Outline:
    size = _Size(directives=_directives_of(definition))
    spreads: list[tuple[str, int]] = []
    pending = [(definition.selection_set, 0)]
    while pending:
        selection_set, depth = pending.pop()
        for node in selection_set.selections:
            size.directives += len(node.directives or ())
            if isinstance(node, FragmentSpreadNode):
                spreads.append((node.name.value, depth))
                continue
            if isinstance(node, FieldNode):
                size.fields += 1
                size.aliases += node.alias is not None
                size.introspections += node.name.value in INTROSPECTION_FIELDS
                size.depth = max(size.depth, depth + 1)
            nested = getattr(node, "selection_set", None)
            if nested is not None:
                pending.append((nested, _depth_below(node, depth)))
    return _Outline(size, spreads)


def _depth_below(node: SelectionNode, depth: int) -> int:
    if not isinstance(node, FieldNode):
        return depth
    return _UNCOUNTED if node.name.value in INTROSPECTION_FIELDS else depth + 1


def _directives_of(definition: OperationDefinitionNode | FragmentDefinitionNode) -> int:
    variables = definition.variable_definitions or ()
    return len(definition.directives or ()) + sum(len(variable.directives or ()) for variable in variables)
