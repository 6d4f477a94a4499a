"""Odd values for every argument of the API: what a careless client, or one that means harm, may send."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)
from strawberry import relay


def a_cursor(text: str) -> str:
    """Encode a cursor as ours are, whatever is in it."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


IDS = (
    "",
    "x",
    5,
    base64.b64encode(b"Station").decode(),
    base64.b64encode(b"Station:\xff\xfe").decode(),
    relay.to_base64("Nothing", "1"),
    relay.to_base64("Query", "1"),
    relay.to_base64("Refusal", "1"),
    relay.to_base64("CoordinatesInput", "1"),
    *(
        relay.to_base64("Station", identifier)
        for identifier in ("", "\x00", "$ne", "a:b", "站 🔋", "a" * 5000)
    ),
    *(relay.to_base64(kind, "nowhere") for kind in ("Station", "User", "QueueEntry", "Pack", "Ticket")),
)
STRINGS = (
    *("", " ", "\x00", "🔋\u202e\u0301", "$where", "a" * 20_000, "W10", "x=y"),
    *(
        a_cursor(text)
        for text in ('[1.5,"x"]', '["x"]', "[null,null]", '[true,"x"]', '[18446744073709551615,"x"]')
    ),
    *(
        a_cursor(f'["{name}",{key}]')
        for name in ("creditEntries", "stations:distance")
        for key in ("null", '"\\u0000"', '["x"]', '[1e308,"x"]', '{"$ne":1}')
    ),
    *(a_cursor(f'["{moment}","x"]') for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "x")),
)
FLOATS = (0, -1, -0.0, 1e-320, 1e308, -1e308, 2**70, 180, 100.000001, "1", True)
INTEGERS = (0, -1, 2_147_483_647, -2_147_483_648, 2_147_483_648, 1.5, 1e300, "1", True)
MOMENTS = (
    *(
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999Z",
        "1600-01-01T00:00:00Z",
    ),
    *("2026-02-30T00:00:00Z", "2026-03-02T08:00:00", "2026-03-02T07:59:00Z", "2026-03-03T08:00:00Z", "", 1),
)
MEASURES = ("Metres", "Minutes", "Seconds", "Percent", "Kilowatts", "KilowattHours", "KilometresPerHour")
ODD: dict[str, tuple[Any, ...]] = {
    "ID": IDS,
    "String": STRINGS,
    "Float": FLOATS,
    "Int": INTEGERS,
    "NonNegativeInt": INTEGERS,
    **dict.fromkeys(MEASURES, FLOATS),
    "DateTime": MOMENTS,
    "DeviceTime": MOMENTS,
    "Boolean": (True, False, "true"),
}
PLAIN: dict[str, Any] = {
    "String": "x",
    "Float": 25.0,
    "Int": 1,
    "NonNegativeInt": 1,
    **dict.fromkeys(MEASURES, 25.0),
    "DateTime": "2026-03-02T08:30:00Z",
    "DeviceTime": "2026-03-02T08:30:00Z",
    "Boolean": True,
}

Arguments = dict[str, Any]
Known = Callable[[str], str]
"""Gives an id that leads somewhere, for the name of an argument."""
Path = tuple[str | int, ...]


def one_odd_value_each(
    fields: dict[str, GraphQLArgument], known: Known
) -> Iterator[tuple[Arguments, object]]:
    """Yield arguments in which all is plain but for one value, and that value with its path."""
    plain = {name: _plain(argument.type, name, known) for name, argument in fields.items()}
    yield plain, "all plain"
    for name, argument in fields.items():
        for path, odd in _odd(argument.type, (name,)):
            yield _put(plain, path, odd), (path, odd if len(str(odd)) < 100 else f"{str(odd)[:100]}…")


def _plain(kind: GraphQLInputType, name: str, known: Known) -> Any:
    match kind:
        case GraphQLNonNull():
            return _plain(kind.of_type, name, known)
        case GraphQLList():
            return [_plain(kind.of_type, name, known)]
        case GraphQLEnumType():
            return next(iter(kind.values))
        case GraphQLInputObjectType():
            return {inner: _plain(field.type, inner, known) for inner, field in kind.fields.items()}
    return known(name) if kind.name == "ID" else PLAIN[kind.name]


def _odd(kind: GraphQLInputType, path: Path) -> Iterator[tuple[Path, object]]:
    """Yield every odd value of a type and of what is in it."""
    match kind:
        case GraphQLNonNull():
            yield from _odd(kind.of_type, path)
            return
        case GraphQLList():
            oddities: tuple[object, ...] = ([], [None], [[]], {})
            yield from ((path, odd) for odd in oddities)
            yield from _odd(kind.of_type, (*path, 0))
        case GraphQLInputObjectType():
            fields: dict[str, GraphQLInputField] = kind.fields
            for name, field in fields.items():
                yield from _odd(field.type, (*path, name))
        case GraphQLEnumType():
            yield from ((path, odd) for odd in (*kind.values, "x", 1))
        case _:
            yield from ((path, odd) for odd in ODD[kind.name])
    yield path, None


def _put(whole: Any, path: Path, value: object) -> Any:
    """Return a copy of nested lists and objects with another value at a path."""
    if not path:
        return value
    first, *rest = path
    changed: Any = whole.copy()
    changed[first] = _put(changed[first], tuple(rest), value)
    return changed
