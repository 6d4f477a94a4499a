"""The Strawberry schema that the API is served by: bounded documents, masked errors, measured operations."""

import inspect
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self, cast

import pymongo
from graphql import (
    ExecutionResult as GraphQLExecutionResult,
)
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
    get_operation_ast,
)
from graphql import (
    OperationType as GraphQLOperationType,
)
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from navswap.edge.deadline import Deadline
from navswap.edge.documents import DocumentGuard, Documents, KnownDocument, reads_only_the_schema
from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import Plans
from navswap.edge.execution.ready import ReadyOperation, Versions, log_mutation, name_of
from navswap.edge.limits import Limits, has_more_values
from navswap.edge.masking import presentable, without_suggestions
from navswap.graphql.scalars import SCALARS
from navswap.infra.telemetry import OPERATION_SECONDS, OPERATIONS
from navswap.settings import Environment, Settings
from navswap.store_settings import DATABASE_SECONDS


def _hides_from_no_client(_context: Any) -> bool:
    return False


def _hides_from_anonymous_clients(context: Any) -> bool:
    return getattr(context, "principal", None) is None


@dataclass(frozen=True, slots=True)
class SchemaPolicy:
    """The limits of a schema; `hides_schema_from` decides by the context whether the client may see the schema.

    `database_seconds` is how long a query or a mutation may work in the database. An operation is compiled
    when it runs for the `compile_at_run`-th time; 0 leaves all operations to graphql-core.
    """

    limits: Limits = field(default_factory=Limits)
    hides_schema_from: Callable[[Any], bool] = _hides_from_no_client
    database_seconds: float = DATABASE_SECONDS
    compile_at_run: int = 2

    def plans(self) -> Plans | None:
        """Return where a schema keeps its plans, None where graphql-core runs everything."""
        return Plans(runs=self.compile_at_run) if self.compile_at_run else None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the policy of the settings: production hides the schema from anonymous clients."""
        production = settings.environment is Environment.PRODUCTION
        return cls(
            Limits.of(settings),
            _hides_from_anonymous_clients if production else _hides_from_no_client,
            settings.operation_database_seconds,
            settings.compile_at_run,
        )


@dataclass
class CacheableResult(ExecutionResult):
    """An answer without errors that is right for all clients for as long as the versions are current."""

    operation: ReadyOperation = field(kw_only=True)
    versions: Versions = field(kw_only=True)


class LimitedSchema(Schema):
    """A Strawberry schema that bounds every document and masks every bug; takes what `Schema` takes."""

    def __init__(
        self,
        *,
        policy: SchemaPolicy = SchemaPolicy(),
        extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
        **parts: Any,
    ) -> None:
        more = list(extensions)
        documents = self.documents = Documents(policy.limits)
        self.plans = policy.plans()
        self._policy = policy
        self._has_more_extensions = bool(more)
        super().__init__(
            extensions=[
                OperationMeter,
                lambda: DocumentGuard(documents, policy.hides_schema_from),
                lambda: Deadline(policy.database_seconds),
                *more,
            ],
            **{"execution_context_class": CompiledExecutor, "scalar_overrides": SCALARS, **parts},
        )

    async def execute(  # noqa: PLR0913 - the arguments are Strawberry's, but for one
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
        *,
        is_for_json: bool = False,
    ) -> ExecutionResult:
        """Execute a query or a mutation; with `is_for_json` parts of the data may be an `orjson.Fragment`.

        Then the result is a CacheableResult where it may be cached.

        An operation that ran before takes a short way: its document was found good, its executor is at hand, and Strawberry's
        lifecycle of extensions, which costs more than a small operation itself, has nothing left to do but deadline and measure.
        """
        known = self._good_document(query, variable_values, context_value)
        ready = None if known is None else self._ready(known, variable_values, operation_name)
        allowed = (
            DEFAULT_ALLOWED_OPERATION_TYPES if allowed_operation_types is None else allowed_operation_types
        )
        if ready is None or ready.kind not in allowed:
            return await super().execute(
                query,
                variable_values,
                context_value,
                root_value,
                operation_name,
                allowed_operation_types,
                operation_extensions,
            )
        started = time.perf_counter()
        versions = ready.versions(context_value) if is_for_json else None
        executor = ready.executor(
            variable_values,
            root_value=root_value,
            context_value=context_value,
            operation_extensions=operation_extensions,
            is_for_json=is_for_json,
        )
        ran, has_waited = (
            (GraphQLExecutionResult(None, executor), False)
            if isinstance(executor, list)
            else await self._run(executor)
        )
        if ran.errors:
            _present(ran.errors, hide_schema=self._policy.hides_schema_from(context_value))
        ready.record(time.perf_counter() - started, has_errors=bool(ran.errors))
        if versions is None or has_waited or ran.errors:
            return ExecutionResult(data=ran.data, errors=ran.errors, extensions={})
        return CacheableResult(data=ran.data, errors=None, extensions={}, operation=ready, versions=versions)

    def _ready(
        self, known: KnownDocument, variables: dict[str, Any] | None, operation_name: str | None
    ) -> ReadyOperation | None:
        """Return an operation that is ready to run; None for a subscription, for what reads the schema only, and for what cannot run."""
        ready = known.ready.get(operation_name)
        if ready is not None:
            return ready
        operation = get_operation_ast(known.node, operation_name)
        if (
            operation is None
            or operation.operation is GraphQLOperationType.SUBSCRIPTION
            or reads_only_the_schema(known.node, operation_name)
        ):
            return None
        executor = self._executor(known, variables, operation_name)
        if executor is not None:
            ready = known.ready[operation_name] = ReadyOperation(
                executor, is_for_all=lambda: self._is_good_for_all(known)
            )
        return ready

    def _is_good_for_all(self, known: KnownDocument) -> bool:
        """Return whether nothing is wrong with a document for clients who may see the schema, nor for those who may not."""
        return not any(
            self.documents.check(self._schema, known, hide_schema=hidden) for hidden in (False, True)
        )

    def _good_document(
        self, query: str | None, variables: dict[str, Any] | None, context: Any
    ) -> KnownDocument | None:
        """Return the document where it was found good, for a client who may see as much of the schema; None where not."""
        if self._has_more_extensions or not query:
            return None
        known = self.documents.find(query)
        if known is None or known.findings.get(self._policy.hides_schema_from(context)) != []:
            return None
        return None if has_more_values(variables, self._policy.limits.variable_values) else known

    async def _run(self, executor: CompiledExecutor) -> tuple[GraphQLExecutionResult, bool]:
        """Return what an operation gives, and whether it had to wait for anything."""
        try:
            with pymongo.timeout(self._policy.database_seconds):
                running = executor.execute_operation()
                return (await running, True) if inspect.isawaitable(running) else (running, False)
        except Exception as bug:  # noqa: BLE001 - as Strawberry does; `process_errors` decides what a client may see of it
            error = bug if isinstance(bug, GraphQLError) else GraphQLError(str(bug), original_error=bug)
            return GraphQLExecutionResult(None, [error]), False

    def _executor(
        self, known: KnownDocument, variables: dict[str, Any] | None, operation_name: str | None
    ) -> CompiledExecutor | None:
        """Return an executor without a context; None where the operation cannot run with the variables."""
        executor: Any = self.execution_context_class.build(
            self._schema,
            known.node,
            raw_variable_values=variables,
            operation_name=operation_name,
            is_awaitable=cast(Any, optimized_is_awaitable),
        )
        return executor if isinstance(executor, CompiledExecutor) else None

    def prepared(
        self, query: str, variables: dict[str, Any] | None, operation_name: str | None
    ) -> tuple[KnownDocument, CompiledExecutor] | None:
        """Return the document of a subscription that runs, and what executes its events; None where it is not kept.

        The executor has no context: it is for selections that depend on the event alone.
        """
        known = None if self._has_more_extensions else self.documents.find(query)
        if known is None:
            return None
        executor = self._executor(known, variables, operation_name)
        return None if executor is None else (known, executor)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace the errors, in place, by what the client may see; every result passes here, streamed ones too."""
        hides = execution_context is not None and self._policy.hides_schema_from(execution_context.context)
        _present(errors, hide_schema=hides)


