"""The words of the code and of the schema are the field's, so that an expert finds them with a search."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import navswap

PACKAGE = Path(navswap.__file__).parent

STANDARD = {
    "anew": "again, new",
    "bells": "change notifications",
    "collaborators": "dependencies",
    "deaf": "ingest outage",
    "deed": "action, history entry",
    "deeds": "actions, history entries",
    "enrol": "register",
    "everybody": "all users, or the role",
    "everyone": "all users, or the role",
    "foresee": "forecast",
    "foreseen": "expected, forecast",
    "foresees": "forecasts",
    "foresaw": "expected",
    "grounds": "inputs",
    "happening": "history entry",
    "happenings": "history",
    "hasten": "replan",
    "heal": "reassign",
    "heard": "last seen, received",
    "hears": "receives",
    "journal": "audit log",
    "keeper": "what it does: writer, tracker, scheduler",
    "news": "update, change",
    "nobody": "no one by role: no rider, no transporter",
    "ours": "NavSwap's",
    "pour": "allocate",
    "poured": "allocated",
    "rescue": "reassign",
    "secretive": "hidden",
    "somebody": "the role: a rider, an operator",
    "someone": "the role: a rider, an operator",
    "tell": "publish, report, return, say",
    "telling": "publishing",
    "tells": "returns, says, publishes",
    "told": "published, reported",
    "us": "NavSwap",
    "we": "NavSwap, or the passive",
    "whoever": "the role",
    "rests": "is computed from (inputs)",
    "rested": "was computed from (inputs)",
}
"""Words of a private dialect, and what the field says instead."""
WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])")
ONE = re.compile(r"\bone\b")


def words_of(text: str) -> Iterator[str]:
    """Yield the words of a text or an identifier, in small letters; `last_heard` and `LastHeard` are two each."""
    return (word.lower() for word in WORD.findall(text))


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the identifiers, the texts and the comments of a module, each with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.string == '"We"':  # Wednesday, as OpenStreetMap writes it
            continue
        if token.type in {tokenize.NAME, tokenize.STRING, tokenize.COMMENT} or token.type == getattr(
            tokenize, "FSTRING_MIDDLE", -1
        ):
            yield token.start[0], token.string


def private_words(source: str) -> list[str]:
    # most modules have none, and are not taken apart for it
    if STANDARD.keys().isdisjoint(word.lower() for word in set(WORD.findall(source))):
        return []
    return [
        f"line {line}: {word} (say: {STANDARD[word]})"
        for line, text in texts_of(source)
        for word in words_of(text)
        if word in STANDARD
    ]


def loop_variables_without_a_name(source: str) -> list[str]:
    if not ONE.search(source):
        return []
    targets = (
        node.target
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension))
    )
    return [
        f"line {target.lineno}: one"
        for target in targets
        if isinstance(target, ast.Name) and target.id == "one"
    ]


def test_the_code_speaks_the_language_of_the_field() -> None:
    found = {
        str(path.relative_to(PACKAGE)): private_words(source) + loop_variables_without_a_name(source)
        for path in sorted(PACKAGE.rglob("*.py"))
        if (source := path.read_text())
    }
    assert {path: words for path, words in found.items() if words} == {}


def test_the_schema_speaks_the_language_of_the_field() -> None:
    schema = (PACKAGE.parent / "schema.graphql").read_text()
    found = [
        f"line {number}: {word} (say: {STANDARD[word]})"
        for number, line in enumerate(schema.splitlines(), start=1)
        for word in words_of(line)
        if word in STANDARD
    ]
    assert found == []


def test_a_private_word_is_found_wherever_it_stands() -> None:
    planted = 'def last_heard(x):\n    """Tell it."""\n    # whoever reads\n    return f"{x} anew"\n\nclass TicketDeed: ...\n'
    assert [found.split(":")[1].split()[0] for found in private_words(planted)] == [
        "heard",
        "tell",
        "whoever",
        "anew",
        "deed",
    ]
    assert sorted(loop_variables_without_a_name("[one for one in x]\nfor one in y: ...")) == [
        "line 1: one",
        "line 2: one",
    ]
