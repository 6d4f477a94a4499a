"""Relay global ids: opaque to clients, a type name and a database id to the services.

An argument or a field of an input takes an id as `strawberry.ID`, which is `ID` in the schema, and the resolver reads
it with `database_id`: so a malformed one is an InvalidInput as much as one of another kind.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Self, TypeVar

import strawberry
from strawberry import relay

from navswap.graphql.context import Context, Info
from navswap.kit.errors import InvalidInputError

_PARSED_IDS: Final = 8_192
"""Ids that are kept with their parts; they are asked for again and again."""
_GOOD_IDS: Final[dict[str, dict[str, str]]] = {}
"""Database ids by global id, as many of each kind at most: lists of ids are long, and asked for again, too."""
_KEPT_LISTS: Final = 4
_LONG_LISTS: Final[dict[str, deque[tuple[list[str], tuple[str, ...]]]]] = {}
"""The last long lists of each kind with their database ids: a page that shows a network asks about the same stations again."""


def database_id(global_id: str | relay.GlobalID, kind: type[relay.Node], field: str = "id") -> str:
    """Return the database id in a global id of a kind.

    Raises InvalidInputError, with the path `field` of the id, for one that is malformed or of another kind.
    """
    parsed = parsed_id(global_id, field)
    wanted = kind.__strawberry_definition__.name  # type: ignore[attr-defined]  # set by @strawberry.type
    if parsed.type_name != wanted:
        raise InvalidInputError(field, f"This is the id of a {parsed.type_name}; a {wanted} is needed here.")
    return parsed.node_id


def database_ids(
    global_ids: Iterable[str | relay.GlobalID], kind: type[relay.Node], field: str = "ids"
) -> list[str]:
    """Return the database ids in a list of global ids of a kind, each once, in their order.

    Raises InvalidInputError that names the first bad one: `stationIds[3]`.
    """
    wanted = list(global_ids)
    ids = _ids_of_good(wanted, kind)
    if ids is None:
        ids = [database_id(global_id, kind, f"{field}[{index}]") for index, global_id in enumerate(wanted)]
    return ids if len(set(ids)) == len(ids) else list(dict.fromkeys(ids))


def long_ids(global_ids: Sequence[str], kind: type[relay.Node], field: str = "ids") -> tuple[str, ...]:
    """Return what `database_ids` does, the same object for a list that equals one of the last few."""
    wanted = list(global_ids)
    name = kind.__strawberry_definition__.name  # type: ignore[attr-defined]  # set by @strawberry.type
    known = _LONG_LISTS.setdefault(name, deque(maxlen=_KEPT_LISTS))
    for given, found in known:
        if given == wanted:
            return found
    ids = tuple(database_ids(wanted, kind, field))
    if len(wanted) <= _PARSED_IDS:
        known.append((wanted, ids))
    return ids


def _ids_of_good(global_ids: list[str | relay.GlobalID], kind: type[relay.Node]) -> list[str] | None:
    """Return the database ids in texts that are all good ids of a kind; None where one is not, for it to be named."""
    name = kind.__strawberry_definition__.name  # type: ignore[attr-defined]  # set by @strawberry.type
    known = _GOOD_IDS.setdefault(name, {})
    try:
        return list(map(known.__getitem__, global_ids))  # type: ignore[arg-type]  # an id in parts is no key of it
    except KeyError:
        pass
    try:
        parsed = [_parsed(global_id) for global_id in global_ids if type(global_id) is str]
    except relay.GlobalIDValueError:
        return None
    ids = [each.node_id for each in parsed if each.type_name == name]
    if len(ids) != len(global_ids):
        return None
    if len(known) + len(ids) > _PARSED_IDS:
        known.clear()
    known.update(zip(global_ids[:_PARSED_IDS], ids, strict=False))  # type: ignore[arg-type]  # all are texts
    return ids


def parsed_id(global_id: str | relay.GlobalID, field: str = "id") -> relay.GlobalID:
    """Return the parts of a global id of any kind; raises InvalidInputError for a malformed one."""
    if isinstance(global_id, relay.GlobalID):
        return global_id
    try:
        return _parsed(global_id)
    except relay.GlobalIDValueError as error:
        raise InvalidInputError(field, f"{global_id!r} is no id that the API handed out.") from error


@lru_cache(maxsize=_PARSED_IDS)
def _parsed(global_id: str) -> relay.GlobalID:
    return relay.GlobalID.from_id(global_id)


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


Kind = TypeVar("Kind", bound=LoadedNode)


async def find_node(context: Context, kind: type[Kind], identifier: str) -> Kind | None:
    """Return a node by its database id, None where there is none or the principal may not see it.

    All that are asked for in one step of an answer are read by one call of `load_many`.
    """

    async def load(ids: list[str]) -> list[Kind | None]:
        found = await kind.load_many(context, ids)
        return [found.get(identifier) for identifier in ids]

    return await context.loader(f"nodes:{kind.__name__}", load).load(identifier)


async def find_node_named(info: Info, kind: str, identifier: str) -> LoadedNode | None:
    """Return a node of a kind that the caller knows by name only, because its slice is higher; like `find_node`.

    None, too, where the schema has no such kind.
    """
    defined = info.schema.get_type_by_name(kind)
    origin = getattr(defined, "origin", None)
    if not (isinstance(origin, type) and issubclass(origin, LoadedNode)):
        return None
    return await find_node(info.context, origin, identifier)
