"""Access, declared at the field: every root field is either public or names its roles."""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from navswap.auth.principal import NotAllowedError
from navswap.auth.roles import EVERYBODY, Role
from navswap.graphql.context import Context


class Access(FieldExtension):
    """Lets a field be used by some roles only; `roles` None means anybody, signed in or not."""

    def __init__(self, roles: frozenset[Role] | None) -> None:
        self.roles = roles

    def apply(self, field: StrawberryField) -> None:
        """Say in the schema who may use the field."""
        if self.roles is None:
            who = "Open to everybody."
        elif self.roles == EVERYBODY:
            who = "Any signed-in user."
        else:
            who = f"Roles: {', '.join(sorted(self.roles))}."
        described = field.description or ""
        if not described.endswith(who):  # a schema may be built more than once from the same fields
            field.description = f"{described}\n\n{who}".strip()

    def check(self, context: Context) -> None:
        """Raise NotSignedInError or NotAllowedError unless the principal may use the field."""
        if self.roles is None:
            return
        principal = context.signed_in()
        if principal.role not in self.roles:
            raise NotAllowedError(
                f"Your role {principal.role} does not permit this; it needs {' or '.join(sorted(self.roles))}."
            )

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **arguments: Any
    ) -> Any:
        """Check, then resolve."""
        self.check(info.context)
        return next_(source, info, **arguments)

    async def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **arguments: Any
    ) -> Any:
        """Check, then resolve; a subscription's resolver gives its generator without being awaited."""
        self.check(info.context)
        resolved = next_(source, info, **arguments)
        return await resolved if inspect.isawaitable(resolved) else resolved


def public() -> list[FieldExtension]:
    """Declare a field open to everybody."""
    return [Access(None)]


def signed_in() -> list[FieldExtension]:
    """Declare a field for any signed-in user."""
    return [Access(EVERYBODY)]


def roles(*allowed: Role) -> list[FieldExtension]:
    """Declare a field for some roles."""
    return [Access(frozenset(allowed))]
