"""Repositories: plain values of the domain in MongoDB, read by named queries, changed by transitions.

A repository is a class of class methods over one Beanie document, which names the collection and its indexes. The
document declares no fields: those are the dataclass's own, so that a value is written down once. Nothing of MongoDB's
query language leaves a repository.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from prometheus_client import Counter
from pydantic import TypeAdapter
from pymongo import InsertOne, UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from navswap.infra.mongo import Session, Stored, insert_new
from navswap.kit.lifecycle import Transition, Versioned
from navswap.kit.time_spans import TimeSpan

log = structlog.get_logger(__name__)

UNREADABLE = Counter(
    "navswap_unreadable_documents_total",
    "Documents out of schema that were left out of a list",
    ["collection"],
)
HISTORY = "from_archive"
"""The field that marks a document which was loaded from an archive: nothing was paid, moved or published here for it."""
V = TypeVar("V", bound=Versioned)
Condition = Mapping[str, Any]
Write = InsertOne[dict[str, Any]] | UpdateOne
_DUPLICATE_KEY = 11000


_PAGES_AT_ONCE = 200
"""Pages that one command reads; MongoDB allows a command 1,000 stages."""


def within(field: str, span: TimeSpan) -> dict[str, Any]:
    """Return the condition that a time lies in a span; an empty one for a span that is open at both ends."""
    sides = {"$gte": span.since, "$lt": span.until}
    bounds = {operator: time for operator, time in sides.items() if time is not None}
    return {field: bounds} if bounds else {}


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of what matches, by id or newest first: past the one with the id `last`, or from the beginning."""

    condition: Condition
    last: str | None
    limit: int
    is_newest_first: bool = True

    def stages(self) -> list[dict[str, Any]]:
        """Return what an aggregation does for the page."""
        side, order = ("$lt", -1) if self.is_newest_first else ("$gt", 1)
        past = {} if self.last is None else {"_id": {side: self.last}}
        return [
            {"$match": {"$and": [self.condition, past]}},
            {"$sort": {"_id": order}},
            {"$limit": self.limit},
        ]


class StaleValueError(PyMongoError):
    """A value has changed since the decision was made on it; the transaction runs again from its start."""

    def __init__(self, message: str) -> None:
        super().__init__(message, error_labels={"TransientTransactionError"})


