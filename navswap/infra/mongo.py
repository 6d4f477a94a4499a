"""MongoDB: one client a process, transactions that retry, and error kinds that callers distinguish."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from traceback import walk_tb
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

from beanie import Document, init_beanie
from pymongo import AsyncMongoClient, WriteConcern, pool_shared
from pymongo.asynchronous import pool, topology
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from navswap.infra.cancellation import to_the_end
from navswap.settings import Settings

Session = AsyncClientSession
Database = AsyncDatabase[dict[str, Any]]
Collection = AsyncCollection[dict[str, Any]]
T = TypeVar("T")

_DUPLICATE_KEY = 11000
SERVER_SELECTION_MILLISECONDS = 5_000
"""How long an operation looks for a primary before it fails; an election takes about two seconds."""


_connect = pool_shared._async_create_connection  # noqa: SLF001 - see `_connect_or_close`


async def _connect_or_close(address: tuple[str, int | None], options: Any) -> socket.socket:
    """Connect as pymongo does, and close the socket also when the task that needs it is cancelled meanwhile.

    pymongo 4.20 closes it only after an OSError (its PYTHON-5867): a job that is cancelled while the pool grows would
    leave an open socket to the garbage collector.
    """
    try:
        return await _connect(address, options)
    except asyncio.CancelledError as error:
        for frame, _ in walk_tb(error.__traceback__):
            if isinstance(opened := frame.f_locals.get("sock"), socket.socket):
                opened.close()
        raise


pool_shared._async_create_connection = _connect_or_close  # noqa: SLF001 - pymongo offers no hook


async def _wait_in_this_task(condition: Any, timeout: float | None) -> bool:  # noqa: ASYNC109 - as pymongo calls it
    """Wait as pymongo does, in the task that holds the lock.

    pymongo 4.20 waits by `asyncio.wait_for`, which until Python 3.12 runs a task of its own. Of a waiter that is cancelled
    just when its time is over that task stays behind: it takes the lock and never gives it back, so that all that the
    client does hangs, its closing too.
    """
    try:
        async with asyncio.timeout(timeout):
            return bool(await condition.wait())
    except TimeoutError:
        return False


for _module in (pool, topology):
    _module._async_cond_wait = _wait_in_this_task  # type: ignore[attr-defined]  # noqa: SLF001 - as above


_waiting: WeakKeyDictionary[Session, dict[str, tuple[Collection, list[dict[str, Any]]]]] = WeakKeyDictionary()
"""What each transaction inserts last, by collection."""
_before_commit: WeakKeyDictionary[Session, dict[str, Callable[[Session], Awaitable[object]]]] = (
    WeakKeyDictionary()
)
"""What each transaction does once its work is done, by name."""
_after_commit: WeakKeyDictionary[Session, list[Callable[[], object]]] = WeakKeyDictionary()
"""What follows each transaction once it is committed."""


def is_outage(error: BaseException) -> bool:
    """Return whether MongoDB was away, in an election or too slow, so that the same may well succeed later."""
    if not isinstance(error, PyMongoError):
        return False
    is_retryable = error.has_error_label("TransientTransactionError") or error.has_error_label(
        "RetryableWriteError"
    )
    return is_retryable or error.timeout or isinstance(error, ConnectionFailure)


class Stored(Document):
    """The base of all documents: ids are strings that NavSwap chooses, never ObjectIds."""

    id: str  # type: ignore[assignment]  # Beanie types the id as an optional ObjectId

    @classmethod
    def collection(cls) -> AsyncCollection[dict[str, Any]]:
        """Return the driver's collection, for conditional updates."""
        return cls.get_pymongo_collection()


async def bind_documents(
    database: Database, documents: Sequence[type[Stored]], *, build_indexes: bool
) -> None:
    """Have documents stored in a database, whose indexes are built, or stand already.

    Beanie takes every class apart, which is most of what opening a runtime costs. It is done once a process: for a later
    database the classes are as they were, and only look elsewhere.
    """
    if build_indexes or not all(vars(document).get("_document_settings") for document in documents):
        await init_beanie(database, document_models=[*documents], skip_indexes=not build_indexes)
        return
    for document in documents:
        document.set_database(database)  # type: ignore[no-untyped-call]  # Beanie types no setter
        document.set_collection(database[document.get_collection_name()])  # type: ignore[no-untyped-call]


class Mongo:
    """The client of one process and the database that it works on."""

    def __init__(self, settings: Settings) -> None:
        self.client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            settings.mongo_url,
            tz_aware=True,
            appname="navswap",
            serverSelectionTimeoutMS=SERVER_SELECTION_MILLISECONDS,
        )
        self.database: Database = self.client[settings.mongo_database]

    async def in_transaction(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in one transaction, majority-committed, and return what it returns.

        `work` runs again from the start when another transaction wrote the same documents first, so it
        must do nothing but read and write MongoDB through the session that it is given.
        """

        async def attempt(session: Session) -> T:
            _waiting[session] = {}  # of an attempt that was given up nothing is left
            following = _before_commit[session] = {}
            _after_commit[session] = []
            result = await work(session)
            while following:
                await following.pop(next(iter(following)))(session)
            for collection, documents in _waiting.pop(session).values():
                await collection.insert_many(documents, session=session)
            return result

        async with self.client.start_session() as session:
            result = await session.with_transaction(
                attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
            for follow in _after_commit.pop(session):
                follow()
            return result

    async def ping(self) -> None:
        """Raise a pymongo error when no primary answers."""
        await self.client.admin.command("ping")

    async def __aenter__(self) -> Self:
        try:
            await self.client.aconnect()
        except BaseException:  # `async with` calls no `__aexit__` for what was not entered
            await to_the_end(self.client.close())
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await to_the_end(self.client.close())


def do_before_commit(name: str, work: Callable[[Session], Awaitable[object]], session: Session) -> None:
    """Have something done in the transaction once its own work is done; of several with one name the first is.

    For what must hold when the transaction is committed, and not after each of its steps. Raises KeyError unless
    `Mongo.in_transaction` runs.
    """
    _before_commit[session].setdefault(name, work)


def do_after_commit(work: Callable[[], object], session: Session) -> None:
    """Have something done in this process once the transaction is committed; it must neither raise nor block.

    Raises KeyError unless `Mongo.in_transaction` runs.
    """
    _after_commit[session].append(work)


async def insert_new(collection: Collection, documents: Sequence[dict[str, Any]]) -> int:
    """Insert those documents that no unique index has yet, in one command, and return how many; the others stay as they are."""
    if not documents:
        return 0
    try:
        written = await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failed = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE_KEY for each in failed):
            raise
        return int(error.details["nInserted"])
    return len(written.inserted_ids)


async def first_of_each(
    collection: Collection, field: str, ids: Sequence[str], time: str
) -> dict[str, datetime]:
    """Return the first time, in the field `time`, of the documents of each id in a field; ids without any are left out.

    An index that begins with the two fields in this order answers it.
    """
    groups = await collection.aggregate(
        [
            {"$match": {field: {"$in": list(ids)}}},
            {"$sort": {field: 1, time: 1}},
            {"$group": {"_id": f"${field}", "first": {"$first": f"${time}"}}},
        ]
    )
    return {group["_id"]: group["first"] async for group in groups}


def insert_last(collection: Collection, documents: Sequence[dict[str, Any]], session: Session) -> None:
    """Insert documents as the last thing of the transaction, in one command with all others of their collection.

    For what the transaction itself does not read. Raises KeyError unless `Mongo.in_transaction` runs.
    """
    _waiting[session].setdefault(collection.full_name, (collection, []))[1].extend(documents)
