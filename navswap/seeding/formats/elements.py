"""The elements of one array inside a JSON text, each with the line on which it begins."""

import json
import re
from collections.abc import Iterator

from navswap.seeding.formats.rows import UnreadableNetworkError

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def load_json(text: str) -> object:
    """Parse a whole JSON text; a mistake in it is reported with its line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableNetworkError(
            f"the JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise UnreadableNetworkError("the JSON is nested too deeply to be a station network") from error
    except ValueError as error:
        raise UnreadableNetworkError(f"the JSON cannot be read: {error}") from error


def array_at(document: object, *path: str) -> list[object] | None:
    """Return the array at a path of a parsed JSON text, None where there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, list) else None


def elements_with_lines(text: str, *path: str) -> Iterator[tuple[int, object]]:
    """Yield each element of the array at `path` with the line on which it begins, counted from 1.

    Where a name is repeated in an object its last value counts, as it does for `json.loads`.
    Raises `UnreadableNetworkError` where the text is no JSON or has no array at the path.
    """
    if array_at(load_json(text), *path) is None:
        raise UnreadableNetworkError(f"the JSON has no array at {'.'.join(path)!r}")
    start = _skip_space(text, 0)
    for name in path:
        start = _member(text, start, name)
    line, counted = 1, 0
    for begin, value in _array(text, start):
        line += text.count("\n", counted, begin)
        counted = begin
        yield line, value


def _member(text: str, start: int, name: str) -> int:
    """Return where the value of a member begins in the object that begins at `start`."""
    found = start
    position = _skip_space(text, start + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        position = _skip_space(text, _skip_space(text, position) + 1)
        if key == name:
            found = position
        _, position = _DECODER.raw_decode(text, position)
        position = _skip_comma(text, position)
    return found


def _array(text: str, start: int) -> Iterator[tuple[int, object]]:
    """Yield where each element of the array that begins at `start` begins, and its value."""
    position = _skip_space(text, start + 1)
    while text[position] != "]":
        value, end = _DECODER.raw_decode(text, position)
        yield position, value
        position = _skip_comma(text, end)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _skip_comma(text: str, position: int) -> int:
    position = _skip_space(text, position)
    return _skip_space(text, position + 1) if text[position] == "," else position
