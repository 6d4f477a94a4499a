"""The whole way of positions: clients over HTTP, a web process, a worker with fences, and subscribers of areas."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import orjson

from navswap.auth.roles import Role
from navswap.bench.contest import Pace, Progress
from navswap.bench.errors import BenchError
from navswap.bench.machine import describe_machine, processor_seconds
from navswap.bench.network import ELSEWHERE, STRIDE_DEGREES, add_riders
from navswap.bench.position_client import LAP_SECONDS
from navswap.bench.processes import Server, serving, working
from navswap.bench.report import Delay, Report
from navswap.bench.statistics import Latency, quantile
from navswap.bench.workspace import REDIS_SECONDS, own_names
from navswap.features.geofences.domain.geometry import Fence
from navswap.features.geofences.domain.watches import Watch
from navswap.features.geofences.storage import FenceWatches
from navswap.features.positions.domain.filter import RECENT_KEPT, Fixes, Track
from navswap.features.positions.storage import GpsLog, LatestPositions, Remembered
from navswap.features.users.graphql import User
from navswap.graphql.nodes import relay_id
from navswap.infra.redis import open_redis
from navswap.kit.clock import epoch_milliseconds
from navswap.kit.geo import Point
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

POINTS = 50
EVERY_SECONDS = 2.0
"""Between two batches of a client: 200 of them send 5,000 points a second."""
SIDE = 10
"""The areas of the subscribers are a square of so many times so many, side by side."""
AREA_DEGREES = 0.02
FENCE_METRES = 200.0
WARM_UP_SECONDS = 4.0
PATIENCE_SECONDS = 120.0
BULK = 1_000
DOCUMENT = """subscription { positionsChanged(scope: {area: {west: %f, south: %f, east: %f, north: %f}}) {
  __typename
  ... on PositionsSnapshot { positions { subjectId } }
  ... on PositionsUpdate { positions { subjectId longitude latitude recordedAt } departedSubjectIds }
} }"""


@dataclass(frozen=True, slots=True)
class Load:
    """Who sends the batches: gateways for 50 riders each, or phones of riders."""

    name: str
    clients: int
    of_many: bool

    @property
    def riders(self) -> int:
        """Return how many riders the points are of."""
        return self.clients * POINTS if self.of_many else self.clients


MOST_UNSEEN = 0.01
"""Of the points: a reader who is behind is sent the newest position of a rider, and not those before it."""


@dataclass(slots=True)
class _Figures:
    """What the rounds of a load gave."""

    delays: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    logged: list[float] = field(default_factory=list)
    points: int = 0
    unseen: int = 0
    web_seconds: float = 0.0
    worker_seconds: float = 0.0


async def bench_movers(servers: Settings, pace: Pace, progress: Progress) -> Report:
    """Measure positions on their whole way on servers that run; what it writes there is gone when it returns.

    Raises BenchError where a point is turned away, or does not come through.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        delays, observed = await measure_movers(runtime, pace, progress)
        options = {"rounds": pace.rounds, "seconds": pace.seconds, "clients": pace.concurrency}
        return Report("movers", machine, options, [], delays, observed)


async def measure_movers(
    runtime: Runtime, pace: Pace, progress: Progress
) -> tuple[list[Delay], dict[str, float]]:
    """Send batches through a web process and a worker; returns delays, and what else was seen."""
    delays: list[Delay] = []
    observed: dict[str, float] = {}
    clients = pace.concurrency
    progress("Starting web process and worker")
    async with serving(runtime.settings) as web, working(runtime.settings) as worker:
        for load in (
            Load(f"{clients} gateways, {POINTS} riders a batch", clients, of_many=True),
            Load(f"{clients} phones, {POINTS} points a batch", clients, of_many=False),
        ):
            figures = await _measure(runtime, load, pace, progress, (web, worker))
            delays += [
                Delay(f"{load.name}: sent → answered", Latency.of(figures.answered)),
                Delay(f"{load.name}: sent → update of an area", Latency.of(figures.delays)),
            ]
            observed |= {
                f"{load.name}: points accepted a second": quantile(figures.accepted, 0.5),
                f"{load.name}: points logged and fenced a second": quantile(figures.logged, 0.5),
                f"{load.name}: % of points that a newer one replaced": 100 * figures.unseen / figures.points,
                f"{load.name}: µs of the web process a point": figures.web_seconds * 1e6 / figures.points,
                f"{load.name}: µs of the worker a point": figures.worker_seconds * 1e6 / figures.points,
            }
    return delays, observed


