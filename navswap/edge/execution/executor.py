"""The executor that runs plans, and graphql-core's code for what has none."""

from collections.abc import Awaitable, Coroutine
from inspect import CORO_CREATED, getcoroutinestate
from types import CoroutineType
from typing import Any, TypeGuard, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import AwaitableOrValue, Path
from graphql.type import GraphQLResolveInfo
from graphql.type.definition import GraphQLResolveInfoHelpers
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from navswap.edge.execution.batches import SiftedVariables
from navswap.edge.execution.classes import Classes
from navswap.edge.execution.plans import Plans, Variant
from navswap.edge.execution.reading import DEFINITION
from navswap.edge.execution.run import Run


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, which runs the plan of an operation where there is one.

    A query, and each event of a subscription, is one run from its root. A mutation is run by graphql-core, one root field
    after the other, and the plan takes over at the objects of its answer. The plans are those of the Strawberry schema, its
    `plans`, unless others are given; where there are none, this is graphql-core's executor.
    """

    is_for_json: bool = False
    """Whether the answer is written as JSON by orjson, so that parts of it may be bytes at once (`orjson.Fragment`)."""

    def __init__(self, *parts: Any, plans: Plans | None = None, **named: Any) -> None:
        super().__init__(*parts, **named)
        owner = self.schema.extensions.get(DEFINITION)
        del self.is_awaitable  # the one below
        self._coroutines: list[CoroutineType[Any, Any, Any]] = []
        self._plans: Plans | None = getattr(owner, "plans", None) if plans is None else plans
        self._variant: Variant | None = None
        self._is_planned = False

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *parts: Any,
        **named: Any,
    ) -> list[GraphQLError] | Executor[Any]:
        """Return an executor, or what is wrong with the operation or its variables beside malformed elements of batches."""

        def built(variables: dict[str, Any] | None) -> list[GraphQLError] | Executor[Any]:
            return super(CompiledExecutor, cls).build(
                schema, document, root_value, context_value, variables, operation_name, *parts, **named
            )

        executor = built(raw_variable_values)
        operation = get_operation_ast(document, operation_name) if isinstance(executor, list) else None
        if operation is None or not raw_variable_values:
            return executor
        sifted = SiftedVariables(schema, operation.variable_definitions or (), raw_variable_values)
        if not sifted.malformed:
            return executor
        executor = built(sifted.variables)
        if not isinstance(executor, list):
            sifted.put_back(executor.variable_values)
        return executor

    def for_request(self, **request: Any) -> "CompiledExecutor":
        """Return the executor of another request for the same operation.

        `request` names what is not the same: variables, context, root value. graphql-core builds its executors from the document,
        which costs more than the smallest operation; what one run leaves behind is not taken over.
        """
        executor = object.__new__(type(self))
        vars(executor).update(vars(self), **request)
        executor.collected_errors = CollectedErrors()
        executor.pending_incremental_futures = set()
        executor.background_futures = set()
        executor.async_helpers = GraphQLResolveInfoHelpers(
            gather=executor.gather_async_work, track=executor.track_async_work
        )
        executor._relevant_sub_fields = {}
        executor._coroutines = []
        executor._variant, executor._is_planned = None, False
        return executor

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        """Return the executor of one event of a subscription.

        graphql-core keys its memory of selections by lists that are new for every event, and shares it among all events:
        1.5 KB would stay behind per event and subscriber for as long as the subscription lives.
        """
        executor = cast(CompiledExecutor, super().build_per_event_executor(payload))
        executor._relevant_sub_fields = {}  # noqa: SLF001 - graphql-core offers no way to reset it
        executor._coroutines = []  # noqa: SLF001 - a copy of this object
        executor._is_planned = False  # noqa: SLF001
        return executor

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[ExecutionResult]:
        """Run the operation; the answer, or an awaitable of it."""
        answer = self._begin(serially)
        return self._awaited(answer) if isinstance(answer, CoroutineType) else answer

    def _begin(self, serially: bool | None) -> AwaitableOrValue[ExecutionResult]:
        operation = self.operation.operation
        kind = self.schema.get_root_type(operation)
        if operation is OperationType.MUTATION or serially or kind is None:
            return cast(AwaitableOrValue[ExecutionResult], super().execute_operation(serially))
        variant = self._variant_now()
        complete = None if variant is None else variant.root(self, kind)
        if variant is None or complete is None:
            return cast(AwaitableOrValue[ExecutionResult], super().execute_operation(serially))
        run = Run(self, variant, None)
        try:
            answer = complete(run, self.root_value, None)
        except GraphQLError as error:
            run.abandon()
            return self._response(None, error)
        return self._settled(run, answer) if run.is_waiting else self._response(answer)

    async def _settled(self, run: Run, answer: dict[str, Any]) -> ExecutionResult:
        try:
            return self._response(await run.settle(answer))
        except GraphQLError as error:
            return self._response(None, error)

    # What is left behind by an operation that is cancelled

    async def _awaited(self, answer: Awaitable[ExecutionResult]) -> ExecutionResult:
        """Return the answer; close what never began of one that is cancelled or has errors.

        A task may be cancelled before its first turn, by its operation or because a field beside it failed. That ends the
        coroutine that the task was to run, and nothing awaits those that it would have awaited.
        """
        is_whole = False
        try:
            result = await answer
            is_whole = not self.collected_errors.errors
        finally:
            if not is_whole:
                for coroutine in self._coroutines:
                    if getcoroutinestate(coroutine) == CORO_CREATED:
                        coroutine.close()
            self._coroutines.clear()
        return result

    def is_awaitable(self, value: Any) -> TypeGuard[Awaitable[Any]]:
        """Return whether a value is to be awaited; graphql-core asks this of all that it will await, but for items of lists."""
        if type(value) is CoroutineType:
            self._coroutines.append(value)
            return True
        return optimized_is_awaitable(value)

    def complete_list_item_value(
        self, item: Any, complete_results: list[Any], *parts: Any, **named: Any
    ) -> bool:
        """Complete an item of a list at the end of its results; return whether that is to be awaited."""
        is_awaited = super().complete_list_item_value(item, complete_results, *parts, **named)
        return is_awaited and self.is_awaitable(complete_results[-1])

    def complete_awaitable_list_item_value(self, *parts: Any, **named: Any) -> Coroutine[Any, Any, Any]:
        """Complete an item of a list that is awaited itself."""
        completed = super().complete_awaitable_list_item_value(*parts, **named)
        self.is_awaitable(completed)
        return completed

    def _response(self, answer: dict[str, Any] | None, error: GraphQLError | None = None) -> ExecutionResult:
        if error is not None:
            self.collected_errors.add(error, None)
        return cast(ExecutionResult, self.build_response(answer))

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Complete an object that graphql-core came to, by a plan where there is one for its class."""
        variant = self._variant_now() if not return_type.name.startswith("__") else None
        if variant is not None and Classes(return_type).admits(result):
            complete = variant.at_object(self, return_type, field_details_list)
            if complete is not None:
                run = Run(self, variant, path)
                try:
                    answer = complete(run, result, path)
                except Exception:
                    run.abandon()
                    raise
                return run.settle(answer) if run.is_waiting else cast(dict[str, Any], answer)
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _variant_now(self) -> Variant | None:
        """Return the plan of the operation; None for the first run of one, and where something special was asked for."""
        if not self._is_planned:
            self._is_planned = True
            self._variant = None if self._plans is None or self._is_special() else self._plans.of(self)
        return self._variant

    def _is_special(self) -> bool:
        middlewares = () if self.middleware_manager is None else self.middleware_manager.middlewares
        return bool(middlewares) or self.abort_signal is not None or not self.error_propagation
