"""Lists that stand in the source of a program, or as one prints them: JavaScript, TypeScript, Python and PHP, as JSON.

Also JSON with comments, with commas at the ends of its lists, or with other quotation marks.
"""

import json
import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
    |(?P<text>"{3}.*?"{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)
    |(?P<number>[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w$]))
    |(?P<arrow>=>|:(?!:))
    |(?P<cast>\b(?:as|satisfies)\s+(?:const|[\w.]+(?:<[\w.\s,]*>)?(?:\[\])*))
    |(?P<word>[^\W\d][\w$]*(?:(?:\.|::)[^\W\d][\w$]*)*)
    |(?P<mark>[\[\]{}(),;.+])""",
    re.VERBOSE | re.DOTALL,
)
_VALUE = r"[ \t\r\n]*(?=\[|\{|array[ ]*\()"
_START = re.compile(rf"(?:=(?![=>])|\breturn\b|\bdefault\b|^[\w.$]+[ ]*\(|%>|\?>){_VALUE}", re.MULTILINE)
_SOURCE = re.compile(
    rf"\A\s*(?:<\?php|<%)|^[ \t]*(?:(?:(?:export[ ]+)?(?:default|(?:var|let|const)[ ]+[\w$]+)|[\w.$]+)(?:[ ]*:[^=\n]*)?[ ]*"
    rf"=(?![=>])|export[ ]+default|return){_VALUE}|\A\s*[\w.$]+[ ]*\({_VALUE}",
    re.MULTILINE,
)
"""What makes a text the source of a program that holds a list."""
_WORDS = {
    "true": "true",
    "false": "false",
    "True": "true",
    "False": "false",
    "TRUE": "true",
    "FALSE": "false",
    **dict.fromkeys(("null", "None", "NULL", "undefined", "nil", "NaN"), "null"),
}
_CLOSES = {"[": "]", "{": "}"}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "\n": ""}
_MOST_STARTS = 200


class _NoLiteralError(Exception):
    """What stands here is no list of plain values."""


def is_source(text: str) -> bool:
    """Return whether a text is the source of a program that holds a list, or a call around one."""
    return _SOURCE.search(text) is not None


def json_of_source(text: str) -> str | None:
    """Return the largest list or object of plain values that a source text holds, as JSON on the same lines; None for none."""
    best, most, end = None, 0, 0
    begins_with_it = re.match(r"\s*(?=[\[{])", text)
    starts = [begins_with_it] if begins_with_it is not None else _START.finditer(text)
    for number, start in enumerate(starts):
        if number >= _MOST_STARTS:
            break
        if start.end() < end:
            continue
        try:
            written, after = _Literal(text, start.end()).read()
            value = json.loads(written)
        except (_NoLiteralError, ValueError, RecursionError):
            continue
        end = after
        if after - start.end() > most and _holds_objects(value):
            best, most = "\n" * text.count("\n", 0, start.end()) + written, after - start.end()
    return best


def _holds_objects(value: object) -> bool:
    inner = list(value.values()) if isinstance(value, dict) else value
    return isinstance(inner, list) and any(isinstance(each, dict | list) for each in inner)


class _Literal:
    """One list or object, written as JSON token by token."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._tokens = _tokens(text, start)
        self._written: list[str] = []
        self._last = -1
        self._open: list[int] = []
        self._end = start

    def read(self) -> tuple[str, int]:
        """Return the JSON, and where in the text the literal ends; raises _NoLiteralError."""
        for found in self._tokens:
            kind, token = found.lastgroup, found[0]
            match kind:
                case "space" | "cast":
                    self._written.append("\n" * token.count("\n"))
                case "text":
                    self._add_text(_plain(token), token.count("\n"))
                case "number":
                    self._add(self._key_or(_number(token), token, found.end()))
                case "arrow":
                    self._add_arrow(token)
                case "word":
                    self._add_word(token, found.end())
                case _:
                    self._add_mark(token)
            if self._last >= 0 and not self._open:
                return "".join(self._written), found.end()
        raise _NoLiteralError

    def _previous(self) -> str:
        return self._written[self._last] if self._last >= 0 else ""

    def _add(self, token: str) -> None:
        self._last = len(self._written)
        self._written.append(token)

    def _add_text(self, plain: str, lines: int) -> None:
        """Add a text; one that follows another continues it, as texts are joined."""
        previous = self._previous()
        if previous.startswith('"'):
            self._written[self._last] = json.dumps(json.loads(previous) + plain, ensure_ascii=False)
        else:
            self._add(json.dumps(plain, ensure_ascii=False))
        self._written.append("\n" * lines)

    def _add_arrow(self, sign: str) -> None:
        if sign == "=>" and self._open and self._written[self._open[-1]] == "[":
            self._written[self._open[-1]] = "{"
        self._add(":")

    def _add_word(self, word: str, end: int) -> None:
        following = self._text[end : end + 40].lstrip()
        if word in {"array", "list", "dict"} and following.startswith("("):
            return
        if following.startswith("("):
            raise _NoLiteralError
        self._add(self._key_or(_WORDS.get(word, json.dumps(word, ensure_ascii=False)), word, end))

    def _key_or(self, value: str, word: str, end: int) -> str:
        """Return what is written for a word or a number: a text where it is the name of a field."""
        is_key = re.match(r"\s*(?:=>|:(?!:))", self._text[end : end + 40]) is not None
        return json.dumps(word, ensure_ascii=False) if is_key else value

    def _add_mark(self, mark: str) -> None:
        if mark in "[{(":
            self._open.append(len(self._written))
            self._add("[" if mark == "(" else mark)
        elif mark in "]})":
            if not self._open:
                raise _NoLiteralError
            if self._previous() == ",":
                self._written[self._last] = ""
            self._add(_CLOSES[self._written[self._open.pop()]])
        elif mark == ",":
            self._add(mark)
        elif mark == ";" or not self._previous().startswith('"'):
            raise _NoLiteralError


def _tokens(text: str, start: int) -> Iterator[re.Match[str]]:
    position = start
    while (found := _TOKEN.match(text, position)) is not None:
        yield found
        position = found.end()


def _number(token: str) -> str:
    plain = token.replace("_", "").lstrip("+")
    if re.fullmatch(r"-?0\d+", plain):
        return json.dumps(plain)  # leading zeros are those of an id
    plain = re.sub(r"\.(?!\d)", "", plain)
    return re.sub(r"^(-?)\.", r"\g<1>0.", plain)


def _plain(token: str) -> str:
    """Return what a text in quotation marks says."""
    inner = token[3:-3] if token.startswith('"""') and len(token) > 5 else token[1:-1]
    unicode = re.sub(
        r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1] or found[2], 16)), inner
    )
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), unicode, flags=re.DOTALL)
