import asyncio
import uuid
from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

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
