"""A real Kafka that crashes and comes back while events flow: no fact is lost, and no reaction."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from navswap.events.deliveries import Deliveries
from navswap.events.envelope import Envelope
from navswap.events.handled import HandledEvent
from navswap.events.outbox import OutboxEvent
from navswap.events.topics import full_names
from navswap.features.credits.service import CreditsServices
from navswap.features.stations.service import Station
from navswap.features.swapping.domain.values import Swap
from navswap.features.swapping.service import ReturnedPack, SwappingServices
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.kafka import open_consumer
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, prepare_topics
from navswap.settings import Settings
from navswap.slice import fact_topics
from navswap.worker import fact_consumers, streams
from tests.factories.network import a_rider, a_station
from tests.features.swapping.steps import confirm, verify
from tests.support.api import PATIENCE_SECONDS
from tests.support.real_kafka import KafkaProcess
from tests.support.runtime import empty_runtime
from tests.support.waiting import until

pytestmark = pytest.mark.needs_java

OUTAGE_SECONDS = 2 * PATIENCE_SECONDS
"""How long a test waits for what comes after an outage; one that needs it has failed."""


@pytest_asyncio.fixture
async def on_real_kafka(
    database: Settings, real_kafka_settings: Settings, clock: ManualClock
) -> AsyncIterator[Runtime]:
    """A runtime on the Kafka that the test may kill, with topics of its own."""
    own = real_kafka_settings.model_copy(
        update={"kafka_topic_prefix": f"{database.kafka_topic_prefix}{new_id()}."}
    )
    await prepare_topics(own)
    async with empty_runtime(own, clock) as opened:
        yield opened


async def a_swap_under_way(runtime: Runtime, station: Station) -> tuple[str, str]:
    """Bring a rider to a station and scan the code; return the ids of the entry and of the pack that is brought."""
    rider, old = await a_rider()
    assert old is not None
    entry = await confirm(runtime, rider.id, station)
    await verify(runtime, entry, station)
    return entry.id, old.id


async def test_a_kafka_that_crashes_while_events_flow_loses_no_fact_and_no_reaction(
    on_real_kafka: Runtime, real_kafka: KafkaProcess
) -> None:
    runtime = on_real_kafka
    station = await a_station(runtime, charged=10, slot_count=12)
    under_way = [await a_swap_under_way(runtime, station) for _ in range(6)]
    service = SwappingServices.of(runtime).swaps

    async def complete(*some: tuple[str, str]) -> list[Swap]:
        return [await service.complete(entry, "staff-1", ReturnedPack(pack, 9.0)) for entry, pack in some]

    async with BackgroundJobs(*streams(runtime, fact_consumers(runtime))):
        swaps = await complete(*under_way[:2])
        await until(HandledEvent.find_all().count, within_seconds=OUTAGE_SECONDS)
        crashing = asyncio.create_task(asyncio.to_thread(real_kafka.kill))
        swaps += await complete(*under_way[2:4])
        await crashing
        swaps += await complete(*under_way[4:])
        assert await OutboxEvent.find({"pending": True}).count() > 0
        await asyncio.to_thread(real_kafka.start)
        assert await Deliveries(runtime.clock).drain(within_seconds=OUTAGE_SECONDS)

    ledger = CreditsServices.of(runtime).credits
    promised = {swap.rider_id: swap.bonus_credits for swap in swaps}
    assert sum(promised.values()) > 0
    assert {rider_id: (await ledger.balance(rider_id)).balance for rider_id in promised} == promised
    facts = {event.id for event in await OutboxEvent.find_all().to_list()}
    assert await read_from_kafka(runtime, facts) == facts


async def read_from_kafka(runtime: Runtime, wanted: set[str]) -> set[str]:
    """Read all topics of facts from their start, until what is wanted was seen."""
    seen: set[str] = set()
    topics = full_names(runtime.settings, fact_topics(runtime.slices))
    async with (
        asyncio.timeout(OUTAGE_SECONDS),
        open_consumer(runtime.settings, *topics, group=None, from_start=True) as reader,
    ):
        while not wanted <= seen:
            seen.add(Envelope.from_bytes((await reader.getone()).value or b"").id)
    return seen & wanted
