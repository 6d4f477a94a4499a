"""MongoDB: one client a process, transactions that retry, and error kinds told apart."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from beanie import Document
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern

from navswap.settings import Settings

Session = AsyncClientSession
Database = AsyncDatabase[dict[str, Any]]
T = TypeVar("T")

SERVER_SELECTION_MILLISECONDS = 5_000
"""How long an operation looks for a primary before it fails; an election takes about two seconds."""


class Stored(Document):
    """The base of all documents: ids are strings that we choose, never ObjectIds."""

    id: str  # type: ignore[assignment]  # Beanie types the id as an optional ObjectId

    @classmethod
    def collection(cls) -> AsyncCollection[dict[str, Any]]:
        """Return the driver's collection, for conditional updates."""
        return cls.get_pymongo_collection()


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
        async with self.client.start_session() as session:
            return await session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )

    async def ping(self) -> None:
        """Raise a pymongo error when no primary answers."""
        await self.client.admin.command("ping")

    async def __aenter__(self) -> Self:
        await self.client.aconnect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()
