"""The servers that the benches over HTTP compare, each one process: NavSwap, a bare route, and Mercurius where Node is."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from navswap.bench.errors import BenchError
from navswap.bench.raw_fanout import BOOTSTRAP, FRAME, TOPIC
from navswap.bench.raw_lists import ANSWERS
from navswap.devstack.ports import free_port
from navswap.settings import Settings

START_SECONDS = 120
UNLIMITED = 100_000_000
_HANDED_ON = (
    "mongo_url",
    "mongo_database",
    "redis_url",
    "redis_prefix",
    "kafka_bootstrap",
    "kafka_topic_prefix",
    "kafka_fetch_wait_milliseconds",
    "kafka_create_topics",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its address, and its process id."""

    url: str
    pid: int


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """Run the web process as `navswap serve` does, with limits that the load does not reach."""
    port = free_port()
    command = [sys.executable, "-m", "navswap", "serve", "--port", str(port)]
    async with _process(command, _environment(settings), port) as pid:
        yield Server(f"http://127.0.0.1:{port}/graphql", pid)


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Server]:
    """Run a worker as `navswap worker` does; yields the address of its health and metrics."""
    port = free_port()
    command = [sys.executable, "-m", "navswap", "worker"]
    async with _process(command, {**_environment(settings), "NAVSWAP_WORKER_PORT": str(port)}, port) as pid:
        yield Server(f"http://127.0.0.1:{port}", pid)


def _environment(settings: Settings) -> dict[str, str]:
    handed_on = {f"NAVSWAP_{name.upper()}": str(getattr(settings, name)) for name in _HANDED_ON}
    limits = {
        "NAVSWAP_RATE_LIMIT_PRINCIPAL_PER_MINUTE": str(UNLIMITED),
        "NAVSWAP_RATE_LIMIT_ADDRESS_PER_MINUTE": str(UNLIMITED),
        "NAVSWAP_LOG_LEVEL": "ERROR",
    }
    return {**os.environ, **handed_on, **limits}


@asynccontextmanager
async def bare_routes(answers: Path) -> AsyncIterator[str]:
    """Run the reference on uvicorn, as the web process runs; yield the address that its routes begin with."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "navswap.bench.raw_lists:build_app"),
        *("--port", str(port), "--log-level", "error", "--no-access-log", "--no-server-header"),
    ]
    async with _process(command, {**os.environ, ANSWERS: str(answers)}, port):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def raw_fanout(frame: Path) -> AsyncIterator[Server]:
    """Run the reference of fan-out that is asked by HTTP on uvicorn, as the web process runs."""
    async with _fanout("build_app", {FRAME: str(frame)}) as server:
        yield server


@asynccontextmanager
async def raw_fanout_of_records(frame: Path, bootstrap: str, topic: str) -> AsyncIterator[Server]:
    """Run the reference of fan-out that reads a topic, in the same way."""
    names = {FRAME: str(frame), BOOTSTRAP: bootstrap, TOPIC: topic}
    async with _fanout("build_consuming_app", names) as server:
        yield server


@asynccontextmanager
async def _fanout(factory: str, names: Mapping[str, str]) -> AsyncIterator[Server]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", f"navswap.bench.raw_fanout:{factory}"),
        *("--port", str(port), "--log-level", "error", "--no-access-log", "--no-server-header"),
        *("--ws-per-message-deflate", "false"),
    ]
    async with _process(command, {**os.environ, **names}, port) as pid:
        yield Server(f"http://127.0.0.1:{port}", pid)


def why_no_mercurius() -> str | None:
    """Return why Mercurius cannot be run here, None where it can."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not found" if missing else None


@asynccontextmanager
async def mercurius(answers: Path) -> AsyncIterator[str]:
    """Run Mercurius with its compiler on the same objects; raises BenchError where its packages cannot be had."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "navswap" / "bench-mercurius"
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("navswap.bench") / "mercurius") as delivered:
        for name in ("package.json", "server.js"):
            shutil.copy(delivered / name, folder / name)
    if not (folder / "node_modules" / "mercurius").exists():
        await _run("npm", "install", "--silent", "--no-audit", "--no-fund", folder=folder)
    port = free_port()
    command = ["node", str(folder / "server.js"), str(port), str(answers)]
    async with _process(command, {**os.environ, "NODE_ENV": "production"}, port):
        yield f"http://127.0.0.1:{port}/graphql"


async def _run(*command: str, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise BenchError(f"{command[0]} failed: {complaint.decode()[-500:]}")


@asynccontextmanager
async def _process(command: list[str], environment: Mapping[str, str], port: int) -> AsyncIterator[int]:
    """Run a server until the end; yield its process id. Raises BenchError unless it listens in time."""
    process = await asyncio.create_subprocess_exec(
        *command, env=dict(environment), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await _until_listening(process, port)
        yield process.pid
    except TimeoutError as late:
        raise BenchError(f"{command[0]} did not listen within {START_SECONDS} s.") from late
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _until_listening(process: asyncio.subprocess.Process, port: int) -> None:
    while True:
        if process.returncode is not None:
            raise BenchError(f"A server ended with exit code {process.returncode} before it listened.")
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
