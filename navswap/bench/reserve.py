"""The bench of holds: the use case that confirms one, beside a raw transaction of the same writes."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from navswap.bench.contest import Comparison, Contender, Contest, Pace, Progress, hold_contests
from navswap.bench.load import Round, drive
from navswap.bench.machine import describe_machine
from navswap.bench.network import Network, Turn, build_network
from navswap.bench.raw_hold import open_raw_holds, read_sample
from navswap.bench.report import Report
from navswap.bench.workspace import own_names
from navswap.features.swapping.service import SwappingServices
from navswap.kit.ids import new_id
from navswap.runtime import Runtime, open_runtime
from navswap.settings import Settings

NAVSWAP = "ConfirmService.confirm"
RAW = "raw pymongo transaction"


async def bench_reserve(servers: Settings, pace: Pace, stations: int, progress: Progress) -> Report:
    """Measure holds on servers that run; what it writes there is gone when it returns.

    Raises BenchError when the database does not hold what was answered.
    """
    async with own_names(servers) as settings, open_runtime(settings) as runtime:
        machine = await describe_machine(runtime)
        progress(f"Building {stations} stations")
        comparisons = await measure_holds(runtime, pace, stations, progress)
        return Report("reserve", machine, asdict(pace) | {"stations": stations}, comparisons, delays=[])


async def measure_holds(runtime: Runtime, pace: Pace, stations: int, progress: Progress) -> list[Comparison]:
    """Measure holds in an empty database; those of the last turn stay in it."""
    network = await build_network(runtime, stations)
    holds = SwappingServices.of(runtime).confirmations

    async def confirm(turn: Turn) -> None:
        await holds.confirm(turn.rider_id, turn.station_id, new_id())

    first = network.spread()[0]
    await confirm(first)
    sample = await read_sample(network, first)
    async with open_raw_holds(runtime.settings, sample) as raw:
        contests = [
            Contest(
                name,
                "holds",
                (NAVSWAP, _contender(network, turns, confirm, pace.concurrency)),
                (RAW, _contender(network, turns, raw.hold, pace.concurrency)),
            )
            for name, turns in (
                (f"{pace.concurrency} riders, each at a station of {stations}", network.spread()),
                (f"{pace.concurrency} riders, all at one station", network.crowded()),
            )
        ]
        return await hold_contests(contests, pace, progress)


def _contender(
    network: Network, turns: list[Turn], hold: Callable[[Turn], Awaitable[None]], concurrency: int
) -> Contender:
    async def run(seconds: float) -> Round:
        await network.free_all()
        done = await drive(turns, hold, concurrency=concurrency, seconds=seconds)
        await network.require_holds(len(done.latencies))
        return done

    return run
