"""Facts as JSON and back: the payload of an envelope."""

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from navswap.kit.facts import Fact

F = TypeVar("F", bound=Fact)


def dump_fact(fact: Fact) -> dict[str, Any]:
    """Return the plain JSON values of a fact."""
    payload: dict[str, Any] = _adapter(type(fact)).dump_python(fact, mode="json")
    return payload


def dump_fact_json(fact: Fact) -> bytes:
    """Return a fact as compact JSON in UTF-8, the same values as `dump_fact`."""
    return _adapter(type(fact)).dump_json(fact)


def read_fact(kind: type[F], payload: dict[str, Any]) -> F:
    """Read what `dump_fact` returned; fields that a newer publisher added are ignored. Raises ValueError."""
    fact: F = _adapter(kind).validate_python(payload)
    return fact


@cache
def _adapter(kind: type[Fact]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
