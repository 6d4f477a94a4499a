"""Refusals are data: what a user can cause is a member of the mutation's result union."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField

from navswap.infra.telemetry import REFUSALS
from navswap.kit.errors import NavSwapError


@strawberry.interface(description="An expected refusal: the request was understood, and the answer is no.")
class Refusal:
    """The interface of all refusals."""

    code: str = strawberry.field(description="Stable, machine-readable reason in capitals.")
    message: str = strawberry.field(description="What happened and what to do, for a person, in English.")


R = TypeVar("R", bound=Refusal)
_types: dict[type[NavSwapError], type[Refusal]] = {}


if TYPE_CHECKING:
    from typing import dataclass_transform

    @dataclass_transform()
    def refusal(error: type[NavSwapError]) -> Callable[[type[R]], type[R]]:
        """Tell the type checker that a refusal is a plain dataclass."""
        ...

else:

    def refusal(error: type[NavSwapError]) -> Callable[[type[R]], type[R]]:
        """Make a class the GraphQL type of an error; its description is the docstring of the error."""

        def decorate(cls: type[R]) -> type[R]:
            graphql_type = strawberry.type(cls, description=(error.__doc__ or "").strip())
            _types[error] = graphql_type
            return graphql_type

        return decorate


def refusal_errors() -> dict[type[NavSwapError], type[Refusal]]:
    """Return the GraphQL type of each error that has one."""
    return dict(_types)


def exception_handlers() -> list[strawberry.ExceptionHandler[Any, Any]]:
    """Return the handlers that turn a raised error into its member of the field's union."""
    return [_handler(error, graphql_type)() for error, graphql_type in _types.items()]


def _handler(
    error: type[NavSwapError], graphql_type: type[Refusal]
) -> type[strawberry.ExceptionHandler[Any, Any]]:
    class Handler:
        exception_type = error
        error_type = graphql_type

        def handle(
            self, exception: NavSwapError, *, field: StrawberryField, info: strawberry.Info
        ) -> Refusal:
            del field, info
            REFUSALS.labels(exception.code).inc()
            return graphql_type(code=exception.code, message=exception.message)

    return Handler