class Repository(Generic[V]):
    """The stored values of one kind; a subclass names `document` (where they are) and `value` (what they are)."""

    document: type[Stored]
    value: type[V]
    leaves_out_unreadable: ClassVar[bool] = True
    """Whether lists pass over a document out of schema; not where what it is about would be lost by that."""

    @classmethod
    def collection(cls) -> AsyncCollection[dict[str, Any]]:
        """Return the driver's collection, for named queries of a subclass."""
        return cls.document.collection()

    @classmethod
    async def find(cls, identifier: str, session: Session | None = None) -> V | None:
        """Return the value with an id as the transaction sees it, None where there is none."""
        return await cls.find_where({"_id": identifier}, session)

    @classmethod
    async def find_by_ids(cls, identifiers: Sequence[str], session: Session | None = None) -> dict[str, V]:
        """Return values by id; unknown ids are left out."""
        found = await cls.list_where({"_id": {"$in": list(identifiers)}}, session=session)
        return {value.id: value for value in found}

    @classmethod
    async def insert(cls, value: V, session: Session) -> V:
        """Store a new value; raises pymongo's DuplicateKeyError where a unique index has it already."""
        await cls.collection().insert_one(cls.to_stored(value), session=session)
        return value

    @classmethod
    async def insert_all(cls, values: Sequence[V], session: Session | None = None) -> None:
        """Store new values in one command; raises DuplicateKeyError where a unique index has one of them already."""
        await cls._write([InsertOne(cls.to_stored(value)) for value in values], session)

    @classmethod
    async def insert_missing(cls, values: Sequence[V], session: Session | None = None) -> int:
        """Store the values whose ids are not there yet, and return how many were new."""
        if not values:
            return 0
        stored = [cls.to_stored(value) for value in values]
        written = await cls.collection().bulk_write(
            [
                UpdateOne({"_id": fields.pop("_id")}, {"$setOnInsert": fields}, upsert=True)
                for fields in stored
            ],
            ordered=False,
            session=session,
        )
        return int(written.upserted_count)

    @classmethod
    async def insert_history(cls, values: Sequence[V]) -> int:
        """Store values of the past that no unique index has yet, marked with `HISTORY`; return how many were new."""
        return await insert_new(
            cls.collection(), [{**cls.to_stored(value), HISTORY: True} for value in values]
        )

    @classmethod
    async def apply(cls, transition: Transition[V], session: Session) -> V:
        """Store a transition by one conditional update, or insert, and return the new value.

        The update takes place only if the stored revision is the one that the decision was made on. Raises
        StaleValueError otherwise, on which `Mongo.in_transaction` starts again.
        """
        before, after = transition.before, transition.after
        if before is None:
            return await cls.insert(after, session)
        if not transition.is_change:
            return after
        written = await cls.collection().update_one(
            {"_id": before.id, "revision": before.revision},
            _difference(cls.to_stored(before), cls.to_stored(after)),
            session=session,
        )
        if written.matched_count != 1:
            raise StaleValueError(
                f"{cls.value.__name__} {before.id} is no longer at revision {before.revision}"
            )
        return after

    @classmethod
    async def apply_all(cls, transitions: Sequence[Transition[V]], session: Session) -> None:
        """Store several transitions in one command, as `apply` does each; raises StaleValueError, DuplicateKeyError."""
        changes = [transition for transition in transitions if transition.is_change]
        if len(changes) == 1:
            await cls.apply(changes[0], session)  # costs the driver less than a bulk of one
            return
        if await cls._write([cls._write_of(change) for change in changes], session) != len(changes):
            raise StaleValueError(
                f"one of {len(changes)} values of {cls.value.__name__} has changed meanwhile"
            )

    @classmethod
    async def find_where(cls, condition: Condition, session: Session | None = None) -> V | None:
        """Return one value that matches; for named queries of a subclass."""
        found = await cls.collection().find_one(condition, session=session)
        return None if found is None else cls.from_stored(found)

    @classmethod
    async def list_where(
        cls,
        condition: Condition,
        *,
        sort: Sequence[tuple[str, int]] = (("_id", 1),),
        limit: int = 0,
        session: Session | None = None,
    ) -> list[V]:
        """Return the values that match, in order, all of them where `limit` is 0; for named queries of a subclass."""
        found = cls.collection().find(condition, session=session).sort(list(sort)).limit(limit)
        return [value async for fields in found if (value := cls.if_readable(fields)) is not None]

    @classmethod
    async def list_newest(cls, condition: Condition, *, before: str | None, limit: int) -> list[V]:
        """Return a page of the values that match, newest first (by id), older than the one with the id `before`."""
        wanted = condition if before is None else {"$and": [condition, {"_id": {"$lt": before}}]}
        return await cls.list_where(wanted, sort=[("_id", -1)], limit=limit)

    @classmethod
    async def list_pages(cls, pages: Sequence[PageOf]) -> list[list[V]]:
        """Return each of several pages, such as those of the parents of a list, by one command."""
        found: list[list[V]] = [[] for _ in pages]
        for start in range(0, len(pages), _PAGES_AT_ONCE):
            first, *others = (
                [*page.stages(), {"$set": {"page": start + number}}]
                for number, page in enumerate(pages[start : start + _PAGES_AT_ONCE])
            )
            name = cls.document.get_collection_name()
            unions = [{"$unionWith": {"coll": name, "pipeline": stages}} for stages in others]
            async for fields in await cls.collection().aggregate([*first, *unions]):
                page = fields.pop("page")
                if (value := cls.if_readable(fields)) is not None:
                    found[page].append(value)
        return found

    @classmethod
    def to_stored(cls, value: V) -> dict[str, Any]:
        """Return the stored form of a value: its fields, the id as `_id`."""
        fields: dict[str, Any] = _adapter(cls.value).dump_python(value)
        fields["_id"] = fields.pop("id")
        return fields

    @classmethod
    def from_stored(cls, fields: Mapping[str, Any]) -> V:
        """Read a stored form; raises ValueError (pydantic's, for one out of bounds), KeyError or TypeError."""
        value: V = _adapter(cls.value).validate_python({**fields, "id": fields["_id"]})
        return value

    @classmethod
    def if_readable(cls, fields: Mapping[str, Any]) -> V | None:
        """Read a document of a list; one out of schema is counted, logged and left out, so that it does not hide the others."""
        try:
            return cls.from_stored(fields)
        except (ValueError, KeyError, TypeError) as error:
            if not cls.leaves_out_unreadable:
                raise
            name = cls.document.get_collection_name()
            UNREADABLE.labels(name).inc()
            log.warning("document_unreadable", collection=name, id=fields["_id"], error=str(error))
            return None

    @classmethod
    async def _write(cls, writes: Sequence[Write], session: Session | None) -> int:
        """Carry writes out in order and return how many documents they found or added."""
        if not writes:
            return 0
        try:
            written = await cls.collection().bulk_write(writes, session=session)
        except BulkWriteError as error:
            [first, *_] = error.details["writeErrors"]
            if first["code"] == _DUPLICATE_KEY:
                raise DuplicateKeyError(first["errmsg"], _DUPLICATE_KEY, first) from error
            raise
        return int(written.matched_count + written.inserted_count)

    @classmethod
    def _write_of(cls, change: Transition[V]) -> Write:
        if change.before is None:
            return InsertOne(cls.to_stored(change.after))
        return UpdateOne(
            {"_id": change.before.id, "revision": change.before.revision},
            _difference(cls.to_stored(change.before), cls.to_stored(change.after)),
        )


def _difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"$set": {name: value for name, value in after.items() if before[name] != value}}


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
