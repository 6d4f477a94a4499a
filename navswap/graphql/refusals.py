"""Refusals are data: what a user can cause is a member of the mutation's result union.

The GraphQL type of a refusal is derived from its error class, whose docstring describes it:

    AdjustCreditsResult = Annotated[
        AdjustCreditsPayload | InvalidInput | Refused[errors.InsufficientCreditsError],
        strawberry.union("AdjustCreditsResult", description="The entry, or why the balance stays."),
    ]

The service raises the error, and the field answers with the member of its union.
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NewType, Self, TypeVar

import strawberry
from graphql import GraphQLEnumType, GraphQLEnumValue
from strawberry.types.field import StrawberryField
from strawberry.types.scalar import ScalarDefinition
from strawberry.types.union import StrawberryUnion

from navswap.infra.telemetry import REFUSALS
from navswap.kit.errors import InvalidInputError, NavSwapError, shortened

if TYPE_CHECKING:
    RefusalCode = str
else:
    RefusalCode = NewType("RefusalCode", str)  # an enum in each schema, made of the refusals that it reaches


@strawberry.interface(description="An expected refusal: the request was understood, and the answer is no.")
class Refusal:
    """The interface of all refusals."""

    error: ClassVar[type[NavSwapError]]

    code: RefusalCode = strawberry.field(description="Stable, machine-readable reason.")
    message: str = strawberry.field(description="What happened and what to do, for a person, in English.")

    @classmethod
    def of(cls, error: Any) -> Self:
        """Build the answer to an error that was raised; its code is that of the type, also for a subclass."""
        return cls(code=cls.error.code, message=shortened(error.message))


@strawberry.type(description=InvalidInputError.__doc__)
class InvalidInput(Refusal):
    """The refusal of all values that cannot be used."""

    error: ClassVar[type[NavSwapError]] = InvalidInputError

    field: str = strawberry.field(
        description="Path of the value, such as `input.packs[3].socPercent`; `input` where several values are at odds."
    )

    @classmethod
    def of(cls, error: InvalidInputError) -> Self:
        """Build the answer to an error; a mutation has one argument, `input`, below which its path begins."""
        path = f"input.{error.field}".removesuffix(".")
        return cls(code=cls.error.code, message=shortened(error.message), field=path)


E = TypeVar("E", bound=NavSwapError)

if TYPE_CHECKING:

    class Refused(Refusal, Generic[E]):
        """The GraphQL type of an error class."""

else:

    class Refused:
        """The GraphQL type of an error class: `Refused[errors.PackNotFoundError]` is the type `PackNotFound`."""

        def __class_getitem__(cls, error: type[NavSwapError]) -> type[Refusal]:
            """Return the one GraphQL type of an error class."""
            return _type_of(error)


@cache
def _type_of(error: type[NavSwapError]) -> type[Refusal]:
    described = {"__doc__": error.__doc__, "__module__": error.__module__, "error": error}
    refusal_type = type(error.__name__.removesuffix("Error"), (Refusal,), described)
    return strawberry.type(refusal_type, description=" ".join((error.__doc__ or "").split()))


def refusals_of(*roots: type) -> list[type[Refusal]]:
    """Return the refusals that are members of the results of root types, each once, by name."""
    fields = (field for root in roots for field in root.__strawberry_definition__.fields)  # type: ignore[attr-defined]  # set by @strawberry.type
    members = {
        member
        for field in fields
        if isinstance(field.type, StrawberryUnion)
        for member in field.type.types
        if isinstance(member, type) and issubclass(member, Refusal)
    }
    return sorted(members, key=lambda member: member.__name__)


def exception_handlers(refusals: Iterable[type[Refusal]]) -> list[strawberry.ExceptionHandler[Any, Any]]:
    """Return the handlers that turn a raised error into its member of the field's union."""
    return [_Handler(refusal_type) for refusal_type in refusals]


class _Handler:
    def __init__(self, refusal_type: type[Refusal]) -> None:
        self.exception_type = refusal_type.error
        self.error_type = refusal_type

    def handle(self, exception: NavSwapError, *, field: StrawberryField, info: strawberry.Info) -> Refusal:
        del field, info
        REFUSALS.labels(self.exception_type.code).inc()
        return self.error_type.of(exception)


def code_enum(refusals: Iterable[type[Refusal]]) -> ScalarDefinition:
    """Return the enum of the codes that a schema's refusals have, each described by the docstring of its error."""
    values = {
        refusal_type.error.code: GraphQLEnumValue(
            refusal_type.error.code, description=" ".join((refusal_type.error.__doc__ or "").split())
        )
        for refusal_type in refusals
    }
    enum = GraphQLEnumType(
        "RefusalCode", dict(sorted(values.items())), description="Why a request was refused."
    )
    return ScalarDefinition(
        name=enum.name,
        description=enum.description,
        specified_by_url=None,
        serialize=None,
        parse_value=None,
        parse_literal=None,
        implementation=enum,  # type: ignore[arg-type]  # Strawberry puts it into the schema as it is
    )
