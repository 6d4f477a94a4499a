"""The Strawberry schema of the house: bounded documents, masked errors, measured operations."""

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

from navswap.graphql.deadline import Deadline
from navswap.graphql.documents import DocumentGuard, Documents
from navswap.graphql.limits import Limits
from navswap.graphql.masking import presentable, without_suggestions
from navswap.graphql.scalars import SCALARS
from navswap.infra.telemetry import OPERATION_SECONDS, OPERATIONS
from navswap.settings import DATABASE_SECONDS, Environment, Settings


def _tells_everybody(_context: Any) -> bool:
    return False


def _hides_from_the_anonymous(context: Any) -> bool:
    return getattr(context, "principal", None) is None


@dataclass(frozen=True, slots=True)
class Guard:
    """What a schema is guarded by; `is_secretive` tells from the context whom the schema is kept secret from.

    `database_seconds` is how long a query or a mutation may work in the database.
    """

    limits: Limits = field(default_factory=Limits)
    is_secretive: Callable[[Any], bool] = _tells_everybody
    database_seconds: float = DATABASE_SECONDS

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the guard that the settings ask for: production tells the anonymous nothing of the schema."""
        production = settings.environment is Environment.PRODUCTION
        return cls(
            Limits.of(settings),
            _hides_from_the_anonymous if production else _tells_everybody,
            settings.operation_database_seconds,
        )


class GuardedSchema(Schema):
    """A Strawberry schema that no document and no bug of ours can turn against us; takes what `Schema` takes."""

    def __init__(
        self,
        *,
        guard: Guard = Guard(),
        extensions: Iterable[type[SchemaExtension] | Callable[[], SchemaExtension]] = (),
        **parts: Any,
    ) -> None:
        documents = self.documents = Documents(guard.limits)
        self._guard = guard
        super().__init__(
            extensions=[
                OperationMeter,
                lambda: DocumentGuard(documents, guard.is_secretive),
                lambda: Deadline(guard.database_seconds),
                *extensions,
            ],
            **{"execution_context_class": EventExecutor, "scalar_overrides": SCALARS, **parts},
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace the errors, in place, by what the client may see; every result passes here, streamed ones too."""
        errors[:] = [presentable(error) for error in errors]
        if execution_context is not None and self._guard.is_secretive(execution_context.context):
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
