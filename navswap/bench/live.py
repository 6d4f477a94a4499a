"""The bench of live updates: from a confirmed hold through outbox, relay, Kafka and hub to a subscriber."""

import math
from time import perf_counter

from navswap.bench.arrivals import Arrivals
from navswap.bench.contest import WARM_UP_SECONDS, Progress
from navswap.bench.load import keep_pace
from navswap.bench.machine import describe_machine
from navswap.bench.network import PACKS_A_STATION, Network, Turn, build_network
from navswap.bench.report import Delay, Report
from navswap.bench.statistics import Latency
from navswap.bench.workspace import own_names
from navswap.events.relay import Relay
from navswap.events.stream import SnapshotMessage, UpdateMessage, follow
from navswap.features.swapping.events import queue_stream
from navswap.features.swapping.service import SwappingServices
from navswap.infra.jobs import BackgroundJobs
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings


async def bench_live(servers: Settings, seconds: float, per_second: float, progress: Progress) -> Report:
    """Measure live updates on servers that run; what it writes there is gone when it returns.

    Raises BenchError when an update did not reach its subscriber.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        progress(f"{per_second:g} holds a second for {seconds:g} s")
        delays = await measure_updates(runtime, seconds, per_second)
        options = {"seconds": seconds, "per_second": per_second}
        return Report("live", machine, options, comparisons=[], delays=delays)


async def measure_updates(runtime: Runtime, seconds: float, per_second: float) -> list[Delay]:
    """Confirm holds at a steady pace, a subscriber at each station; relay and hub run in this process."""
    holds = math.ceil((seconds + WARM_UP_SECONDS) * per_second) + 1
    network = await build_network(runtime, math.ceil(holds / PACKS_A_STATION))
    relay = Relay(runtime.settings, runtime.mongo.database, runtime.producer, runtime.clock)
    arrivals = Arrivals()
    async with BackgroundJobs(relay.run(), runtime.hub.run()):
        await runtime.hub.wait_until_connected()
        async with BackgroundJobs(
            *(_follow(runtime, station_id, arrivals) for station_id in network.station_ids)
        ):
            for station_id in network.station_ids:
                await arrivals.moment(station_id)
            return await _confirm(runtime, network, arrivals, seconds, per_second)


async def _confirm(
    runtime: Runtime, network: Network, arrivals: Arrivals, seconds: float, per_second: float
) -> list[Delay]:
    service = SwappingServices.of(runtime).confirmations
    answered: list[float] = []
    delays: list[float] = []

    async def confirm(turn: Turn) -> None:
        began = perf_counter()
        entry = await service.confirm(turn.rider_id, turn.station_id, new_id())
        answered.append(perf_counter() - began)
        delays.append(await arrivals.moment(entry.id) - began)

    turns = iter(network.spread())
    await keep_pace(turns, confirm, per_second=per_second, seconds=WARM_UP_SECONDS)
    answered.clear()
    delays.clear()
    await keep_pace(turns, confirm, per_second=per_second, seconds=seconds)
    return [
        Delay("confirm called → confirm answered", Latency.of(answered)),
        Delay("confirm called → update at the subscriber", Latency.of(delays)),
    ]


async def _follow(runtime: Runtime, station_id: str, arrivals: Arrivals) -> None:
    """Note when the snapshot of a queue has come, and each entry that comes after it."""
    queues = SwappingServices.of(runtime).queues
    streams = frozenset({queue_stream(station_id)})
    async for moment in follow(runtime.hub, streams, lambda: queues.load_live_queue(station_id), after=None):
        if isinstance(moment, SnapshotMessage):
            arrivals.note(station_id)
        elif isinstance(moment, UpdateMessage):
            arrivals.note(moment.envelope.payload["entry"]["id"])
