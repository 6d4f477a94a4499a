import asyncio
import uuid
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from navswap.infra.jobs import BackgroundJobs
from navswap.infra.kafka import ensure_topics
from navswap.infra.topic_reader import open_reader
from navswap.settings import Settings
from tests.support.real_kafka import KafkaProcess

pytestmark = pytest.mark.needs_java


@pytest.mark.parametrize("end", [KafkaProcess.stop, KafkaProcess.kill])
async def test_records_survive_an_outage_of_the_real_kafka(
    real_kafka: KafkaProcess, end: Callable[[KafkaProcess], None]
) -> None:
    topic = f"outage-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=real_kafka.bootstrap)
    try:
        await admin.start()
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"before")
        await asyncio.to_thread(end, real_kafka)
        during = await producer.send(topic, b"during")
        await asyncio.to_thread(real_kafka.start)
        await during
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=real_kafka.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        assert [(await consumer.getone()).value for _ in range(2)] == [b"before", b"during"]


async def test_a_reader_goes_on_where_it_was_behind_each_outage_of_the_real_kafka(
    real_kafka: KafkaProcess,
) -> None:
    topic = f"outage-{uuid.uuid4().hex}"
    received: asyncio.Queue[bytes] = asyncio.Queue()
    await asyncio.to_thread(real_kafka.start)
    settings = Settings(kafka_bootstrap=real_kafka.bootstrap, kafka_topic_prefix="", kafka_partitions=4)
    await ensure_topics(settings, [topic])
    async with (
        AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap, acks="all") as producer,
        open_reader(settings, topic) as reader,
        BackgroundJobs(reader.read(received.put_nowait)),
    ):
        for number, end in enumerate((KafkaProcess.stop, KafkaProcess.kill)):
            await producer.send_and_wait(topic, b"%d before" % number)
            assert await received.get() == b"%d before" % number
            await asyncio.to_thread(end, real_kafka)
            during = await producer.send(topic, b"%d during" % number)
            await asyncio.to_thread(real_kafka.start)
            await during
            assert await received.get() == b"%d during" % number
        assert received.empty()
