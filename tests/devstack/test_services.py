import uuid
from typing import Any

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import MongoClient

from navswap.settings import Settings


def test_embedded_mongo_runs_transactions(settings: Settings) -> None:
    with MongoClient[dict[str, Any]](settings.mongo_url) as client:
        database = client[settings.mongo_database]
        database["first"].insert_one({"_id": "before"})
        with client.start_session() as session, session.start_transaction():
            database["first"].insert_one({"_id": "inside"}, session=session)
            database["second"].insert_one({"_id": "inside"}, session=session)
            session.abort_transaction()
        assert database["first"].count_documents({}) == 1
        assert database["second"].count_documents({}) == 0


def test_redis_keeps_what_it_is_given(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as client:
        key = settings.redis_prefix + "probe"
        client.set(key, "kept")
        assert client.get(key) == b"kept"


@pytest.mark.streams
async def test_kafka_hands_on_records_in_order_per_key(settings: Settings) -> None:
    topic = f"{settings.kafka_topic_prefix}probe-{uuid.uuid4().hex}"
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        for number in range(20):
            await producer.send_and_wait(topic, b"%d" % number, key=b"one")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        values = [int((await consumer.getone()).value or b"") for _ in range(20)]
    assert values == list(range(20))
