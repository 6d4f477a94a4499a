"""Access, declared at the field: every root field is either public or names its roles.

The schema says it twice: in the description for persons, and as `@roles(any: [ADMIN, STAFF])` for programs.
"""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from navswap.auth.principal import NotAllowedError
from navswap.auth.roles import ALL_ROLES, ROLE_DESCRIPTIONS, Role
from navswap.graphql.context import Context
from navswap.graphql.enums import describe_enum

describe_enum(
    Role,
    "What a user may do; every user has exactly one role.",
    {role.name: text for role, text in ROLE_DESCRIPTIONS.items()},
)


@strawberry.schema_directive(
    name="roles",
    locations=[Location.FIELD_DEFINITION],
    description="The field is for signed-in users who have one of these roles; without the directive it is public.",
)
class RolesDirective:
    """What a client can read of a field's access."""

    any: list[Role] = strawberry.directive_field(name="any")


class Access(FieldExtension):
    """Lets a field be used by some roles only; `roles` None means public, signed in or not."""

    def __init__(self, roles: frozenset[Role] | None) -> None:
        self.roles = roles

    def apply(self, field: StrawberryField) -> None:
        """Say in the schema who may use the field."""
        if self.roles is None:
            who = "Public."
        elif self.roles == ALL_ROLES:
            who = "Any signed-in user."
        else:
            who = f"Roles: {', '.join(sorted(self.roles))}."
        described = field.description or ""
        if not described.endswith(who):  # a schema may be built more than once from the same fields
            field.description = f"{described}\n\n{who}".strip()
            if self.roles is not None:
                field.directives = [*field.directives, RolesDirective(any=sorted(self.roles))]

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
    """Declare a field open to all."""
    return [Access(None)]


def signed_in() -> list[FieldExtension]:
    """Declare a field for any signed-in user."""
    return [Access(ALL_ROLES)]


def roles(*allowed: Role) -> list[FieldExtension]:
    """Declare a field for some roles."""
    return [Access(frozenset(allowed))]
