"""How long an operation may wait for the database: a server that hangs would keep every caller waiting."""

from collections.abc import Generator
from contextlib import suppress

import pymongo
from graphql import OperationType, get_operation_ast
from strawberry.extensions import SchemaExtension


class Deadline(SchemaExtension):
    """Ends what a query or a mutation asks of MongoDB after `seconds`; a subscription lives on."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def on_execute(self) -> Generator[None, None, None]:
        """Let one operation run; what is not done in time fails, and a transaction under way with it."""
        if self._is_stream():
            yield
            return
        deadline = pymongo.timeout(self._seconds)
        deadline.__enter__()
        try:
            yield
        finally:
            with suppress(
                ValueError
            ):  # an abandoned operation ends in another context, which has no deadline
                deadline.__exit__(None, None, None)

    def _is_stream(self) -> bool:
        running = self.execution_context
        if running.graphql_document is None:
            return False
        operation = get_operation_ast(running.graphql_document, running.operation_name)
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION
