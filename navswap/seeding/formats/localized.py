"""Texts in several languages, however a file writes them."""

import json
import re
from collections.abc import Iterable, Mapping

from navswap.seeding.formats.values import plain_text

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", re.ASCII)
_JSON = re.compile(r"\s*(\{|\[\s*[\[{\"])")
"""How JSON inside a text begins: where it cannot be read, it is no text of its own either."""
_TEXT_KEYS, _LANGUAGE_KEYS = ("text", "value", "name"), ("language", "lang", "locale", "languagecode")


def read_texts(value: object) -> dict[str, str] | None:
    """Return the texts of a value by language tag (BCP 47), the tag empty where it is not said; None for a plain text.

    It may be a list of texts with their languages (GBFS 3), an object by language, or either as JSON inside a text.
    """
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list) and all(isinstance(entry, dict | str) for entry in value):
        return _filled(_entry(entry) for entry in value)
    return None


def _of_object(value: dict[str, object]) -> dict[str, str] | None:
    """Return the texts of an object: of a list in it, of its text and language (Google), or of its texts by language."""
    lowered = {key.lower(): inner for key, inner in value.items()}
    if isinstance(inner := lowered.get("list") or lowered.get("translation"), list):
        return read_texts(inner)
    if lowered.keys() <= {*_TEXT_KEYS, *_LANGUAGE_KEYS} and lowered.keys() & set(_TEXT_KEYS):
        return _filled([_entry(value)])
    if value and all(_LANGUAGE.fullmatch(key) for key in value):
        return _filled(value.items())
    return None


def preferred(texts: Mapping[str, str]) -> str | None:
    """Return the English one of localized texts, else the first, None where there is none."""
    english = (text for tag, text in texts.items() if tag.lower().split("-")[0] == "en")
    return next(english, next(iter(texts.values()), None))


def one_text(value: object) -> str | None:
    """Return a text, of several languages the preferred one, of a list of texts all of them."""
    texts = read_texts(value)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return plain_text(", ".join(value))
    if texts is None and isinstance(value, str) and _JSON.match(value):
        return None
    return plain_text(value) if texts is None else preferred(texts)


def _entry(entry: dict[str, object] | str) -> tuple[object, object]:
    if isinstance(entry, str):
        return "", entry
    lowered = {key.lower(): inner for key, inner in entry.items()}
    text = next((lowered[key] for key in _TEXT_KEYS if key in lowered), None)
    language = next((lowered[key] for key in _LANGUAGE_KEYS if key in lowered), "")
    return language, text


def _filled(texts: Iterable[tuple[object, object]]) -> dict[str, str]:
    filled: dict[str, str] = {}
    for tag, written in texts:
        known = isinstance(tag, str) and _LANGUAGE.fullmatch(tag)
        text = plain_text(written)
        if text is not None:
            filled.setdefault(str(tag).replace("_", "-") if known else "", text)
    return filled
