"""What an invariant is, what it reads, and what it finds."""

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from navswap.consistency.readable import Unreadable
from navswap.infra.mongo import Session, Stored

LISTED = 100
"""Offenders of one invariant that are named; beyond them they are only counted."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offender:
    """An item for which an invariant does not hold, and why, in words that follow the item's name."""

    item: str
    problem: str


@dataclass(slots=True)
class Finding:
    """What became of one invariant: how many items it examined and which of them break it."""

    name: str
    statement: str
    examined: int = 0
    broken: int = 0
    offenders: list[Offender] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Return whether nothing breaks the invariant."""
        return self.broken == 0

    def offend(self, item: str, problem: str) -> None:
        """Take note of an item that breaks the invariant."""
        self.broken += 1
        if len(self.offenders) < LISTED:
            self.offenders.append(Offender(item, problem))


@dataclass(frozen=True, slots=True)
class View:
    """One moment of the database, without the documents that cannot be read; those are an invariant of their own."""

    session: Session
    now: datetime
    promised_soc_percent: float
    unreadable: Unreadable = field(default_factory=dict)

    def read(
        self, kind: type[Stored], condition: Mapping[str, Any] | None = None, fields: Sequence[str] = ()
    ) -> AsyncIterator[Row]:
        """Yield the documents that match, with some of their fields or with all."""
        projection = dict.fromkeys(fields, 1) if fields else None
        return kind.collection().find(self._readable(kind, condition), projection, session=self.session)

    async def group(self, kind: type[Stored], *stages: Row) -> AsyncIterator[Row]:
        """Yield what an aggregation makes of the documents."""
        pipeline = [{"$match": condition}, *stages] if (condition := self._readable(kind)) else list(stages)
        cursor = await kind.collection().aggregate(pipeline, session=self.session, allowDiskUse=True)
        async for row in cursor:
            yield row

    async def count(self, kind: type[Stored], condition: Mapping[str, Any] | None = None) -> int:
        """Return how many documents match."""
        return await kind.collection().count_documents(self._readable(kind, condition), session=self.session)

    async def ids(self, kind: type[Stored], condition: Mapping[str, Any] | None = None) -> set[str]:
        """Return the ids of the documents that match."""
        return {row["_id"] async for row in self.read(kind, condition, ["_id"])}

    def _readable(self, kind: type[Stored], condition: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        left_out = list(self.unreadable.get(kind.get_collection_name(), ()))
        if not left_out:
            return condition or {}
        return {"$and": [{"_id": {"$nin": left_out}}, condition or {}]}


class Invariant(ABC):
    """A fact that must always hold; `statement` says it in a sentence."""

    statement: ClassVar[str]

    @classmethod
    def name(cls) -> str:
        """Return the name of the class as the command line writes it."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @abstractmethod
    async def examine(self, view: View, finding: Finding) -> None:
        """Count what is examined into the finding, and name what breaks the fact."""


class DocumentsObey(Invariant):
    """A fact about single documents of one kind; `wrong` says, for each problem, which documents have it."""

    kind: ClassVar[type[Stored]]

    @abstractmethod
    def wrong(self, view: View) -> Mapping[str, Mapping[str, Any]]:
        """Return the condition of each problem."""

    async def examine(self, view: View, finding: Finding) -> None:
        """Look for each problem."""
        finding.examined = await view.count(self.kind)
        for problem, condition in self.wrong(view).items():
            async for row in view.read(self.kind, condition, ["_id"]):
                finding.offend(f"{self.kind.get_collection_name()} {row['_id']}", problem)
