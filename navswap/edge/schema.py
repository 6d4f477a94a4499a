"""The Strawberry schema that the API is served by: bounded documents, masked errors, measured operations."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, get_operation_ast
from graphql.execution import Executor
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from navswap.edge.deadline import Deadline
from navswap.edge.documents import DocumentGuard, Documents
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

    `database_seconds` is how long a query or a mutation may work in the database.
    """

    limits: Limits = field(default_factory=Limits)
    hides_schema_from: Callable[[Any], bool] = _hides_from_no_client
    database_seconds: float = DATABASE_SECONDS

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the policy of the settings: production hides the schema from anonymous clients."""
        production = settings.environment is Environment.PRODUCTION
        return cls(
            Limits.of(settings),
            _hides_from_anonymous_clients if production else _hides_from_no_client,
            settings.operation_database_seconds,
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
        self._policy = policy
        super().__init__(
            extensions=[
                OperationMeter,
                lambda: DocumentGuard(documents, policy.hides_schema_from),
                lambda: Deadline(policy.database_seconds),
                *extensions,
            ],
            **{"execution_context_class": EventExecutor, "scalar_overrides": SCALARS, **parts},
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace the errors, in place, by what the client may see; every result passes here, streamed ones too."""
        errors[:] = [presentable(error) for error in errors]
        if execution_context is not None and self._policy.hides_schema_from(execution_context.context):
            errors[:] = [without_suggestions(error) for error in errors]


class EventExecutor(StrawberryGraphQLCoreExecutionContext):
    """An executor whose memory of selections ends with each event of a subscription.

    graphql-core keys that memory by lists that are new for every event, and shares it among all events: 1.5 KB
    would stay behind per event and subscriber for as long as the subscription lives.
    """

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """Return the executor of one event."""
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - graphql-core offers no way to reset it
        return executor


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
