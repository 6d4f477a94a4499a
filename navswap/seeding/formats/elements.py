"""The elements of an array inside a JSON text, each with the line on which it begins."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from navswap.seeding.formats.rows import Place, UnreadableNetworkError

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()

EACH = None
"""The step of a path to every element of an array, or to every member of an object."""
Path = tuple[str | None, ...]
"""Names of members and EACH, from the top of a document; the last step to the stations is EACH."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: where it begins, the member's name where an object holds it, and its value."""

    place: Place
    key: str | None
    value: object


class BrokenJsonError(UnreadableNetworkError):
    """The text is no JSON, though it begins as one."""


def load_json(text: str) -> object:
    """Parse a whole JSON text; a mistake in it is reported with its line and column."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        end = text.rstrip()
        cut = error.msg.startswith("Unterminated") or (
            error.pos >= len(end) - 1 and end[-1:] not in {"}", "]"}
        )
        hint = ": the file ends too early, as of a download that was cut off" if cut else ""
        raise BrokenJsonError(
            f"the JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}{hint}"
        ) from error
    except RecursionError as error:
        raise UnreadableNetworkError("the JSON is nested too deeply to be a station network") from error
    except ValueError as error:
        raise UnreadableNetworkError(f"the JSON cannot be read: {error}") from error


def json_lines(text: str) -> list[Element] | None:
    """Return the values of a text with one JSON object in each line, None where it is none of these.

    A line that is broken, as the last one of a download that was cut off, has what is wrong with it for its value.
    """
    lines = [
        (number, line.strip(" \t\x1e")) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    ]
    filled = [(number, line) for number, line in lines if line]
    if len(filled) < 2 or not isinstance(_object_in(filled[0][1]), dict):
        return None
    elements = [
        Element(Place(number, index), None, _object_in(line)) for index, (number, line) in enumerate(filled)
    ]
    good = sum(isinstance(element.value, dict) for element in elements)
    return elements if good > 1 and good * 2 > len(elements) else None


def _object_in(line: str) -> object:
    """Return what a line of JSON holds, or what is wrong with it."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return error


def array_at(document: object, *path: str) -> list[object] | None:
    """Return the array at a path of a parsed JSON text, None where there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, list) else None


def elements_at(text: str, path: Path) -> Iterator[Element]:
    """Yield the elements of a JSON text at `path`, their lines counted from 1 and their indexes from 0.

    Where a name is repeated in an object its last value counts, as it does for `json.loads`. The text is JSON.
    """
    line, counted = 1, 0
    for index, (begin, key, value) in enumerate(_walk(text, _skip_space(text, 0), path)):
        line += text.count("\n", counted, begin)
        counted = begin
        yield Element(Place(line, index), key, value)


def _walk(text: str, start: int, path: Path) -> Iterator[tuple[int, str | None, object]]:
    """Yield where each element at `path` inside the value that begins at `start` begins, its name and its value."""
    step, rest = path[0], path[1:]
    opening = text[start]
    if step is not EACH:
        found = _member(text, start, step) if opening == "{" else None
        if found is not None:
            yield from _walk(text, found, rest)
        return
    places = _array(text, start) if opening == "[" else _members(text, start) if opening == "{" else ()
    for begin, key in places:
        if rest:
            yield from _walk(text, begin, rest)
        else:
            yield begin, key, _DECODER.raw_decode(text, begin)[0]


def _member(text: str, start: int, name: str) -> int | None:
    """Return where the value of the last member of a name begins in the object that begins at `start`."""
    found = None
    for begin, key in _members(text, start, unique=False):
        if key == name:
            found = begin
    return found


def _members(text: str, start: int, *, unique: bool = True) -> Iterator[tuple[int, str]]:
    """Yield where the value of each member of an object begins, and its name; the last of a repeated one if `unique`."""
    places: list[tuple[int, str]] = []
    position = _skip_space(text, start + 1)
    while text[position] != "}":
        key, position = _DECODER.raw_decode(text, position)
        position = _skip_space(text, _skip_space(text, position) + 1)
        places.append((position, key))
        _, position = _DECODER.raw_decode(text, position)
        position = _skip_comma(text, position)
    if unique:
        last = {key: begin for begin, key in places}
        places = [(begin, key) for begin, key in places if last[key] == begin]
    yield from places


def _array(text: str, start: int) -> Iterator[tuple[int, None]]:
    """Yield where each element of the array that begins at `start` begins."""
    position = _skip_space(text, start + 1)
    while text[position] != "]":
        yield position, None
        _, end = _DECODER.raw_decode(text, position)
        position = _skip_comma(text, end)


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _skip_comma(text: str, position: int) -> int:
    position = _skip_space(text, position)
    return _skip_space(text, position + 1) if text[position] == "," else position
