"""The settings as a page for people: `docs/configuration.md`, written from the code."""

import re
from collections.abc import Iterator
from inspect import getsource
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from navswap.settings import Settings
from navswap.store_settings import StoreSettings

HEAD = """# Configuration

Written from `navswap/settings.py` and `navswap/store_settings.py` by `uv run navswap settings --markdown > docs/configuration.md`; a test compares them.

Each setting is an environment variable, or a line of a file `.env` in the folder where the process starts; the variable wins. Lists are JSON.
A process says which setting is wrong, and ends. `navswap settings` shows what holds where you are, without the secrets, and `navswap doctor`
checks that what they name is there.
"""
CREDENTIALS = re.compile(r"//[^/@]+@")
"""User and password in an address."""


def page() -> str:
    """Return the page in Markdown: a table of variables for each section of the settings."""
    parts = [HEAD]
    for section, names in _sections().items():
        parts += [f"## {section}\n", "| variable | takes | default | what it is |", "|---|---|---|---|"]
        parts += [_row(name, Settings.model_fields[name]) for name in names]
        parts.append("")
    return "\n".join(parts)


def values(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Yield each variable with its value as text, and whether it was set; secrets are hidden."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        text = "(secret)" if isinstance(value, SecretStr) else CREDENTIALS.sub("//(secret)@", _text(value))
        yield variable(name), text, name in settings.model_fields_set


def variable(name: str) -> str:
    """Return the environment variable of a field."""
    return f"NAVSWAP_{name.upper()}"


def _sections() -> dict[str, list[str]]:
    """Return the fields below the headings that stand as comments in the settings."""
    sections: dict[str, list[str]] = {}
    section = ""
    for line in "".join(getsource(owner) for owner in (StoreSettings, Settings)).splitlines():
        if heading := re.fullmatch(r"    # (\w.*)", line):
            section = heading[1]
            sections[section] = []
        elif (field := re.match(r"    (\w+): ", line)) and field[1] in Settings.model_fields:
            sections[section].append(field[1])
    return {name: fields for name, fields in sections.items() if fields}


def _row(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    shown = "required" if default is PydanticUndefined else _default(default)
    cells = (f"`{variable(name)}`", _takes(field), shown, field.description or "")
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _default(value: object) -> str:
    if isinstance(value, SecretStr):
        return "for development only"
    text = _text(value)
    return f"`{text}`" if text else "none"


def _text(value: object) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case list():
            return "[]" if not value else str(value).replace("'", '"')
        case _:
            return str(value)


def _takes(field: FieldInfo) -> str:
    """Return what a variable takes: its kind, or the values to choose from, and its bounds."""
    bounds = [
        f"{sign} {bound:g}"
        for rule in field.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if isinstance(bound := getattr(rule, name, None), int | float)
    ]
    lengths = [
        f"at least {rule.min_length} characters" for rule in field.metadata if hasattr(rule, "min_length")
    ]
    return ", ".join([_kind(field.annotation), *bounds, *lengths])


def _kind(annotation: Any) -> str:
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) is list:
        return "JSON list"
    if hasattr(annotation, "__members__"):
        return ", ".join(f"`{member.value}`" for member in annotation)
    names = {
        int: "whole number",
        float: "number",
        bool: "`true` or `false`",
        str: "text",
        SecretStr: "secret",
    }
    return names.get(annotation, "path")