def _present(errors: list[GraphQLError], *, hide_schema: bool) -> None:
    errors[:] = [presentable(error) for error in errors]
    if hide_schema:
        errors[:] = [without_suggestions(error) for error in errors]


class OperationMeter(SchemaExtension):
    """Counts and times operations by their first root field, a name that only the schema can choose."""

    def __init__(self) -> None:
        super().__init__()
        self._operation: OperationDefinitionNode | None = None

    def on_operation(self) -> Iterator[None]:
        """Measure one operation from its text to its last result."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._record(time.perf_counter() - started)

    def on_execute(self) -> Iterator[None]:
        """Remember which operation the document turned out to run."""
        running = self.execution_context
        if running.graphql_document is not None:
            self._operation = get_operation_ast(running.graphql_document, running.operation_name)
        yield

    def _record(self, seconds: float) -> None:
        if self._operation is None:
            OPERATIONS.labels("invalid", "invalid", "invalid").inc()
            return
        result = self.execution_context.result
        _record(self._operation, seconds, has_errors=bool(result and result.errors))


def _record(operation: OperationDefinitionNode, seconds: float, *, has_errors: bool) -> None:
    """Count an operation, and its time where it has an end."""
    name, kind = name_of(operation), operation.operation.value
    OPERATIONS.labels(name, kind, "errors" if has_errors else "ok").inc()
    if kind == "mutation":
        log_mutation(name, seconds, has_errors=has_errors)
    if kind != "subscription":
        OPERATION_SECONDS.labels(name, kind).observe(seconds)
