"""Documents are parsed once, checked once and kept; what a client may read of a bad one depends on its role."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    KnownTypeNamesRule,
    OverlappingFieldsCanBeMergedRule,
    ValidationRule,
    get_operation_ast,
    specified_rules,
    validate,
)
from graphql import (
    ExecutionResult as GraphQLExecutionResult,
)
from graphql.validation import ASTValidationRule
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from navswap.edge.execution.ready import ReadyOperation
from navswap.edge.limits import (
    INTROSPECTION_FIELDS,
    BoundedMergeRule,
    BoundedTypeNamesRule,
    LimitExceededError,
    Limits,
    TooManyDefinitionsError,
    TooManyOverlapsError,
    TooManyValuesError,
    has_more_values,
    limits_rule,
)

_BOUNDED: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    OverlappingFieldsCanBeMergedRule: BoundedMergeRule,
    KnownTypeNamesRule: BoundedTypeNamesRule,
}
"""What stands in for rules of graphql-core whose work grows faster than the document."""
_INTROSPECTION_OFF = "INTROSPECTION_OFF"
_MOST_ERRORS = 20
"""What a reader can use; each error looks for names that were meant, which takes more than a millisecond."""


class NoIntrospectionRule(ValidationRule):
    """Refuses `__schema` and `__type`."""

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Report an introspection field."""
        if node.name.value in INTROSPECTION_FIELDS:
            self.report_error(
                GraphQLError(
                    "Introspection is open to signed-in users only.",
                    node,
                    extensions={"code": _INTROSPECTION_OFF},
                )
            )


@dataclass(slots=True)
class KnownDocument:
    """A parsed document and, once it was checked, what is wrong with it."""

    node: DocumentNode
    findings: dict[bool, list[GraphQLError]] = field(default_factory=dict)
    introspections: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    """What its operations that read nothing but the schema answer, by operation name."""
    ready: dict[str | None, ReadyOperation] = field(default_factory=dict)
    """Its queries and mutations that ran before, by operation name."""
    event_variables: dict[str | None, tuple[str, ...] | None] = field(default_factory=dict)
    """What `execution/sharing.py` found of its subscriptions, by operation name."""


class Documents:
    """The documents that one schema saw last.

    At most `entries` are kept, and none longer than `longest` characters, so that unique documents cannot fill
    the memory. A document that does not parse is not kept.
    """

    def __init__(self, limits: Limits, *, entries: int = 512, longest: int = 20_000) -> None:
        self.limits = limits
        self._entries = entries
        self._longest = longest
        self._known: OrderedDict[str, KnownDocument] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, source: str) -> KnownDocument | None:
        """Return the document of that text if it is kept."""
        known = self._known.get(source)
        if known is not None:
            self._known.move_to_end(source)
        return known

    def keep(self, source: str, node: DocumentNode) -> KnownDocument:
        """Keep a parsed document, in place of the one that was not used for longest."""
        known = KnownDocument(node)
        if len(source) <= self._longest:
            self._known[source] = known
            if len(self._known) > self._entries:
                self._known.popitem(last=False)
        return known

    def check(self, schema: GraphQLSchema, known: KnownDocument, *, hide_schema: bool) -> list[GraphQLError]:
        """Return what is wrong with the document, nothing for a valid one.

        With `hide_schema` the answer shows nothing of the schema: no introspection, and one error that names no field.
        """
        if hide_schema not in known.findings:
            errors = validate(
                schema,
                known.node,
                self._rules(hide_schema),
                max_errors=_MOST_ERRORS,
                hide_suggestions=hide_schema,
            )
            known.findings[hide_schema] = (
                _without_schema(errors) if hide_schema else [_coded(error) for error in errors]
            )
        return list(known.findings[hide_schema])

    def _rules(self, hide_schema: bool) -> list[Any]:
        own = [limits_rule(self.limits), *([NoIntrospectionRule] if hide_schema else [])]
        standard = [_BOUNDED.get(rule, rule) for rule in specified_rules]
        return [*own, *standard, MaybeNullValidationRule, OneOfInputValidationRule]


