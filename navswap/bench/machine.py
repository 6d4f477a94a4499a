"""Where figures come from: without it they cannot be compared."""

import asyncio
import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from navswap.bench.workspace import REDIS_SECONDS, is_embedded
from navswap.infra.kafka import open_admin
from navswap.infra.redis import open_redis
from navswap.runtime import Runtime

LIBRARIES = {"pymongo": "pymongo", "aiokafka": "aiokafka", "redis-py": "redis", "pydantic": "pydantic"}
"""Packages that the speed depends on, by the names people know them by."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine and the versions; `load` is the mean number of runnable tasks of the last minute before the bench."""

    system: str
    cores: int
    load: float
    python: str
    event_loop: str
    libraries: dict[str, str]
    servers: dict[str, str]


async def describe_machine(runtime: Runtime) -> Machine:
    """Return what the bench runs on; asks MongoDB and Redis for their versions, which Kafka does not report."""
    async with open_admin(runtime.settings) as admin:
        cluster = await admin.describe_cluster()
    mongo = await runtime.mongo.client.server_info()
    async with open_redis(runtime.settings, timeout_seconds=REDIS_SECONDS) as asked:
        redis = await asked.info("server")
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 1),
        python=platform.python_version(),
        event_loop=type(asyncio.get_running_loop()).__module__.partition(".")[0],
        libraries={name: version(package) for name, package in LIBRARIES.items()},
        servers={
            "MongoDB": str(mongo["version"]),
            "Redis": str(redis["redis_version"]),
            "Kafka": "embedded broker" if is_embedded(cluster) else "a real cluster",
        },
    )


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used; 0 where the system does not show it in /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process has resident; 0 where the system does not show it in /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
