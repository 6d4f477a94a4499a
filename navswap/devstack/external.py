"""Servers that the settings name: reached, never started or stopped."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from redis import Redis
from redis.exceptions import RedisError

from navswap.devstack.errors import DevStackError

TIMEOUT_SECONDS = 5.0


def reach(title: str, address: str, **access: Any) -> None:
    """Raise DevStackError unless the MongoDB, Redis or Kafka at the address answers within 5 s; `access` is how Kafka lets in."""
    if title == "Kafka":
        reach_kafka(address, **access)
    else:
        {"MongoDB": reach_mongo, "Redis": reach_redis}[title](address)


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


def reach_kafka(bootstrap_servers: str, **access: Any) -> None:
    """Raise DevStackError unless a Kafka broker at the addresses takes the login and answers within 5 s."""
    try:
        asyncio.run(asyncio.wait_for(_read_metadata(bootstrap_servers, access), TIMEOUT_SECONDS))
    except (KafkaError, ValueError, OSError) as error:
        # aiokafka logs what a broker had against a login or its certificate, and raises only that none was reached.
        fault = "does not answer"
        if access.get("security_protocol", "PLAINTEXT") != "PLAINTEXT":
            fault += ", or refuses the login or the certificate that NAVSWAP_KAFKA_SECURITY asks for"
        raise DevStackError(
            f"NAVSWAP_KAFKA_BOOTSTRAP names a Kafka that {fault}: {_first(error) or 'timed out'}"
        ) from error


async def _read_metadata(bootstrap_servers: str, access: Mapping[str, Any]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **access)
    try:
        await admin.start()
    finally:
        await admin.close()


def _first(error: Exception) -> str:
    """Return the first sentence of an error that may list every server it tried."""
    return str(error).partition("\n")[0].partition(", Timeout:")[0]
