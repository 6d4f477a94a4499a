"""A MongoDB that hangs: its connections stay open, and nothing comes back."""

import contextvars
import inspect
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import pymongo
import pytest_asyncio
import strawberry
from strawberry import Info

from navswap.devstack.mongod import Mongod
from navswap.edge.deadline import Deadline
from navswap.edge.schema import LimitedSchema, SchemaPolicy
from navswap.infra.mongo import Mongo, Session
from navswap.settings import Settings

DATABASE_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
"""Far above what a busy machine takes, and far below `NO_ANSWER_SECONDS`."""
NO_ANSWER_SECONDS = 3_600
"""How long a caller waits without a deadline; the driver itself would give a connection up after half a minute."""


@strawberry.type
class Query:
    @strawberry.field
    async def things(self, info: Info[Mongo, None]) -> int:
        return await info.context.database["things"].count_documents({})


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add_thing(self, info: Info[Mongo, None]) -> bool:
        async def work(session: Session) -> bool:
            await info.context.database["things"].insert_one({}, session=session)
            return True

        return await info.context.in_transaction(work)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def deadlines(self) -> AsyncIterator[bool]:
        yield pymongo._csot.get_timeout() is not None


def schema_with(database_seconds: float) -> LimitedSchema:
    policy = SchemaPolicy(database_seconds=database_seconds)
    return LimitedSchema(query=Query, mutation=Mutation, subscription=Subscription, policy=policy)


SCHEMA = schema_with(DATABASE_SECONDS)
PATIENT_SCHEMA = schema_with(PATIENCE_SECONDS)
"""While the database answers it may take its time: the first thing that is added makes a file on the disk."""


@dataclass(frozen=True)
class Server:
    """A MongoDB of this test's own, which may be made to hang."""

    mongo: Mongo
    pid: int

    @contextmanager
    def hanging(self) -> Iterator[None]:
        os.kill(self.pid, signal.SIGSTOP)
        while not self._has_stopped():
            pass  # a signal takes a moment to reach every thread, in which a question could still be answered
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def _has_stopped(self) -> bool:
        listed = subprocess.run(
            ["ps", "-o", "state=", "-p", str(self.pid)], capture_output=True, text=True, check=True
        )
        return listed.stdout.startswith("T")


@pytest_asyncio.fixture
async def server(settings: Settings, tmp_path: Path) -> AsyncIterator[Server]:
    mongod = Mongod(tmp_path / "data", tmp_path / "log")
    try:
        url = f"{mongod.start()}&connectTimeoutMS={NO_ANSWER_SECONDS * 1_000}"
        async with Mongo(settings.model_copy(update={"mongo_url": url})) as mongo:
            status: dict[str, Any] = await mongo.client.admin.command("serverStatus")
            yield Server(mongo, int(status["pid"]))
    finally:
        mongod.stop()


async def test_a_database_that_hangs_is_told_in_time_and_nothing_is_changed_by_halves(server: Server) -> None:
    assert (await PATIENT_SCHEMA.execute("mutation { addThing }", context_value=server.mongo)).errors is None
    with server.hanging():
        for document in ("{ things }", "mutation { addThing }", "{ things }"):
            began = perf_counter()
            result = await SCHEMA.execute(document, context_value=server.mongo)
            assert result.errors is not None
            assert [error.extensions for error in result.errors] == [{"code": "UNAVAILABLE"}]
            assert perf_counter() - began < PATIENCE_SECONDS
    result = await PATIENT_SCHEMA.execute("mutation { addThing }", context_value=server.mongo)
    assert result.errors is None
    result = await PATIENT_SCHEMA.execute("{ things }", context_value=server.mongo)
    assert result.data == {"things": 2}


def test_an_operation_that_is_abandoned_ends_in_another_context_without_a_word() -> None:
    deadline = Deadline(DATABASE_SECONDS)
    deadline.execution_context = SimpleNamespace(graphql_document=None)  # type: ignore[assignment]  # all it reads
    running = deadline.on_execute()
    contextvars.copy_context().run(next, running)
    assert isinstance(running, Generator)
    assert inspect.getgeneratorstate(running) == inspect.GEN_SUSPENDED
    running.close()
    assert inspect.getgeneratorstate(running) == inspect.GEN_CLOSED


async def test_a_subscription_has_no_deadline() -> None:
    results = await SCHEMA.stream("subscription { deadlines }")
    assert [result.data async for result in results] == [{"deadlines": False}]  # type: ignore[union-attr]
