"""The benches of reads over HTTP: lists of stations, and the floor below which no operation costs."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from navswap.auth.roles import Role
from navswap.bench.changes import CHANGES_PER_SECOND, ChangingStations, published
from navswap.bench.contest import Comparison, Contender, Contest, Pace, Progress, hold_contests
from navswap.bench.errors import BenchError
from navswap.bench.http_load import Call, generator, put_load
from navswap.bench.load import Round
from navswap.bench.machine import describe_machine
from navswap.bench.network import build_network
from navswap.bench.processes import bare_routes, mercurius, serving, why_no_mercurius
from navswap.bench.report import Report
from navswap.bench.workspace import own_names
from navswap.features.stations.graphql import Station
from navswap.graphql.nodes import relay_id
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

PLAIN = "id name address district city slotCount timeZone openingHours country"
"""Nine plain fields of a station."""
LISTS: Mapping[str, tuple[str, str]] = {
    "twenty": ("20 stations, 9 fields", f"{{ stations(first: 20) {{ edges {{ node {{ {PLAIN} }} }} }} }}"),
    "thousand": (
        "1,000 stations, 9 fields",
        f"{{ stations(first: 1000) {{ edges {{ node {{ {PLAIN} }} }} }} }}",
    ),
    "nested": (
        "100 stations, 2 fields, each with 12 slots of 2 fields",
        "{ stations(first: 100) { edges { node { id name slots { evseId state } } } } }",
    ),
}
ALL = f"{{ stations(first: 1000) {{ edges {{ node {{ {PLAIN} slots {{ evseId state }} }} }} }} }}"
"""What Mercurius is handed."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """The three servers: the address of each, None for Mercurius where it cannot run."""

    navswap: str
    bare: str
    node: str | None
    token: str
    concurrency: int
    changing: ChangingStations

    def call(self, document: str, url: str | None = None) -> Call:
        headers = {"authorization": f"Bearer {self.token}"} if url is None else {}
        return Call(url or self.navswap, {"query": document}, headers)

    def contender(self, call: Call, *, while_stations_change: bool = False) -> Contender:
        async def run(seconds: float) -> Round:
            if not while_stations_change:
                return await put_load(call, concurrency=self.concurrency, seconds=seconds)
            changing = asyncio.create_task(self.changing.change(CHANGES_PER_SECOND, seconds))
            measured = await put_load(call, concurrency=self.concurrency, seconds=seconds)
            await changing
            return measured

        return run


async def bench_lists(servers: Settings, pace: Pace, stations: int, progress: Progress) -> Report:
    """Measure lists of stations beside a bare route and Mercurius; what it writes is gone when it returns.

    Raises BenchError when an answer is not the same as that of the reference.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        documents = {name: document for name, (_, document) in LISTS.items()} | {"all": ALL}
        async with _ground(runtime, pace, stations, documents, progress) as ground:
            contests = [
                contest
                for name, (called, document) in LISTS.items()
                for contest in _of_list(ground, name, called, document)
            ]
            contests += _of_list(ground, "twenty", *LISTS["twenty"], while_stations_change=True)
            comparisons = await hold_contests(contests, pace, progress)
        return _report("lists", machine, pace, stations, comparisons, ground.changing)


async def bench_floor(servers: Settings, pace: Pace, progress: Progress) -> Report:
    """Measure the smallest operations, signed in, beside a bare route; what it writes is gone when it returns."""
    point = f'{{ station(id: "{relay_id(Station, "bench-station-00001")}") {{ name }} }}'
    documents = {"typename": "{ __typename }", "point": point}
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        async with _ground(runtime, pace, 20, documents, progress, node=False) as ground:
            contests = [
                Contest(
                    document,
                    "requests",
                    ("GraphQL, signed in", ground.contender(ground.call(document))),
                    (
                        "bare Starlette route",
                        ground.contender(ground.call(document, f"{ground.bare}/{name}")),
                    ),
                )
                for name, document in documents.items()
            ]
            comparisons = await hold_contests(contests, pace, progress)
        return _report("floor", machine, pace, 20, comparisons, ground.changing)


def _of_list(
    ground: _Ground, name: str, called: str, document: str, *, while_stations_change: bool = False
) -> list[Contest]:
    """Return the contests of a list; in those with changes both sides have them beside."""
    navswap = ground.contender(ground.call(document), while_stations_change=while_stations_change)
    beside = f", {CHANGES_PER_SECOND:g} changes of stations a second" if while_stations_change else ""
    references = [("bare Starlette route, orjson", ground.call(document, f"{ground.bare}/{name}"))]
    if ground.node is not None:
        references.append(("Mercurius with jit", ground.call(document, ground.node)))
    return [
        Contest(
            f"{called}{beside}, beside: {reference}",
            "requests",
            ("GraphQL, signed in", navswap),
            (reference, ground.contender(call, while_stations_change=while_stations_change)),
        )
        for reference, call in references
    ]


@asynccontextmanager
async def _ground(
    runtime: Runtime,
    pace: Pace,
    stations: int,
    documents: Mapping[str, str],
    progress: Progress,
    *,
    node: bool = True,
) -> AsyncIterator[_Ground]:
    """Build the network, start the servers, and see that all give the same answers."""
    progress(f"Building {stations} stations")
    network = await build_network(runtime, stations)
    token, _ = runtime.access_tokens.issue(network.rider_ids[0], Role.CONSUMER, new_id())
    async with AsyncExitStack() as stack:
        progress("Starting the web process")
        navswap = (await stack.enter_async_context(serving(runtime.settings))).url
        answers = {name: await _answer(navswap, document, token) for name, document in documents.items()}
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="navswap-bench-"))
        written = Path(folder) / "answers.json"
        written.write_bytes(orjson.dumps(answers))
        progress("Starting the references")
        bare = await stack.enter_async_context(bare_routes(written))
        node_url = None
        if node and (why := why_no_mercurius()) is None:
            node_url = await stack.enter_async_context(mercurius(written))
        elif node:
            progress(f"Without Mercurius: {why}")
        for name, document in documents.items():
            await _require_same(f"{bare}/{name}", document, answers[name])
            if node_url is not None and name != "all":
                await _require_same(node_url, document, answers[name])
        await stack.enter_async_context(published(runtime))
        changing = ChangingStations(runtime, network.station_ids)
        yield _Ground(navswap, bare, node_url, token, pace.concurrency, changing)


async def _answer(url: str, document: str, token: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(timeout=30) as client:
        answer = (await client.post(url, json={"query": document}, headers=headers)).json()
    if not answer.get("data") or answer.get("errors"):
        raise BenchError(f"{url} answered {str(answer)[:300]}")
    return answer


async def _require_same(url: str, document: str, wanted: Any) -> None:
    if await _answer(url, document) != wanted:
        raise BenchError(f"{url} does not give the answer of NavSwap to {document}.")


def _report(
    name: str,
    machine: Any,
    pace: Pace,
    stations: int,
    comparisons: list[Comparison],
    changing: ChangingStations,
) -> Report:
    options = {
        "rounds": pace.rounds,
        "seconds": pace.seconds,
        "concurrency": pace.concurrency,
        "stations": stations,
        f"load_by_{generator()}": 1,
    }
    observed = {"changes of stations committed a second, while there were any": changing.per_second}
    return Report(
        name, machine, options, comparisons, delays=[], observed=observed if changing.seconds else {}
    )
