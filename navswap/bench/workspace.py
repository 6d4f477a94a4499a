"""The ground that a bench stands on: servers, and names on them that are its own and gone afterwards."""

import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from navswap.devstack.stack import DevStack, Progress
from navswap.events.topics import full_name, full_names
from navswap.infra.kafka import ensure_topics, open_admin
from navswap.infra.redis import open_redis
from navswap.settings import Settings
from navswap.slice import all_topics
from navswap.slices import SLICES

REDIS_SECONDS = 60.0
"""What a bench itself asks of Redis waits as long as a busy machine needs; a request of a user does not."""
REFERENCE_TOPIC = "reference"
"""Topic that the raw producer writes to, beside those of the product."""


@contextmanager
def open_servers(asked: Settings, progress: Progress) -> Iterator[Settings]:
    """Lead to the servers that are named, and to those that are not named in a temporary folder until the end.

    Raises DevStackError.
    """
    with tempfile.TemporaryDirectory(prefix="navswap-bench-") as folder:
        stack = DevStack.from_settings(Path(folder), asked)
        stack.start(progress)
        try:
            yield asked.model_copy(
                update={
                    "mongo_url": stack.mongo_url,
                    "redis_url": stack.redis_url,
                    "kafka_bootstrap": stack.kafka_bootstrap,
                    "kafka_create_topics": asked.kafka_create_topics
                    and "kafka_bootstrap" in asked.model_fields_set,
                }
            )
        finally:
            stack.stop()


@asynccontextmanager
async def own_names(servers: Settings) -> AsyncIterator[Settings]:
    """Give a database, a Redis prefix and topics that nothing else uses, and remove them at the end."""
    name = f"navswap_bench_{secrets.token_hex(4)}"
    settings = servers.model_copy(
        update={"mongo_database": name, "redis_prefix": f"{name}:", "kafka_topic_prefix": f"{name}."}
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_drop_database, settings)
        stack.push_async_callback(_drop_keys, settings)
        stack.push_async_callback(_drop_topics, settings)
        await ensure_topics(
            settings, [*full_names(settings, all_topics(SLICES)), full_name(settings, REFERENCE_TOPIC)]
        )
        yield settings


async def _drop_database(settings: Settings) -> None:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url)
    async with client:
        await client.drop_database(settings.mongo_database)


async def _drop_keys(settings: Settings) -> None:
    async with open_redis(settings, timeout_seconds=REDIS_SECONDS) as redis:
        async for key in redis.scan_iter(match=f"{settings.redis_prefix}*", count=1000):
            await redis.unlink(key)


async def _drop_topics(settings: Settings) -> None:
    """Delete the topics; those of the embedded broker end with it, for it can delete none."""
    async with open_admin(settings) as admin:
        cluster = await admin.describe_cluster()
        if is_embedded(cluster):
            return
        topics = [name for name in await admin.list_topics() if name.startswith(settings.kafka_topic_prefix)]
        if topics:
            await admin.delete_topics(topics)


def is_embedded(cluster: Mapping[str, Any]) -> bool:
    """Return whether a described cluster is the embedded one, which has no controller to create or delete topics."""
    return cluster["controller_id"] not in {broker["node_id"] for broker in cluster["brokers"]}