async def _measure(
    runtime: Runtime, load: Load, pace: Pace, progress: Progress, processes: tuple[Server, Server]
) -> _Figures:
    progress(f"{load.name}: preparing riders and fences")
    rider_ids = await add_riders(runtime, "mover" if load.of_many else "phone", load.riders)
    homes = [_home(number, len(rider_ids)) for number in range(len(rider_ids))]
    await _watch_fences(runtime, rider_ids, homes)
    await _remember(runtime, rider_ids, homes)
    figures = _Figures()
    async with _clients(runtime, load, processes[0], rider_ids, homes) as clients:
        progress(f"{load.name}: warming up")
        await _round(runtime, clients, min(WARM_UP_SECONDS, pace.seconds), _Figures(), processes)
        for number in range(1, pace.rounds + 1):
            progress(f"{load.name}: round {number} of {pace.rounds}")
            await _round(runtime, clients, pace.seconds, figures, processes)
    return figures


async def _round(
    runtime: Runtime,
    clients: "_Clients",
    seconds: float,
    figures: _Figures,
    processes: tuple[Server, Server],
) -> None:
    web, worker = processes
    log = runtime.mongo.database[GpsLog.NAME]
    before, used = await log.count_documents({}), [processor_seconds(side.pid) for side in (web, worker)]
    began = perf_counter()
    seen = await clients.report(seconds)
    if seen["rejected"] or seen["unseen"] > MOST_UNSEEN * seen["accepted"]:
        raise BenchError(
            f"{seen['rejected']} points were turned away, {seen['unseen']} reached no subscriber."
        )
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await log.count_documents({}) < before + seen["accepted"]:  # noqa: ASYNC110 - the worker says nothing
            await asyncio.sleep(0.05)
    figures.logged.append(seen["accepted"] / (perf_counter() - began))
    figures.accepted.append(seen["accepted"] / seen["seconds"])
    figures.answered += seen["answered"]
    figures.delays += seen["delays"]
    figures.points += seen["accepted"]
    figures.unseen += seen["unseen"]
    figures.web_seconds += processor_seconds(web.pid) - used[0]
    figures.worker_seconds += processor_seconds(worker.pid) - used[1]


@dataclass(frozen=True, slots=True)
class _Clients:
    """The process of the clients."""

    process: asyncio.subprocess.Process
    seen: Path

    async def report(self, seconds: float) -> dict[str, Any]:
        """Let the reporters send for so long, and return what all saw."""
        assert self.process.stdin is not None  # noqa: S101 - narrows the type only
        self.process.stdin.write(f"{seconds}\n".encode())
        await self.expect(b"DONE\n", seconds + PATIENCE_SECONDS)
        seen: dict[str, Any] = orjson.loads(self.seen.read_bytes())
        return seen

    async def expect(self, wanted: bytes, seconds: float) -> None:
        """Wait for a line of the process; raises BenchError for another one, and where it does not come."""
        assert self.process.stdout is not None  # noqa: S101 - narrows the type only
        try:
            async with asyncio.timeout(seconds):
                line = await self.process.stdout.readline()
        except TimeoutError as late:
            raise BenchError(f"The clients were not done within {seconds:.0f} s.") from late
        if line != wanted:
            raise BenchError(f"The clients ended: {line.decode() or 'without a word'}.")


