"""The Strawberry schema that the API is served by: bounded documents, masked errors, measured operations."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, get_operation_ast
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from navswap.edge.deadline import Deadline
from navswap.edge.documents import DocumentGuard, Documents
from navswap.edge.execution.executor import CompiledExecutor
from navswap.edge.execution.plans import Plans
from navswap.edge.limits import Limits
from navswap.edge.masking import presentable, without_suggestions
from navswap.graphql.scalars import SCALARS
from navswap.infra.telemetry import OPERATION_SECONDS, OPERATIONS
from navswap.settings import DATABASE_SECONDS, Environment, Settings


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


class LimitedSchema(Schema):
    """A Strawberry schema that bounds every document and masks every bug; takes what `Schema` takes."""

    def __init__(
        self,
        *,
        policy: SchemaPolicy = SchemaPolicy(),
        extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
        **parts: Any,
    ) -> None:
        documents = self.documents = Documents(policy.limits)
        self.plans = policy.plans()
        self._policy = policy
        super().__init__(
            extensions=[
                OperationMeter,
                lambda: DocumentGuard(documents, policy.hides_schema_from),
                lambda: Deadline(policy.database_seconds),
                *extensions,
            ],
            **{"execution_context_class": CompiledExecutor, "scalar_overrides": SCALARS, **parts},
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace the errors, in place, by what the client may see; every result passes here, streamed ones too."""
        errors[:] = [presentable(error) for error in errors]
        if execution_context is not None and self._policy.hides_schema_from(execution_context.context):
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
        fields = (node for node in self._operation.selection_set.selections if isinstance(node, FieldNode))
        first = next(fields, None)
        name = first.name.value if first else "fragment"
        kind = self._operation.operation.value
        result = self.execution_context.result
        OPERATIONS.labels(name, kind, "errors" if result and result.errors else "ok").inc()
        if kind != "subscription":
            OPERATION_SECONDS.labels(name, kind).observe(seconds)
