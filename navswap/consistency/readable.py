"""Finds documents that no code can read, so that one of them does not blind the check to all the others."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from navswap.infra.mongo import Session, Stored
from navswap.infra.repository import Repository
from navswap.runtime import DOCUMENTS

Unreadable = Mapping[str, Mapping[Any, str]]
"""By collection the ids of documents that cannot be read, each with the reason."""


async def find_unreadable(session: Session) -> Unreadable:
    """Read every document as the code does."""
    values = dict(_values())
    unreadable: dict[str, dict[Any, str]] = {}
    for kind in DOCUMENTS:
        async for row in kind.collection().find({}, session=session):
            try:
                _read(kind, values.get(kind), row)
            except (ValueError, KeyError, TypeError) as error:
                unreadable.setdefault(kind.get_collection_name(), {})[row["_id"]] = _reason(error)
    return unreadable


def _values() -> Iterator[tuple[type[Stored], type[Repository[Any]]]]:
    """Yield the repository of each document that has one."""
    pending: list[Any] = [Repository]
    while pending:
        for repository in pending.pop().__subclasses__():
            pending.append(repository)
            if hasattr(repository, "document"):
                yield repository.document, repository


def _read(kind: type[Stored], repository: type[Repository[Any]] | None, row: Mapping[str, Any]) -> None:
    if repository is None:
        kind.model_validate(row)
    else:
        repository.from_stored(row)


def _reason(error: Exception) -> str:
    """Return the first thing that is wrong, as `status.power: Input should be …`."""
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'document'}: {first['msg']}"