@asynccontextmanager
async def _clients(
    runtime: Runtime, load: Load, web: Server, rider_ids: Sequence[str], homes: Sequence[Point]
) -> AsyncIterator[_Clients]:
    """Connect reporters and subscribers in a process of their own."""
    address = urlsplit(web.url)
    riders = [
        {
            "id": relay_id(User, rider_id),
            "longitude": home.longitude - LAP_SECONDS / 4 * STRIDE_DEGREES,
            "latitude": home.latitude,
            "ahead": LAP_SECONDS * number / len(rider_ids),
        }
        for number, (rider_id, home) in enumerate(zip(rider_ids, homes, strict=True))
    ]
    reporters = [
        {
            "token": _token(runtime, new_id(), Role.ADMIN)
            if load.of_many
            else _token(runtime, rider_ids[number], Role.CONSUMER),
            "riders": riders[number :: load.clients],
        }
        for number in range(load.clients)
    ]
    with tempfile.TemporaryDirectory(prefix="navswap-load-") as folder:
        order, seen = Path(folder) / "clients.json", Path(folder) / "seen.json"
        order.write_text(
            json.dumps(
                {
                    "host": address.hostname,
                    "port": address.port,
                    "points": POINTS,
                    "every": EVERY_SECONDS,
                    "of_many": load.of_many,
                    "reporters": reporters,
                    "subscribers": [_texts(runtime, number) for number in range(SIDE * SIDE)],
                    "seen": str(seen),
                }
            )
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "navswap.bench.position_client", str(order)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        clients = _Clients(process, seen)
        try:
            await clients.expect(b"READY\n", PATIENCE_SECONDS)
            yield clients
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _texts(runtime: Runtime, number: int) -> list[str]:
    """Return what the subscriber of an area sends."""
    row, column = divmod(number, SIDE)
    west, south = ELSEWHERE.longitude + column * AREA_DEGREES, ELSEWHERE.latitude + row * AREA_DEGREES
    document = DOCUMENT % (west, south, west + AREA_DEGREES, south + AREA_DEGREES)
    token = _token(runtime, new_id(), Role.ANALYST)
    messages = (
        {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}},
        {"type": "subscribe", "id": f"{number}", "payload": {"query": document}},
    )
    return [orjson.dumps(message).decode() for message in messages]


def _token(runtime: Runtime, user_id: str, role: Role) -> str:
    return runtime.access_tokens.issue(user_id, role, new_id())[0]


def _home(number: int, riders: int) -> Point:
    """Return where a rider rides to and fro: rows of riders, so that no lap leaves the areas, some cross from one to the next."""
    lap = LAP_SECONDS / 2 * STRIDE_DEGREES
    columns = 100
    row, column = divmod(number, columns)
    wide, high = SIDE * AREA_DEGREES, SIDE * AREA_DEGREES
    return Point(
        ELSEWHERE.longitude + lap / 2 + (wide - lap) * (column + 0.5) / columns,
        ELSEWHERE.latitude + high * (row + 0.5) / max(1, -(-riders // columns)),
    )


async def _watch_fences(runtime: Runtime, rider_ids: Sequence[str], homes: Sequence[Point]) -> None:
    """Watch a fence in the middle of each rider's lap, which is crossed twice in it."""
    now = runtime.clock.now()
    watches = [
        Watch(
            f"bench:{rider_id}",
            rider_id,
            "bench-station",
            Fence(home, FENCE_METRES),
            since=now,
            until=now + timedelta(days=1),
        )
        for rider_id, home in zip(rider_ids, homes, strict=True)
    ]
    for start in range(0, len(watches), BULK):
        await FenceWatches.insert_all(watches[start : start + BULK])


async def _remember(runtime: Runtime, rider_ids: Sequence[str], homes: Sequence[Point]) -> None:
    """Have the filter remember as much of each rider as it ever will: that is what a point costs after a minute."""
    now = runtime.clock.now()
    last = epoch_milliseconds(now - timedelta(minutes=10))
    times = [last - 2_000 * number for number in reversed(range(RECENT_KEPT))]
    async with open_redis(runtime.settings, timeout_seconds=REDIS_SECONDS) as redis:
        latest = LatestPositions(runtime.settings, redis)
        for start in range(0, len(rider_ids), BULK):
            await latest.remember(
                {
                    rider_id: Remembered(
                        None,
                        Track(Fixes(times, [home.longitude] * RECENT_KEPT, [home.latitude] * RECENT_KEPT)),
                    )
                    for rider_id, home in zip(
                        rider_ids[start : start + BULK], homes[start : start + BULK], strict=True
                    )
                },
                now,
            )
