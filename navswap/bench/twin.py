"""The bench of the twin: a day of a city, beside a bare loop of as many events."""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from navswap.bench.contest import Progress
from navswap.bench.errors import BenchError
from navswap.bench.raw_twin import run_bare_loop
from navswap.bench.statistics import Spread, ratios
from navswap.simulation.engine.simulation import RunOptions, Simulation
from navswap.simulation.offline import OfflineOptions, find_policy
from navswap.simulation.world.city import City

SIZES = (60, 1_000, 2_500)
SLOTS = 31
"""Slots of a station: with them 1,000 stations of the demonstration city, highways among them, swap about 100,000 times a day."""
HOURS = 24.0


@dataclass(frozen=True, slots=True)
class TwinDay:
    """A day at so many stations: both sides in seconds of processor time, which other work on the machine inflates least.

    `ratio` is the time of the bare loop over that of the twin, round by round.
    """

    stations: int
    swaps: int
    events: int
    seconds: Spread
    wall_seconds: Spread
    bare_seconds: Spread
    ratio: Spread

    @property
    def hours_per_second(self) -> float:
        """Return the simulated hours that a second of processor time gives."""
        return HOURS / self.seconds.median

    @property
    def events_per_second(self) -> float:
        """Return the events that a second of processor time handles."""
        return self.events / self.seconds.median


@dataclass(frozen=True, slots=True)
class TwinReport:
    """The figures of the twin, and the machine that they come from; `peak_mb` is the most memory of the process."""

    policy: str
    rounds: int
    cores: int
    load: float
    python: str
    days: tuple[TwinDay, ...]
    peak_mb: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values by the names of the fields, and the rates."""
        rates = [
            {"hours_per_second": day.hours_per_second, "events_per_second": day.events_per_second}
            for day in self.days
        ]
        plain = asdict(self)
        plain["days"] = [day | rate for day, rate in zip(plain["days"], rates, strict=True)]
        return plain

    def lines(self) -> Iterator[str]:
        """Yield all of it for a person."""
        yield f"{platform.system()}, {self.cores} cores, load {self.load:g} before the start, Python {self.python}"
        yield f"a day under {self.policy}, {self.rounds} rounds, medians of processor time"
        for day in self.days:
            yield (
                f"\n{day.stations:,} stations, {day.swaps:,} swaps, {day.events:,} events\n"
                f"  the twin        {day.seconds.median:8.2f} s  ({day.wall_seconds.median:.2f} s on the clock)"
                f"  {day.hours_per_second:8.2f} simulated hours/s  {day.events_per_second:10,.0f} events/s\n"
                f"  the bare loop   {day.bare_seconds.median:8.2f} s\n"
                f"  ratio, round by round   {day.ratio.median:.3f}  [{day.ratio.least:.3f} to {day.ratio.greatest:.3f}]"
            )
        yield f"\nmost memory of the process: {self.peak_mb:,.0f} MB"


def bench_twin(seeds: Path, policy: str, rounds: int, sizes: Sequence[int], progress: Progress) -> TwinReport:
    """Measure a day of the twin at each size; raises UnknownPolicyError, SeedsUnreadableError."""
    load = round(os.getloadavg()[0], 1)
    days = []
    for size in sizes:
        progress(f"Building {size} stations")
        city = OfflineOptions(seeds, policy=policy, stations=size, slots=SLOTS).city()
        days.append(_measure(city, policy, rounds, progress))
    return TwinReport(
        policy=policy,
        rounds=rounds,
        cores=os.cpu_count() or 1,
        load=load,
        python=platform.python_version(),
        days=tuple(days),
        peak_mb=_peak_mb(),
    )


def _measure(city: City, policy: str, rounds: int, progress: Progress) -> TwinDay:
    twin, wall, bare = [], [], []
    swaps = events = 0
    for number in range(rounds):
        progress(f"{len(city.stations):,} stations, round {number + 1} of {rounds}")
        simulation = Simulation(city, find_policy(policy), RunOptions(seed=1))
        spent, result = _timed(simulation.live)
        if number and result.events != events:
            raise BenchError("The same seed gave another day.")
        swaps, events = result.kpis.swaps, result.events
        twin.append(spent)
        wall.append(result.seconds)
        spent, _ = _timed(partial(run_bare_loop, events, len(city.stations), seed=1))
        bare.append(spent)
    return TwinDay(
        stations=len(city.stations),
        swaps=swaps,
        events=events,
        seconds=Spread.of(twin),
        wall_seconds=Spread.of(wall),
        bare_seconds=Spread.of(bare),
        ratio=ratios(bare, twin),
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
