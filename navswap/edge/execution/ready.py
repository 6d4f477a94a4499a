"""Operations that are ready to run: what has to be worked out of a good document before it can be executed, once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputType,
    GraphQLString,
    OperationDefinitionNode,
    VariableDefinitionNode,
    get_nullable_type,
    is_list_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from strawberry.types.graphql import OperationType

from navswap.edge.execution.batches import SiftedVariables
from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.sharing import sources_of
from navswap.graphql.cacheable import Version
from navswap.infra.telemetry import OPERATION_SECONDS, OPERATIONS

log = structlog.get_logger(__name__)

_MOST_COERCION_ERRORS = 50
"""As many as graphql-core reports."""
_TEXT: Final = frozenset({str})
_List = tuple[VariableDefinitionNode, GraphQLVariableSignature]


@dataclass(frozen=True, slots=True)
class Versions:
    """What the sources of an answer were when it was worked out."""

    seen: tuple[tuple[Version, object], ...]

    def are_current(self) -> bool:
        """Return whether none of the sources has changed, so that the answer would be the same again."""
        return all(version() is before for version, before in self.seen)


class ReadyOperation:
    """A query or a mutation of a good document: its executor but for what a request brings, and its measures."""

    def __init__(self, executor: CompiledExecutor, *, is_for_all: Callable[[], bool]) -> None:
        """Take the executor of one request for the pattern of all others.

        `is_for_all` returns whether every client may run the document; it is asked where the answer may be one for all.
        """
        operation = executor.operation
        self.kind = OperationType(operation.operation.value)
        self._executor = executor
        self._schema = executor.schema
        self._others, self._lists = _apart(executor, operation.variable_definitions or ())
        sources = sources_of(executor)
        self._sources = sources if sources is not None and is_for_all() else None
        name = self._name = name_of(operation)
        self._good = OPERATIONS.labels(name, self.kind.value, "ok")
        self._bad = OPERATIONS.labels(name, self.kind.value, "errors")
        self._seconds = OPERATION_SECONDS.labels(name, self.kind.value)

    def executor(
        self, variables: dict[str, Any] | None, **request: Any
    ) -> CompiledExecutor | list[GraphQLError]:
        """Return the executor of a request, or what is wrong with its variables."""
        values: VariableValues | list[GraphQLError] = self._executor.variable_values
        if self._others or self._lists:
            values = self._coerced(variables or {})
            if isinstance(values, list):
                return values
        return self._executor.for_request(variable_values=values, **request)

    def _coerced(self, variables: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the variables as resolvers take them: lists of texts, which may be long, as they are."""
        others, lists = self._others, {}
        for node, signature in self._lists:
            given = variables.get(signature.name)
            if type(given) is list and _TEXT.issuperset(map(type, given)):
                lists[signature.name] = VariableValueSource(signature, given)
            else:
                others = [*others, node]
        values = get_variable_values(self._schema, others, variables, max_errors=_MOST_COERCION_ERRORS)
        if isinstance(values, list):
            values = self._without_malformed(others, variables, values)
        if isinstance(values, list) or not lists:
            return values
        texts = {name: list(source.value) for name, source in lists.items()}
        return VariableValues({**values.sources, **lists}, {**values.coerced, **texts})

    def _without_malformed(
        self, nodes: list[VariableDefinitionNode], variables: dict[str, Any], errors: list[GraphQLError]
    ) -> VariableValues | list[GraphQLError]:
        """Return the variables that have errors as resolvers take them, if none but elements of batches are malformed; else the errors."""
        sifted = SiftedVariables(self._schema, nodes, variables)
        if not sifted.malformed:
            return errors
        values = get_variable_values(self._schema, nodes, sifted.variables, max_errors=_MOST_COERCION_ERRORS)
        if not isinstance(values, list):
            sifted.put_back(values)
        return values

    def versions(self, context: Any) -> Versions | None:
        """Return what the sources of the answer are now; None where it depends on more, or has to be worked out each time."""
        if self._sources is None:
            return None
        seen = []
        for source in self._sources:
            version = source(context)
            if (now := version()) is None:
                return None
            seen.append((version, now))
        return Versions(tuple(seen))

    def record(self, seconds: float, *, has_errors: bool) -> None:
        """Count one run and its time, and log that of a mutation."""
        (self._bad if has_errors else self._good).inc()
        self._seconds.observe(seconds)
        if self.kind is OperationType.MUTATION:
            log_mutation(self._name, seconds, has_errors=has_errors)


def _apart(
    executor: CompiledExecutor, variables: Iterable[VariableDefinitionNode]
) -> tuple[list[VariableDefinitionNode], list[_List]]:
    """Return the definitions of variables, those of lists whose items may be any text apart."""
    others: list[VariableDefinitionNode] = []
    lists: list[_List] = []
    for node in variables:
        signature = get_variable_signature(executor.schema, node)
        if isinstance(signature, GraphQLVariableSignature) and _is_list_of_texts(signature.type):
            lists.append((node, signature))
        else:
            others.append(node)
    return others, lists


def _is_list_of_texts(kind: GraphQLInputType) -> bool:
    named = get_nullable_type(kind)
    return is_list_type(named) and get_nullable_type(named.of_type) in {GraphQLID, GraphQLString}


def log_mutation(name: str, seconds: float, *, has_errors: bool) -> None:
    """Log a mutation, which can cause events: its line has their correlation id. One for each query would cost more than some do."""
    outcome = "errors" if has_errors else "ok"
    log.info("operation", operation=name, kind="mutation", outcome=outcome, seconds=round(seconds, 4))


def name_of(operation: OperationDefinitionNode) -> str:
    """Return what an operation is measured by: its first root field, a name that only the schema can choose."""
    first = next((node for node in operation.selection_set.selections if node.kind == "field"), None)
    return cast(Any, first).name.value if first is not None else "fragment"
