"""Whatever ends a worker and its broker, and whenever under load, every reaction is done afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import pytest_asyncio

from navswap.devstack.kafka import KafkaBroker
from navswap.devstack.mongod import Mongod
from navswap.devstack.ports import free_port
from navswap.events.dead_letters import DeadEvent
from navswap.events.deliveries import Deliveries
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent
from navswap.features.credits.service import CreditsServices
from navswap.features.credits.storage import LedgerEntries
from navswap.features.swapping.domain.values import Swap
from navswap.infra.lease import LeaseDocument
from navswap.kit.clock import SystemClock
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings
from tests.factories.network import a_station
from tests.features.credits.test_bonus import a_swap
from tests.support.command import BOUND_SECONDS, begin
from tests.support.consistency import full_report
from tests.support.waiting import until

pytestmark = pytest.mark.long
STOPS = 20
TRANSACTION_LIFETIME_SECONDS = 2
"""As in production, but shorter: what a killed worker had begun to write must be given up before another can write it."""

Moment = Callable[[datetime], Awaitable[bool]]
"""Whether a moment has come since a time."""


@pytest_asyncio.fixture
async def runtime(settings: Settings, tmp_path: Path) -> AsyncIterator[Runtime]:
    """A runtime on a MongoDB of its own, which the workers share, and on the clock of the machine."""
    mongod = Mongod(tmp_path / "mongo", tmp_path / "mongod.log")
    own = settings.model_copy(update={"mongo_url": await asyncio.to_thread(mongod.start)})
    try:
        async with open_runtime(own, SystemClock()) as opened:
            await opened.mongo.client.admin.command(
                {"setParameter": 1, "transactionLifetimeLimitSeconds": TRANSACTION_LIFETIME_SECONDS}
            )
            await opened.producer.wait_until_connected()
            yield opened
    finally:
        await asyncio.to_thread(mongod.stop)


async def test_after_20_stops_under_load_every_reaction_is_done(runtime: Runtime, tmp_path: Path) -> None:
    """Ctrl-C and kill in turns, before a group has worked on what Kafka has or in the middle; Kafka forgets each time."""
    moments: Sequence[Moment] = (something_is_awaited, something_is_worked_on)
    swaps: list[Swap] = []
    lost = 0
    for number in range(STOPS):
        how = (signal.SIGINT, signal.SIGKILL)[number % 2]
        swaps += await stopped_under_load(runtime, tmp_path / str(number), how, moments[number // 2 % 2])
        lost += await OutboxEvent.find({"awaited": {"$exists": True}}).count()
    async with worker_beside(runtime, tmp_path / "last") as worker:
        assert await Deliveries(runtime.clock).drain(within_seconds=BOUND_SECONDS)
        assert await ended(worker, signal.SIGINT) == 0

    assert lost > 0, "no stop has lost anything"
    left = {"$or": [{"pending": True}, {"awaited": {"$exists": True}}]}
    assert await OutboxEvent.find(left).count() == 0
    assert await DeadEvent.find_all().count() == 0
    promised = {swap.rider_id: swap.bonus_credits for swap in swaps if swap.bonus_credits}
    assert len(promised) >= STOPS
    ledger = CreditsServices.of(runtime).credits
    assert {rider_id: (await ledger.balance(rider_id)).balance for rider_id in promised} == promised
    assert await LedgerEntries.collection().count_documents({}) == len(promised)
    assert [finding for finding in (await full_report(runtime)).findings if not finding.holds] == []


async def stopped_under_load(
    runtime: Runtime, folder: Path, how: signal.Signals, moment: Moment
) -> list[Swap]:
    """Let a worker run until a moment, and end it while swaps are completed; return the swaps."""
    began = runtime.clock.now()
    station = await a_station(runtime, charged=8, slot_count=12)
    async with worker_beside(runtime, folder) as worker:
        before = await a_swap(runtime, station)
        await until(partial(moment, began), within_seconds=BOUND_SECONDS)
        meanwhile, code = await asyncio.gather(a_swap(runtime, station), ended(worker, how))
    assert code == (0 if how is signal.SIGINT else -how)
    # The work of a killed worker waits for the end of its leases, some seconds; here they are over.
    await LeaseDocument.find_all().delete()
    return [before, meanwhile]


@asynccontextmanager
async def worker_beside(runtime: Runtime, folder: Path) -> AsyncIterator[ForkServerProcess]:
    """Run `navswap worker` on an embedded broker that is new, and that is killed at the end."""
    broker = KafkaBroker(folder / "kafka.log")
    settings = runtime.settings.model_copy(update={"kafka_bootstrap": await asyncio.to_thread(broker.start)})
    worker = begin(
        settings, folder, "worker", before=partial(on_an_embedded_broker, free_port(), settings.models_dir)
    )
    try:
        yield worker
    finally:
        worker.kill()
        await asyncio.to_thread(worker.join)
        assert broker.child is not None
        await asyncio.to_thread(broker.child.kill)


def on_an_embedded_broker(worker_port: int, models: Path | None) -> None:
    os.environ |= {
        "NAVSWAP_WORKER_PORT": str(worker_port),
        "NAVSWAP_MODELS_DIR": str(models),
        "NAVSWAP_KAFKA_CREATE_TOPICS": "false",
    }


async def ended(worker: ForkServerProcess, how: signal.Signals) -> int | None:
    assert worker.pid is not None
    os.kill(worker.pid, how)
    await asyncio.to_thread(worker.join, BOUND_SECONDS)
    return worker.exitcode


async def something_is_awaited(began: datetime) -> bool:
    """Kafka has what groups have still to work on."""
    awaited = {"awaited": {"$exists": True}, "relayed_at": {"$gte": began}}
    return await OutboxEvent.collection().find_one(awaited) is not None


async def something_is_worked_on(began: datetime) -> bool:
    return await HandledEvent.collection().find_one({"handled_at": {"$gte": began}}) is not None
