"""Reads of several collections by one command.

Each command is a round trip, during which the transaction keeps others waiting, and costs the driver as much as the reading
itself. The repositories of the slices say what is to be found; here it is asked for together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar, overload

from navswap.infra.mongo import Session
from navswap.infra.repository import Condition, Repository
from navswap.kit.lifecycle import Versioned

A = TypeVar("A", bound=Versioned)
B = TypeVar("B", bound=Versioned)
C = TypeVar("C", bound=Versioned)
_BESIDE = "beside_{}"


@dataclass(frozen=True, slots=True)
class Find(Generic[A]):
    """What is to be found in a repository: the values that match, in the order of some fields.

    One out of schema is left out, as in lists of the repository, or raises its error where `is_strict`.
    """

    repository: type[Repository[A]]
    condition: Condition
    sort: Mapping[str, int] | None = None
    is_strict: bool = False

    @property
    def collection(self) -> str:
        """Return the name of the collection."""
        return self.repository.document.get_collection_name()

    @property
    def stages(self) -> list[dict[str, Any]]:
        """Return what an aggregation does for it."""
        ordered = [] if self.sort is None else [{"$sort": dict(self.sort)}]
        return [{"$match": self.condition}, *ordered]

    def read(self, documents: Iterable[Mapping[str, Any]]) -> list[A]:
        """Read stored forms."""
        if self.is_strict:
            return [self.repository.from_stored(fields) for fields in documents]
        read = map(self.repository.if_readable, documents)
        return [value for value in read if value is not None]


@overload
async def find_together(session: Session, first: Find[A], second: Find[B], /) -> tuple[list[A], list[B]]: ...


@overload
async def find_together(
    session: Session, first: Find[A], second: Find[B], third: Find[C], /
) -> tuple[list[A], list[B], list[C]]: ...


async def find_together(session: Session, /, *finds: Find[Any]) -> tuple[list[Any], ...]:
    """Return what each of several finds has found, as the transaction sees it.

    The first one is of a single value; where there is none the others find nothing either.
    """
    first, *others = finds
    beside = [_BESIDE.format(number) for number in range(len(others))]
    # $unionWith would read the others also without the first, but has no place in a transaction
    lookups = [
        {"$lookup": {"from": each.collection, "pipeline": each.stages, "as": name}}
        for name, each in zip(beside, others, strict=True)
    ]
    stages = [*first.stages, {"$limit": 1}, *lookups]
    found = await (await first.repository.collection().aggregate(stages, session=session)).to_list()
    documents = [[fields.pop(name) for fields in found] for name in beside]
    read = [each.read(chain.from_iterable(several)) for each, several in zip(others, documents, strict=True)]
    return first.read(found), *read
