"""Servers that the settings name: reached, never started or stopped."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError

from navswap.devstack.errors import DevStackError

TIMEOUT_SECONDS = 5.0


def reach(title: str, address: str) -> None:
    """Raise DevStackError unless the MongoDB, Redis or Kafka at the address answers within 5 s."""
    {"MongoDB": reach_mongo, "Redis": reach_redis, "Kafka": reach_kafka}[title](address)


def reach_mongo(url: str) -> None:
    """Raise DevStackError unless a MongoDB primary answers at the URL within 5 s."""
    try:
        with MongoClient[dict[str, object]](
            url, serverSelectionTimeoutMS=int(TIMEOUT_SECONDS * 1000)
        ) as client:
            primary = client.admin.command("hello").get("isWritablePrimary")
    except (PyMongoError, ValueError) as error:
        raise DevStackError(
            f"NAVSWAP_MONGO_URL names a MongoDB that does not answer: {_first(error)}"
        ) from error
    if not primary:
        raise DevStackError(
            "NAVSWAP_MONGO_URL names a MongoDB that is not a primary: name the replica set in it"
        )


def reach_redis(url: str) -> None:
    """Raise DevStackError unless Redis answers at the URL within 5 s."""
    try:
        with Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        ) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise DevStackError(
            f"NAVSWAP_REDIS_URL names a Redis that does not answer: {_first(error)}"
        ) from error


def reach_kafka(bootstrap: str) -> None:
    """Raise DevStackError unless a Kafka broker answers at the address within 5 s."""
    try:
        asyncio.run(asyncio.wait_for(_read_metadata(bootstrap), TIMEOUT_SECONDS))
    except (KafkaError, ValueError, OSError) as error:
        raise DevStackError(
            f"NAVSWAP_KAFKA_BOOTSTRAP names a Kafka that does not answer: {_first(error) or 'timed out'}"
        ) from error


async def _read_metadata(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
    finally:
        await admin.close()


def _first(error: Exception) -> str:
    """Return the first sentence of an error that may list every server it tried."""
    return str(error).partition("\n")[0].partition(", Timeout:")[0]
