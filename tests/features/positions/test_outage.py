"""Positions while a real Kafka crashes and comes back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from navswap.features.positions.errors import StreamUnavailableError
from navswap.features.positions.service import SubjectScope
from navswap.kit.clock import ManualClock
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime, prepare_topics
from navswap.settings import Settings
from tests.factories.gps import a_fix
from tests.factories.positions import a_principal
from tests.features.positions.clients import Client, following, live_hub, milliseconds_now, read_until
from tests.features.positions.stores import PATIENCE_SECONDS, positions_of
from tests.support.real_kafka import KafkaProcess

pytestmark = pytest.mark.needs_java


@pytest_asyncio.fixture
async def on_real_kafka(
    database: Settings, real_kafka_settings: Settings, clock: ManualClock
) -> AsyncIterator[Runtime]:
    """A runtime on the Kafka that the test may kill."""
    del database
    async with open_runtime(real_kafka_settings, clock, build_indexes=False) as opened:
        await prepare_topics(real_kafka_settings)
        await opened.producer.wait_until_connected()
        yield opened


async def test_reports_are_refused_during_a_crash_and_watchers_are_told_all_after_it(
    on_real_kafka: Runtime, real_kafka: KafkaProcess, clock: ManualClock
) -> None:
    rider, client = new_id(), Client()
    positions, scope = positions_of(on_real_kafka), SubjectScope(frozenset({rider}))
    async with live_hub(on_real_kafka) as hub, following(on_real_kafka, hub, scope) as reading:
        client.take(await reading.snapshot())
        await positions.report(a_principal(rider), [a_fix(subject_id=rider)])
        await read_until(client, reading, rider, milliseconds_now(on_real_kafka))

        await asyncio.to_thread(real_kafka.kill)
        clock.advance(timedelta(minutes=1))
        batch = [a_fix(metres=5, subject_id=rider, start=clock.now())]
        with pytest.raises(StreamUnavailableError):
            await positions.report(a_principal(rider), batch)

        await asyncio.to_thread(real_kafka.start)
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            while True:
                try:
                    report = await positions.report(a_principal(rider), batch)
                except StreamUnavailableError:
                    continue
                break
        assert report.accepted == 1
        await read_until(client, reading, rider, milliseconds_now(on_real_kafka))
