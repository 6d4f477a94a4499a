"""An answer as rows: the one list in it, with a column for each value and dotted names for what lies deeper."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from navswap.cli.asking.errors import MisusedError

Row = dict[str, Any]
NO_ROWS: Final = frozenset({"pageInfo", "__typename"})


def rows_of(data: Mapping[str, Any], path: str | None = None) -> list[Row]:
    """Return the rows of the list at a dotted path; without one, those of the only list, else the answer as one row.

    A connection is the list of its nodes, with the fields of its edges beside them. Raises MisusedError where several
    lists are to choose from, or the path leads nowhere.
    """
    if path is not None:
        return _as_rows(_walked(data, path))
    lists = list(_lists(data, ()))
    if len(lists) > 1:
        named = ", ".join(".".join(names) for names, _ in lists)
        raise MisusedError(f"The answer holds several lists; choose one by --rows: {named}.")
    if lists:
        return _as_rows(lists[0][1])
    root = next(iter(data.values())) if len(data) == 1 else data
    return [] if root is None else _as_rows(root)


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Return the names of the columns, in the order in which they first appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _walked(data: Mapping[str, Any], path: str) -> Any:
    value: Any = data
    for name in path.split("."):
        if value is None:
            return []
        if not isinstance(value, Mapping) or name not in value:
            known = ", ".join(value) if isinstance(value, Mapping) else "a list, which is where a path ends"
            raise MisusedError(f"--rows {path}: there is no {name}; there is: {known}.")
        value = value[name]
    return [] if value is None else value


def _lists(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the outermost lists of objects, and connections, with their paths."""
    if isinstance(value, Mapping) and "edges" in value:
        yield path, value
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from _lists(below, (*path, name))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        yield path, value


def _as_rows(value: Any) -> list[Row]:
    if isinstance(value, Mapping) and "edges" in value:
        return [_edge(edge) for edge in value["edges"]]
    if isinstance(value, Mapping):
        return [_flat(value)]
    if isinstance(value, list):
        return [_flat(each) if isinstance(each, Mapping) else {"value": each} for each in value]
    return [{"value": value}]


def _edge(edge: Mapping[str, Any]) -> Row:
    node = edge.get("node")
    beside = {name: value for name, value in edge.items() if name != "node"}
    return {**_flat(node or {}), **_flat(beside)}


def _flat(value: Mapping[str, Any], prefix: str = "") -> Row:
    row: Row = {}
    for name, below in value.items():
        if name in NO_ROWS and prefix:
            continue
        if isinstance(below, Mapping) and "edges" in below:
            row[prefix + name] = [edge.get("node") for edge in below["edges"]]
        elif isinstance(below, Mapping):
            row.update(_flat(below, f"{prefix}{name}."))
        else:
            row[prefix + name] = below
    return row
