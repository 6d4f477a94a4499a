"""The bench of fan-out: one event to many websocket clients, beside raw broadcasts of an encoded text.

The one reference is asked to broadcast by HTTP: what stands between a change and its subscribers at least. The other one reads the
same change from Kafka with a plain consumer: the ratio to it is that of fan-out alone.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import orjson

from navswap.auth.roles import Role
from navswap.bench.contest import Contest, Pace, Progress, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.load import Round
from navswap.bench.machine import describe_machine, processor_seconds, resident_megabytes
from navswap.bench.network import PACKS_A_STATION, Network, build_network
from navswap.bench.processes import Server, raw_fanout, raw_fanout_of_records, serving
from navswap.bench.report import Report
from navswap.bench.workspace import REFERENCE_TOPIC, own_names
from navswap.events.envelope import Envelope
from navswap.events.topics import full_name
from navswap.features.stations.events import StationChanged
from navswap.features.stations.graphql import Station
from navswap.features.stations.service import StationsServices
from navswap.graphql.nodes import relay_id
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

EVENTS_AT_ONCE = 20
"""Events that are published together; the next follow when all clients have these."""
EVENTS_AT_ONCE_FOR_MEMORY = 100
TENTHS = 10
DOCUMENTS = 20
DOCUMENT = """subscription { stationChanged(stationIds: ["%(id)s"]) {
  __typename
  ... on StationUpdate { cursor sequence stationId status { %(fields)s } }
  ... on StationsSnapshot { cursor stations { id status { %(fields)s } } }
  ... on Resync { reason }
} }"""
FIELDS = "state freePacks heldPacks chargingPacks faultyPacks emptySlots queueLength isAcceptingHolds"
PATIENCE_SECONDS = 300.0
"""For the frames of one batch; on a machine that does much else a million of them take minutes."""
LONGEST_TOKEN_MINUTES = 60
"""A socket is closed when its token ends, and a hundred thousand events take longer than the usual ten minutes."""

Publish = Callable[[], Awaitable[object]]
Prepare = Callable[[int], Awaitable[Publish]]
"""Makes so many events; its answer publishes them, which is when the clock begins."""


@dataclass(slots=True)
class _Events:
    """Changes of one station, as its service publishes them: revision by revision."""

    runtime: Runtime
    network: Network
    station_id: str

    async def prepare(self, number: int, topic: str | None = None) -> Publish:
        """Return what publishes so many changes; the stored station has them before, as it would.

        `topic` is another one than that of the changes, which the web process would read as well.
        """
        station = await StationsServices.of(self.runtime).reader.get(self.station_id)
        await self.network.database["stations"].update_one(
            {"_id": self.station_id}, {"$inc": {"revision": number}}
        )
        changed = StationChanged.between(station, replace(station, revision=station.revision + 1))
        envelopes = [
            Envelope.around(
                replace(changed, revision=station.revision + step), self.runtime.clock.now(), new_id()
            )
            for step in range(1, number + 1)
        ]
        messages = [
            (full_name(self.runtime.settings, topic or envelope.topic), envelope.key, envelope.to_bytes(), ())
            for envelope in envelopes
        ]
        return partial(self.runtime.producer.send_many, messages)


@dataclass(slots=True)
class _Side:
    """A server with websockets, and what its process has used while it was its turn."""

    name: str
    server: Server
    texts: Sequence[list[str]]
    until: str
    prepare: Prepare
    at_once: int = EVENTS_AT_ONCE
    events: int = 0
    processor_seconds: float = 0.0

    async def run(self, seconds: float) -> Round:
        """Connect, publish for a time, and return how long each batch took from then until all clients had it."""
        # Sockets are open only while it is their turn: those of the other contest would be sent to as well.
        async with _clients(self.server.url, self.texts, self.until) as expect:
            latencies: list[float] = []
            started, used = perf_counter(), processor_seconds(self.server.pid)
            while perf_counter() - started < seconds:
                come = await expect(self.at_once * len(self.texts))
                publish = await self.prepare(self.at_once)
                began = perf_counter()
                await publish()
                await come()
                latencies.append(perf_counter() - began)
            self.events += self.at_once * len(latencies)
            self.processor_seconds += processor_seconds(self.server.pid) - used
            return Round(latencies, sum(latencies))

    @property
    def microseconds(self) -> float:
        """Return the processor time of a delivery."""
        return self.processor_seconds * 1e6 / max(1, self.events * len(self.texts))


class _Reference(NamedTuple):
    """A raw broadcast, and what begins it."""

    name: str
    server: Server
    prepare: Prepare

    @property
    def title(self) -> str:
        """Return what it is called in the table."""
        return self.name.replace("raw", "raw Starlette", 1)


async def bench_fanout(
    servers: Settings, pace: Pace, clients: int, progress: Progress, *, memory_events: int = 0
) -> Report:
    """Measure deliveries a second; what it writes is gone when it returns. Raises BenchError when one does not come.

    With `memory_events` the clients are then sent so many more events, and the size of the web process is shown at each tenth.
    """
    long_lived = servers.model_copy(update={"access_token_minutes": LONGEST_TOKEN_MINUTES})
    async with own_names(long_lived) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        progress("Building the network")
        network = await build_network(runtime, -(-clients // PACKS_A_STATION))
        events = _Events(runtime, network, network.station_ids[0])
        async with AsyncExitStack() as stack:
            progress("Starting the servers")
            web = await stack.enter_async_context(serving(runtime.settings))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="navswap-bench-")))
            frame = folder / "frame.json"
            frame.write_bytes(_like_an_update(events.station_id))
            raw = await stack.enter_async_context(raw_fanout(frame))
            consuming = await stack.enter_async_context(
                raw_fanout_of_records(
                    frame, settings.kafka_bootstrap, full_name(runtime.settings, REFERENCE_TOPIC)
                )
            )
            # One connection for all broadcasts, which would else be made, and read certificates, within the time of the reference.
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE_SECONDS))
            started = resident_megabytes(web.pid)
            by_http = _Reference("raw broadcast", raw, partial(_prepare_broadcast, raw.url, client))
            by_kafka = _Reference(
                "raw broadcast behind Kafka", consuming, partial(events.prepare, topic=REFERENCE_TOPIC)
            )
            contests, sides = [], []
            for name, documents, at_once, asked in (
                ("identical subscriptions", 1, EVENTS_AT_ONCE, by_http),
                ("identical subscriptions, one event at a time", 1, 1, by_http),
                ("one event at a time, from Kafka on", 1, 1, by_kafka),
                (f"{DOCUMENTS} documents", DOCUMENTS, EVENTS_AT_ONCE, by_http),
            ):
                texts = _subscribers(runtime, network, clients, documents)
                candidate = _Side(name, web, texts, "StationsSnapshot", events.prepare, at_once)
                reference = _Side(name, asked.server, [[]] * clients, "", asked.prepare, at_once)
                sides += [(candidate, "GraphQL"), (reference, asked.name)]
                contests.append(
                    Contest(
                        f"{clients} clients, {name}",
                        "deliveries",
                        ("GraphQL, signed in", candidate.run),
                        (asked.title, reference.run),
                        size=at_once * clients,
                    )
                )
            progress("Warming up")
            for contest in contests:  # the web process loads its models meanwhile
                await contest.warm_up(pace.seconds)
            for side, _ in sides:
                side.events, side.processor_seconds = 0, 0.0
            before = resident_megabytes(web.pid)
            comparisons = await hold_contests(contests, pace, progress)
            observed = {
                **{f"µs of processor a delivery, {side.name}: {of}": side.microseconds for side, of in sides},
                "MB of the web process after its start": started,
                "MB of it once it is warm": before,
                f"MB of it {_events_of(sides)} events later": resident_megabytes(web.pid),
            }
            if memory_events:
                progress(f"Sending {memory_events} events")
                side = _Side(
                    "memory",
                    web,
                    _subscribers(runtime, network, clients, 1),
                    "StationsSnapshot",
                    events.prepare,
                )
                observed |= await _sizes(side, memory_events)
        options = {
            "rounds": pace.rounds,
            "seconds": pace.seconds,
            "clients": clients,
            "events at once": EVENTS_AT_ONCE,
        }
        return Report("fanout", machine, options, comparisons, delays=[], observed=observed)


async def _sizes(side: _Side, events: int) -> dict[str, float]:
    """Return the size of a server at each tenth of events that all clients are sent."""
    sizes = {}
    async with _clients(side.server.url, side.texts, side.until) as expect:
        sent = 0
        for tenth in range(1, TENTHS + 1):
            while sent < events * tenth // TENTHS:
                number = min(EVENTS_AT_ONCE_FOR_MEMORY, events * tenth // TENTHS - sent)
                come = await expect(number * len(side.texts))
                await (await side.prepare(number))()
                await come()
                sent += number
            sizes[f"MB of it after {sent} more, with the sockets open"] = resident_megabytes(side.server.pid)
    return sizes


def _events_of(sides: Sequence[tuple[_Side, str]]) -> int:
    """Return how many events the subscribers of NavSwap were sent."""
    return sum(side.events for side, of in sides if of == "GraphQL")


@asynccontextmanager
async def _clients(
    url: str, texts: Sequence[list[str]], until: str
) -> AsyncIterator[Callable[[int], Awaitable[Callable[[], Awaitable[None]]]]]:
    """Connect clients in a process of their own; yields what lets them await so many frames, and then waits for these."""
    address = urlsplit(url)
    with tempfile.TemporaryDirectory(prefix="navswap-load-") as folder:
        asked = Path(folder) / "clients.json"
        asked.write_text(
            json.dumps(
                {"host": address.hostname, "port": address.port, "until": until, "clients": list(texts)}
            )
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "navswap.bench.websocket_client", str(asked)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None  # noqa: S101 - narrows the type only
        assert process.stdout is not None  # noqa: S101 - narrows the type only
        stdin, stdout = process.stdin, process.stdout

        async def answer(wanted: bytes) -> None:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    line = await stdout.readline()
            except TimeoutError as late:
                raise BenchError(f"The clients were not sent all within {PATIENCE_SECONDS:.0f} s.") from late
            if line != wanted:
                raise BenchError(f"The clients ended: {line.decode() or 'without a word'}.")

        async def expect(frames: int) -> Callable[[], Awaitable[None]]:
            stdin.write(b"%d\n" % frames)
            await stdin.drain()
            return lambda: answer(b"DONE\n")

        try:
            await answer(b"READY\n")
            yield expect
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _prepare_broadcast(raw: str, client: httpx.AsyncClient, number: int) -> Publish:
    """Return what asks the raw app for so many broadcasts."""

    async def ask() -> None:
        answer = await client.post(f"http://{urlsplit(raw).netloc}/broadcast/{number}")
        answer.raise_for_status()

    return ask


def _subscribers(runtime: Runtime, network: Network, clients: int, documents: int) -> list[list[str]]:
    """Return what each client sends: riders of their own sessions, who share so many documents."""
    station = relay_id(Station, network.station_ids[0])
    texts = []
    for number, rider_id in zip(range(clients), network.rider_ids, strict=False):
        token, _ = runtime.access_tokens.issue(rider_id, Role.CONSUMER, new_id())
        fields = f"version{number % documents}: revision {FIELDS}"
        texts.append(
            [
                _written({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}),
                _written(
                    {
                        "type": "subscribe",
                        "id": f"{number}",
                        "payload": {"query": DOCUMENT % {"id": station, "fields": fields}},
                    }
                ),
            ]
        )
    return texts


def _like_an_update(station_id: str) -> bytes:
    """Return a text as long as the updates that the subscribers are sent."""
    status = dict(zip(["version0", *FIELDS.split()], count(), strict=False)) | {
        "state": "OPEN",
        "isAcceptingHolds": True,
    }
    moment = {
        "__typename": "StationUpdate",
        "cursor": "e" * 40,
        "sequence": 100,
        "stationId": relay_id(Station, station_id),
        "status": status,
    }
    return orjson.dumps({"id": "100", "type": "next", "payload": {"data": {"stationChanged": moment}}})


def _written(message: object) -> str:
    return orjson.dumps(message).decode()
