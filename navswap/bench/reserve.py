"""The bench of holds: the use case that confirms one, beside a raw transaction of the same writes."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

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
    services = SwappingServices.of(runtime)
    riders: dict[str, str] = {}

    async def confirm(turn: Turn) -> str:
        entry = await services.confirmations.confirm(turn.rider_id, turn.station_id, new_id())
        riders[entry.id] = turn.rider_id
        return entry.id

    async def cancel(entry_id: str) -> None:
        await services.holds.cancel(entry_id, riders[entry_id])

    sample = await read_sample(network, network.spread()[0], confirm, cancel)
    async with open_raw_holds(runtime.settings, sample) as raw:
        candidate, reference = _Side(network, confirm, cancel), _Side(network, raw.hold, raw.cancel)
        at_a_time = pace.concurrency
        load = _Load(at_a_time, pace.pause_seconds)
        contests = [
            Contest(
                f"{at_a_time} riders, each at a station of {stations}",
                "holds",
                (NAVSWAP, candidate.confirming(network.spread(), load)),
                (RAW, reference.confirming(network.spread(), load)),
            ),
            Contest(
                f"{at_a_time} riders, all at one station",
                "holds",
                (NAVSWAP, candidate.confirming(network.crowded(), load)),
                (RAW, reference.confirming(network.crowded(), load)),
            ),
            Contest(
                f"{at_a_time} riders confirm and cancel, each at a station of {stations}",
                "holds",
                (
                    f"{NAVSWAP} and HoldService.cancel",
                    candidate.changing_their_minds(network.spread(), load),
                ),
                (f"{RAW}, two", reference.changing_their_minds(network.spread(), load)),
            ),
        ]
        return await hold_contests(contests, pace, progress)


@dataclass(frozen=True, slots=True)
class _Load:
    callers: int
    pause_seconds: float


@dataclass(frozen=True, slots=True)
class _Side:
    """What confirms a hold and cancels it."""

    network: Network
    confirm: Callable[[Turn], Awaitable[str]]
    cancel: Callable[[str], Awaitable[None]]

    def confirming(self, turns: list[Turn], load: _Load) -> Contender:
        """Return a contender that confirms holds until all packs are held."""

        async def run(seconds: float) -> Round:
            await self.network.free_all()
            done = await drive(
                turns,
                self.confirm,
                concurrency=load.callers,
                seconds=seconds,
                pause_seconds=load.pause_seconds,
            )
            await self.network.require_holds(len(done.latencies))
            return done

        return run

    def changing_their_minds(self, turns: list[Turn], load: _Load) -> Contender:
        """Return a contender that confirms holds and cancels each at once."""

        async def change_mind(turn: Turn) -> None:
            await self.cancel(await self.confirm(turn))

        async def run(seconds: float) -> Round:
            await self.network.free_all()
            done = await drive(
                turns,
                change_mind,
                concurrency=load.callers,
                seconds=seconds,
                pause_seconds=load.pause_seconds,
            )
            await self.network.require_holds(0)
            return done

        return run
