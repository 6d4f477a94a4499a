"""Documents are parsed once, checked once and kept; what a caller may learn from a bad one depends on who asks."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    ValidationRule,
    get_operation_ast,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from navswap.graphql.limits import LimitExceededError, Limits, limits_rule

_INTROSPECTION_OFF = "INTROSPECTION_OFF"


class NoIntrospectionRule(ValidationRule):
    """Refuses `__schema` and `__type`."""

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Report an introspection field."""
        if node.name.value in {"__schema", "__type"}:
            self.report_error(
                GraphQLError(
                    "Introspection is open to signed-in users only.",
                    node,
                    extensions={"code": _INTROSPECTION_OFF},
                )
            )


@dataclass(slots=True)
class KnownDocument:
    """A parsed document and, once somebody asked, what is wrong with it."""

    node: DocumentNode
    findings: dict[bool, list[GraphQLError]] = field(default_factory=dict)


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

    def check(self, schema: GraphQLSchema, known: KnownDocument, *, secretive: bool) -> list[GraphQLError]:
        """Return what is wrong with the document, nothing for a valid one.

        Secretive, nothing of the schema is told: no introspection, and one error that names no field.
        """
        if secretive not in known.findings:
            errors = validate(schema, known.node, self._rules(secretive), hide_suggestions=secretive)
            known.findings[secretive] = (
                _secretive(errors) if secretive else [_coded(error) for error in errors]
            )
        return list(known.findings[secretive])

    def _rules(self, secretive: bool) -> list[Any]:
        own = [limits_rule(self.limits), *([NoIntrospectionRule] if secretive else [])]
        return [*own, *specified_rules, MaybeNullValidationRule, OneOfInputValidationRule]


class DocumentGuard(SchemaExtension):
    """Parses within the token limit, checks, and keeps; refuses a document whose operation is not clear."""

    def __init__(self, documents: Documents, is_secretive: Callable[[Any], bool]) -> None:
        super().__init__()
        self._documents = documents
        self._is_secretive = is_secretive
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
        operation.pre_execution_errors = self._documents.check(
            operation.schema._schema,  # noqa: SLF001 - Strawberry hands its graphql-core schema out no other way
            self._known,
            secretive=self._is_secretive(operation.context),
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


def _coded(error: GraphQLError) -> GraphQLError:
    if "code" not in (error.extensions or {}):
        error.extensions = {**(error.extensions or {}), "code": "GRAPHQL_VALIDATION_FAILED"}
    return error


def _secretive(errors: list[GraphQLError]) -> list[GraphQLError]:
    ours = [error for error in errors if _tells_nothing(error)]
    if ours or not errors:
        return ours
    return [
        GraphQLError(
            "The document is not valid against the schema; sign in to learn why.",
            extensions={"code": "GRAPHQL_VALIDATION_FAILED"},
        )
    ]


def _tells_nothing(error: GraphQLError) -> bool:
    return isinstance(error, LimitExceededError) or (error.extensions or {}).get("code") == _INTROSPECTION_OFF