class DocumentGuard(SchemaExtension):
    """Parses within the token limit, checks, and keeps; refuses a document whose operation is not clear."""

    def __init__(self, documents: Documents, hides_schema_from: Callable[[Any], bool]) -> None:
        super().__init__()
        self._documents = documents
        self._hides_schema_from = hides_schema_from
        self._known: KnownDocument | None = None

    def on_operation(self) -> Iterator[None]:
        """Set the token limit for the parser."""
        self.execution_context.parse_options["max_tokens"] = self._documents.limits.tokens
        yield

    def on_parse(self) -> Iterator[None]:
        """Take a kept document, or keep the one that Strawberry parses."""
        operation = self.execution_context
        source = operation.query or ""
        self._known = self._documents.find(source)
        if self._known is not None:
            operation.graphql_document = self._known.node
        yield
        if self._known is None and operation.graphql_document is not None:
            self._known = self._documents.keep(source, operation.graphql_document)

    def on_validate(self) -> Iterator[None]:
        """Hand Strawberry the findings in place of its own validation."""
        operation = self.execution_context
        assert self._known is not None  # noqa: S101 - Strawberry validates only what was parsed
        if has_more_values(operation.variables, limit := self._documents.limits.variable_values):
            operation.pre_execution_errors = [TooManyValuesError(limit)]
            yield
            return
        operation.pre_execution_errors = self._documents.check(
            operation.schema._schema,  # noqa: SLF001 - Strawberry hands its graphql-core schema out no other way
            self._known,
            hide_schema=self._hides_schema_from(operation.context),
        )
        named = operation._provided_operation_name  # noqa: SLF001 - elsewhere the first operation's name fills in
        if get_operation_ast(self._known.node, named) is None:
            operation.pre_execution_errors.append(
                GraphQLError(
                    "The document has several operations; say in operationName which one to run.",
                    extensions={"code": "OPERATION_RESOLUTION_FAILURE"},
                )
            )
        yield

    def on_execute(self) -> Iterator[None]:
        """Answer a second introspection from memory: the schema does not change, and walking it takes long."""
        running = self.execution_context
        known, name = self._known, running.operation_name
        if known is None or not reads_only_the_schema(known.node, name):
            yield
            return
        if name in known.introspections:
            running.result = GraphQLExecutionResult(known.introspections[name], None)
        yield
        result = running.result
        if isinstance(result, GraphQLExecutionResult) and result.data is not None and not result.errors:
            known.introspections[name] = result.data


def reads_only_the_schema(document: DocumentNode, operation_name: str | None) -> bool:
    """Return whether an operation has introspection fields only, and no variables that could change its answer."""
    operation = get_operation_ast(document, operation_name)
    return (
        operation is not None
        and not operation.variable_definitions
        and all(
            isinstance(node, FieldNode) and node.name.value in INTROSPECTION_FIELDS
            for node in operation.selection_set.selections
        )
    )


def _coded(error: GraphQLError) -> GraphQLError:
    if "code" not in (error.extensions or {}):
        error.extensions = {**(error.extensions or {}), "code": "GRAPHQL_VALIDATION_FAILED"}
    return error


def _without_schema(errors: list[GraphQLError]) -> list[GraphQLError]:
    own = [error for error in errors if _names_no_schema(error)]
    if own or not errors:
        return own
    return [
        GraphQLError(
            "The document is not valid against the schema; sign in to learn why.",
            extensions={"code": "GRAPHQL_VALIDATION_FAILED"},
        )
    ]


def _names_no_schema(error: GraphQLError) -> bool:
    return (
        isinstance(error, (LimitExceededError, TooManyDefinitionsError, TooManyOverlapsError))
        or (error.extensions or {}).get("code") == _INTROSPECTION_OFF
    )
