"""The one schema, merged from the slices."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated

import strawberry
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.graphql.context import Info
from navswap.graphql.inputs import drop_null_defaults
from navswap.graphql.nodes import LoadedNode, parsed_id
from navswap.graphql.permissions import public
from navswap.graphql.refusals import RefusalCode, code_enum, exception_handlers, refusals_of
from navswap.kit.errors import InvalidInputError
from navswap.settings import Settings
from navswap.slice import Slices
from navswap.slices import SLICES


def node_query(kinds: Mapping[str, type[LoadedNode]]) -> type:
    """Return the root field that finds everything that has an id, by the name of its kind in the id."""

    @strawberry.type
    class NodeQuery:
        @strawberry.field(
            description="Anything by its id; null when there is none or it is not yours to see.",
            extensions=public(),
        )
        async def node(
            self,
            info: Info,
            id: Annotated[strawberry.ID, strawberry.argument(description="Id that the API handed out.")],  # noqa: A002 - the name is Relay's
        ) -> relay.Node | None:
            """Return a node of any kind; raises InvalidInputError for an id of no kind of NavSwap's."""
            wanted = parsed_id(id)
            kind = kinds.get(wanted.type_name)
            if kind is None:
                raise InvalidInputError("id", f"There is nothing of the kind {wanted.type_name!r}.")
            return (await kind.load_many(info.context, [wanted.node_id])).get(wanted.node_id)

    return NodeQuery


def nodes_of(slices: Slices) -> dict[str, type[LoadedNode]]:
    """Return everything that `node` finds, by the name in its ids."""
    return {kind.__name__: kind for part in slices for kind in part.nodes}


ROOT_DESCRIPTIONS = {
    "Query": "What can be read. A field that the role may not use is null, with an error beside it.",
    "Mutation": "What can be changed: each takes one input and answers with its payload or a refusal.",
    "Subscription": "What can be followed: a snapshot, then every update, or a Resync where updates were lost.",
}


def _root(name: str, parts: Iterable[type]) -> type | None:
    """Return one root type of the schema with the fields of all parts; None where no slice has any."""
    fields = tuple(parts)
    if not fields:
        return None
    root = merge_types(name, fields)
    root.__strawberry_definition__.description = ROOT_DESCRIPTIONS[name]  # type: ignore[attr-defined]  # merge_types takes no description
    return root


def _query(nodes: Mapping[str, type[LoadedNode]], slices: Slices) -> type:
    root = _root("Query", (node_query(nodes), *(kind for part in slices for kind in part.query)))
    assert root is not None, "there is always `node`"  # noqa: S101 - narrows the type only
    return root


@cache
def build_schema(policy: SchemaPolicy = SchemaPolicy(), slices: Slices = SLICES) -> LimitedSchema:  # noqa: B008 - frozen, so that calls may share it
    """Return the schema of the slices under a policy; without one, under the default limits.

    Equal policies share one schema: building it takes a fifth of a second, and nothing in it belongs to one app.
    """
    nodes = nodes_of(slices)
    mutation = _root("Mutation", (kind for part in slices for kind in part.mutation))
    refusals = refusals_of(mutation) if mutation else []
    schema = LimitedSchema(
        policy=policy,
        query=_query(nodes, slices),
        mutation=mutation,
        subscription=_root("Subscription", (kind for part in slices for kind in part.subscription)),
        types=list(nodes.values()),
        exception_handlers=exception_handlers(refusals),
        config=StrawberryConfig(
            relay_use_legacy_global_id=False, scalar_map={RefusalCode: code_enum(refusals)}
        ),
    )
    drop_null_defaults(schema)
    return schema


def schema_for(settings: Settings, slices: Slices = SLICES) -> LimitedSchema:
    """Return the schema with the limits of a process."""
    return build_schema(SchemaPolicy.of(settings), slices)


def print_schema() -> str:
    """Return the schema in GraphQL's schema definition language, as `schema.graphql` holds it."""
    return build_schema().as_str() + "\n"
