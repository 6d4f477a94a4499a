"""Frozen values, changed and built at a fraction of what the standard library takes.

A decision changes a value some ten times per swap and builds some fifty; `dataclasses.replace` looks at every field each
time, and the `__init__` of a frozen dataclass looks up `object.__setattr__` for each. Here both are compiled once to code
that writes the slots directly: per class and names of the changed fields, and per class.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["quick_init", "replace"]

V = TypeVar("V")

if TYPE_CHECKING:
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of a frozen dataclass with some fields changed; raises TypeError for a field that it has not.

        One that checks itself (`__post_init__`), or has no slots, is built by the standard library.
        """
        key = (type(value), *changes)
        try:
            copier = _copiers[key]
        except KeyError:
            copier = _copiers[key] = _compile_copier(*key)
        return copier(value, **changes)


_copiers: dict[tuple[Any, ...], Callable[..., Any]] = {}
"""By class and names of the changed fields, in the order in which a caller names them: as many as calls in the code."""


def quick_init(kind: type[V]) -> type[V]:
    """Give a frozen dataclass with slots a quicker `__init__` of the same signature; a decorator above `@dataclass`.

    For values that are built with every swap. Raises TypeError for a class without slots, and for fields that are made by
    a factory, keyword-only or not in `__init__`.
    """
    fields = _fields(kind)
    unfit = any(
        field.kw_only or not field.init or field.default_factory is not dataclasses.MISSING
        for field in fields
    )
    if not _has_slots(kind) or unfit:
        raise TypeError(f"{kind.__name__} is no plain dataclass with slots")
    known = _setters(kind)
    signature = ["self"]
    for field in fields:
        if field.default is dataclasses.MISSING:
            signature.append(field.name)
        else:
            known[f"default_{field.name}"] = field.default
            signature.append(f"{field.name}=default_{field.name}")
    lines = [f"set_{field.name}(self, {field.name})" for field in fields]
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    quick = _compile("__init__", signature, lines or ["pass"], known)
    changed: Any = kind
    quick.__qualname__, quick.__annotations__ = (
        changed.__init__.__qualname__,
        changed.__init__.__annotations__,
    )
    changed.__init__ = quick
    return kind


def _compile_copier(kind: type, *changed: str) -> Callable[..., Any]:
    """Return what copies a value of a class with so named fields changed."""
    names = [field.name for field in _fields(kind)]
    for name in changed:
        if name not in names:
            raise TypeError(f"{kind.__name__} has no field {name!r}")
    plain = _has_slots(kind) and all(field.init for field in _fields(kind))
    if not plain or hasattr(kind, "__post_init__"):
        return dataclasses.replace
    known = _setters(kind) | {"_new": object.__new__, "_class": kind}
    lines = [f"set_{name}(_copy, {name if name in changed else f'_value.{name}'})" for name in names]
    signature = ["_value", "/", *changed]  # fields may well be called `kind` or `value`
    copier: Callable[..., Any] = _compile(
        "copy", signature, ["_copy = _new(_class)", *lines, "return _copy"], known
    )
    return copier


def _compile(name: str, signature: list[str], lines: list[str], known: dict[str, Any]) -> Any:
    source = "\n    ".join([f"def {name}({', '.join(signature)}):", *lines])
    exec(source, known)  # noqa: S102 - of the names of declared fields only
    return known[name]


def _fields(kind: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(kind)


def _has_slots(kind: type) -> bool:
    return "__slots__" in kind.__dict__


def _setters(kind: type) -> dict[str, Any]:
    return {f"set_{field.name}": getattr(kind, field.name).__set__ for field in _fields(kind)}
