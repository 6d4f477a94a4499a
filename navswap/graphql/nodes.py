"""Relay global ids: opaque to clients, a type name and a database id to us."""

from abc import abstractmethod
from typing import Self

import strawberry
from strawberry import relay

from navswap.graphql.context import Context
from navswap.graphql.refusals import Refusal, refusal
from navswap.kit.errors import NavSwapError


class BadIdError(NavSwapError):
    """The id is not one of the kind that the argument needs."""

    code = "BAD_ID"


@refusal(BadIdError)
class BadId(Refusal):
    """The id cannot be used here."""


def database_id(global_id: relay.GlobalID, kind: type[relay.Node]) -> str:
    """Return the database id in a global id of a kind; raises BadIdError for an id of another kind."""
    wanted = kind.__strawberry_definition__.name  # type: ignore[attr-defined]  # set by @strawberry.type
    if global_id.type_name != wanted:
        raise BadIdError(f"This is the id of a {global_id.type_name}; a {wanted} is needed here.")
    return global_id.node_id


def relay_id(kind: type[relay.Node], identifier: str) -> strawberry.ID:
    """Return the opaque id that clients see."""
    name = kind.__strawberry_definition__.name  # type: ignore[attr-defined]  # set by @strawberry.type
    return strawberry.ID(relay.to_base64(name, identifier))


class LoadedNode(relay.Node):
    """A node whose kind says how to load many by database id, in one call."""

    @classmethod
    @abstractmethod
    async def load_many(cls, context: Context, ids: list[str]) -> dict[str, Self]:
        """Return the nodes that exist and that the principal may see, by database id."""
